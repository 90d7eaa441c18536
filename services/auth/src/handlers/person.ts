import { DomainError } from "@shopmesh/kernel";
import type { Actor, Call } from "@shopmesh/mesh";

/** The signed-in person who asks; the contract lets nobody else come so far. */
export function personOf({ actor }: Pick<Call, "actor">): Extract<Actor, { kind: "person" }> {
  if (actor.kind !== "person") throw new DomainError("unauthenticated", "SIGN_IN_REQUIRED");
  return actor;
}
