import { randomBytes } from "node:crypto";
import type { Message } from "@bufbuild/protobuf";
import { Session } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { isRefusal, uuidv7 } from "@shopmesh/kernel";
import {
  contractOf,
  type Dispatch,
  headerNames,
  type Incoming,
  type MethodContract,
  type Origin,
} from "@shopmesh/mesh";
import { answererOf } from "./contracts.ts";
import { type Credentials, SESSION_COOKIE, sessionIn } from "./credentials.ts";

/** Sends a request on to service `name`. */
export type Send = (
  name: string,
  contract: MethodContract,
  request: Message,
  origin: Origin,
) => Promise<Message> | AsyncIterable<Message>;

/** What forwarding needs. */
export type ForwardDeps = {
  readonly send: Send;
  readonly credentials: Credentials;
  /** Whether browsers reach the shop by https: the cookie is then Secure. */
  readonly isSecure: boolean;
};

/** Answers every call by sending it to the contract's owner, as the actor that its cookie or bearer token names. */
export function createForward({ send, credentials, isSecure }: ForwardDeps): Dispatch {
  return async (method, incoming) => {
    const contract = contractOf(method);
    const origin = originOf(incoming);
    incoming.responseHeaders.set(headerNames.requestId, origin.requestId);
    const actorToken = await actorOf(contract, incoming, origin, { credentials, isSecure });
    const name = answererOf(method.parent, incoming.request);
    const answer = send(name, contract, incoming.request, { ...origin, actorToken });
    if (!(answer instanceof Promise)) return answer;
    const response = await answer;
    if (contract.session !== Session.UNSPECIFIED) setCookie(contract, response, incoming, { credentials, isSecure });
    return response;
  };
}

/** A request's origin: its deadline and id; an id that is no plain word is replaced. */
export function originOf({ headers, deadlineMs, signal }: Pick<Incoming, "headers" | "deadlineMs" | "signal">): Origin {
  const given = headers.get(headerNames.requestId);
  const requestId = given !== undefined && /^[\w-]{1,64}$/.test(given) ? given : uuidv7(Date.now(), randomBytes);
  return { actorToken: "", deadlineMs, signal, requestId, isInTransaction: false };
}

/** A sign-in must work with a stale cookie still there, so it is not refused for it. */
async function actorOf(
  contract: MethodContract,
  incoming: Incoming,
  origin: Origin,
  deps: Omit<ForwardDeps, "send">,
): Promise<string> {
  try {
    return await deps.credentials.actorToken(incoming.headers, origin);
  } catch (error) {
    const hasBearer = incoming.headers.get(headerNames.actor) !== undefined;
    if (hasBearer || !isRefusal(error) || error.kind !== "unauthenticated") throw error;
    incoming.responseHeaders.set("set-cookie", cookieOf("", 0, deps.isSecure));
    if (contract.session === Session.ISSUES) return "";
    throw error;
  }
}

const COOKIE_MAX_AGE_S = 30 * 24 * 3_600;

function setCookie(
  contract: MethodContract,
  response: Message,
  incoming: Incoming,
  deps: Omit<ForwardDeps, "send">,
): void {
  if (contract.session === Session.ENDS) {
    const session = sessionIn(incoming.headers);
    if (session !== undefined) deps.credentials.forgetSession(session);
    incoming.responseHeaders.set("set-cookie", cookieOf("", 0, deps.isSecure));
  } else if ("sessionToken" in response && typeof response.sessionToken === "string" && response.sessionToken !== "") {
    incoming.responseHeaders.set("set-cookie", cookieOf(response.sessionToken, COOKIE_MAX_AGE_S, deps.isSecure));
  }
}

function cookieOf(value: string, maxAgeSeconds: number, isSecure: boolean): string {
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${isSecure ? "; Secure" : ""}`;
}
