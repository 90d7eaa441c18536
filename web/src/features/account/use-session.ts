import { skipToken, useQuery } from "@connectrpc/connect-query";
import { createClient } from "@connectrpc/connect";
import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { queryClient } from "../../api/query.ts";
import { newRequestId } from "../../api/request-id.ts";
import { useStored } from "../../api/stored.ts";
import { signedIn, transport } from "../../api/transport.ts";
import { cartId, takeCartAlong } from "../cart/cart-store.ts";

const auth = createClient(AuthService, transport);

/** Who is signed in; nobody is not asked for. The session itself is a cookie that no script can read. */
export function useSession() {
  const mayBeSignedIn = useStored(signedIn) !== "";
  const { data, isLoading } = useQuery(AuthService.method.getSession, mayBeSignedIn ? {} : skipToken);
  return { account: mayBeSignedIn ? data?.account : undefined, isLoading };
}

/** What somebody enters to come in; a name only for a new account. */
export type Entry = { readonly email: string; readonly password: string; readonly name?: string };

/** Signs in, or makes an account where there is a name, and takes the guest's cart along. */
export function useSignIn(onDone: () => void) {
  const requestIdOf = useAttempt();
  return useMutation({
    mutationFn: async (entry: Entry) => {
      const { email, password, name } = entry;
      const known = { email: email.trim(), password };
      if (name === undefined) await auth.signIn(known);
      else await auth.register({ requestId: requestIdOf(entry), ...known, name: name.trim() });
      signedIn.write("yes");
      await takeCartAlong();
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onDone();
    },
  });
}

/** Names a wish for an account: the same as long as the same is entered, for the answer to the first may have been lost. */
function useAttempt(): (entry: Entry) => string {
  const latest = useRef({ entered: "", requestId: "" });
  return (entry) => {
    const entered = JSON.stringify(entry);
    if (latest.current.entered !== entered) latest.current = { entered, requestId: newRequestId() };
    return latest.current.requestId;
  };
}

/** Signs out; what was the customer's is shown no more. */
export function useSignOut(onDone: () => void) {
  return useMutation({
    mutationFn: () => auth.signOut({}),
    onSuccess: () => {
      signedIn.write("");
      cartId.write("");
      queryClient.clear();
      onDone();
    },
  });
}
