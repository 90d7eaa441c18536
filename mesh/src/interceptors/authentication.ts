import { DomainError } from "@shopmesh/kernel";
import type { Actor, Call } from "../call.ts";
import { criticalityOf } from "../load/criticality.ts";
import { contractOf } from "../contract.ts";
import type { ActorVerifier } from "../identity/actor.ts";
import type { CallerVerifier } from "../identity/caller.ts";
import { headerNames } from "../transport/transport.ts";
import type { Interceptor } from "./interceptor.ts";

const anonymous: Actor = { kind: "anonymous" };

/**
 * Says who calls: `caller` by its own token, `actor` by the one that travels along. A token that is there and wrong is
 * refused even where none is needed: its holder should learn of it. A service without an actor acts for itself.
 */
export function authenticationInterceptor(verifyCaller: CallerVerifier, verifyActor: ActorVerifier): Interceptor {
  return (next) => async (request, call) => {
    const caller = callerOf(call, verifyCaller);
    const bearer = call.requestHeaders.get(headerNames.actor) ?? "";
    const actorToken = bearer.startsWith("Bearer ") ? bearer.slice("Bearer ".length) : bearer;
    return await next(request, {
      ...call,
      caller,
      actorToken,
      actor: bearer === "" ? actorWithoutToken(caller) : await verifyActor(actorToken),
      // What travels with a call through the mesh; from outside it nothing of that is believed.
      criticality:
        caller === "" ? undefined : criticalityOf(contractOf(call.method), call.requestHeaders, verifyCaller),
      clientAddress: caller === "" ? undefined : call.requestHeaders.get(headerNames.clientAddress),
    });
  };
}

function actorWithoutToken(caller: string): Actor {
  return caller !== "" && caller !== "gateway" ? { kind: "service", name: caller } : anonymous;
}

/**
 * By its token, which its certificate, where there is TLS, must bear out; without one by a certificate that names one
 * service. Empty for a stranger.
 */
function callerOf({ requestHeaders, peer }: Call, verifyCaller: CallerVerifier): string {
  const token = requestHeaders.get(headerNames.caller);
  if (token === undefined) return peer?.length === 1 ? (peer[0] ?? "") : "";
  const caller = verifyCaller(token);
  if (caller === undefined) throw new DomainError("unauthenticated", "CALLER_INVALID");
  if (peer !== undefined && !peer.includes(caller)) {
    throw new DomainError("unauthenticated", "CALLER_MISMATCH", { caller, certificate: peer.join(" ") });
  }
  return caller;
}
