import type { Actor } from "@shopmesh/mesh";

/** The seller whose goods alone the actor may touch; undefined for an administrator, who may touch all. */
export function scopeOf(actor: Actor): string | undefined {
  if (actor.kind !== "person") return "";
  return actor.roles.includes("admin") ? undefined : (actor.sellerId ?? "");
}
