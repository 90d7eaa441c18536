import { DomainError } from "@shopmesh/kernel";
import type { Actor } from "@shopmesh/mesh";
import type { Pair, StockLevel } from "../stock.ts";

/** The seller whose goods alone the actor may touch; undefined for an administrator, who may touch all. */
export function scopeOf(actor: Actor): string | undefined {
  if (actor.kind !== "person") return "";
  return actor.roles.includes("admin") ? undefined : (actor.sellerId ?? "");
}

/** The level of a pair, which the actor may touch. Throws STOCK_NOT_FOUND. */
export function levelAt<Level extends StockLevel>(
  levels: readonly Level[],
  { sku, locationId }: Pair,
  actor: Actor,
): Level {
  const sellerId = scopeOf(actor);
  const level = levels.find((candidate) => candidate.sku === sku && candidate.locationId === locationId);
  if (level === undefined || (sellerId !== undefined && level.sellerId !== sellerId)) {
    throw new DomainError("not-found", "STOCK_NOT_FOUND", { sku, location_id: locationId });
  }
  return level;
}
