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
    const known = { ...call, caller, ...contextOf(call, caller, verifyCaller) };
    const bearer = call.requestHeaders.get(headerNames.actor);
    if (bearer === undefined || bearer === "") {
      const isService = caller !== "" && caller !== "gateway";
      return next(request, {
        ...known,
        actor: isService ? { kind: "service", name: caller } : anonymous,
      });
    }
    const actorToken = bearer.startsWith("Bearer ") ? bearer.slice("Bearer ".length) : bearer;
    return next(request, { ...known, actorToken, actor: await verifyActor(actorToken) });
  };
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

/** What travels with a call through the mesh; from outside it nothing of that is believed. */
function contextOf(
  { method, requestHeaders }: Call,
  caller: string,
  verifyCaller: CallerVerifier,
): Pick<Call, "criticality" | "clientAddress"> {
  if (caller === "") return {};
  const clientAddress = requestHeaders.get(headerNames.clientAddress);
  return {
    criticality: criticalityOf(contractOf(method), requestHeaders, verifyCaller),
    ...(clientAddress === undefined ? {} : { clientAddress }),
  };
}
