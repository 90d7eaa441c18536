import { DomainError } from "@shopmesh/kernel";
import type { Actor } from "../call.ts";
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
    const callerToken = call.requestHeaders.get(headerNames.caller);
    const caller = callerToken === undefined ? "" : verifyCaller(callerToken);
    if (caller === undefined) throw new DomainError("unauthenticated", "CALLER_INVALID");
    const bearer = call.requestHeaders.get(headerNames.actor);
    if (bearer === undefined || bearer === "") {
      const isService = caller !== "" && caller !== "gateway";
      return next(request, {
        ...call,
        caller,
        actor: isService ? { kind: "service", name: caller } : anonymous,
      });
    }
    const actorToken = bearer.startsWith("Bearer ") ? bearer.slice("Bearer ".length) : bearer;
    return next(request, { ...call, caller, actorToken, actor: await verifyActor(actorToken) });
  };
}
