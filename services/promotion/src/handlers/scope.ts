import { DomainError } from "@shopmesh/kernel";
import type { Actor } from "@shopmesh/mesh";
import type { Promotion } from "../promotion.ts";

/** The seller whose promotions alone the actor may touch; undefined for an administrator, who may touch all. */
export function scopeOf(actor: Actor): string | undefined {
  if (actor.kind !== "person") return "";
  return actor.roles.includes("admin") ? undefined : (actor.sellerId ?? "");
}

/** The promotion that was found, if the actor may touch it. Throws PROMOTION_NOT_FOUND. */
export function ownPromotion(promotion: Promotion | undefined, id: string, actor: Actor): Promotion {
  const sellerId = scopeOf(actor);
  if (promotion !== undefined && (sellerId === undefined || promotion.sellerId === sellerId)) return promotion;
  throw new DomainError("not-found", "PROMOTION_NOT_FOUND", { promotion_id: id });
}
