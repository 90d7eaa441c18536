import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { keyFor } from "./keyring.ts";
import { openStored } from "./stored.ts";

/** "yes" while this browser holds a session's cookie, as far as the page knows: the cookie itself is hidden from it. */
export const signedIn = openStored("shopmesh.signed-in");

/** Shows the guest's key of whatever the request names. */
const withKey: Interceptor = (next) => (request) => {
  if (!request.stream) {
    const key = keyFor(request.message);
    if (key !== undefined) request.header.set("authorization", `Bearer ${key}`);
  }
  return next(request);
};

/** A session that ended while the page was open: its cookie is taken back by that answer, and a stranger may go on. */
const withoutStaleSession: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    const isStale =
      ConnectError.from(error).code === Code.Unauthenticated &&
      !request.header.has("authorization") &&
      signedIn.read() !== "";
    if (!isStale) throw error;
    signedIn.write("");
    return next(request);
  }
};

/** The only way to the shop: Connect, at the address that the page came from. */
export const transport = createConnectTransport({
  baseUrl: window.location.origin,
  interceptors: [withoutStaleSession, withKey],
});
