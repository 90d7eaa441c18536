import type { ReceiveStockRequest } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { type Actor, personIdOf, type Tx } from "@shopmesh/mesh";
import { moveStock, type World } from "../effects/moves.ts";
import { mayUse } from "../location.ts";
import { counting, type StockLevel, sumLines } from "../stock.ts";
import { createItems, createLevels, findSellers, lockLevels } from "../store/levels.ts";
import { findLocation } from "../store/locations.ts";
import { scopeOf } from "./scope.ts";

type Received = Pick<ReceiveStockRequest, "locationId" | "lines" | "sellerId" | "reference">;

/** Adds goods that came in; the levels afterwards. Throws what the contract lists. */
export async function receive(
  tx: Tx,
  world: World,
  { locationId, lines, sellerId, reference }: Received,
  actor: Actor,
): Promise<readonly StockLevel[]> {
  const goods = sumLines(lines);
  const skus = goods.map(({ sku }) => sku);
  const named = scopeOf(actor) ?? (sellerId || undefined);
  const sellers = await sellersOf(tx, skus, named, world);
  const location = await findLocation(tx, locationId);
  const owners = new Set(sellers.values());
  if (location === undefined || ![...owners].every((owner) => mayUse(location, owner))) {
    throw new DomainError("not-found", "LOCATION_NOT_FOUND", { location_id: locationId });
  }
  const items = skus.map((sku) => ({ sku, locationId, sellerId: sellers.get(sku) ?? "" }));
  await createLevels(tx, items);
  const levels = await lockLevels(tx, skus, world.clock());
  const changes = goods.map((line) => counting({ ...line, locationId }));
  const actorId = personIdOf(actor) ?? "";
  return moveStock(tx, world, levels, { changes, kind: "received", reference, actorId });
}

// Who sells each sku. New ones become those of `named`; a known one keeps its seller, who must be the one named.
async function sellersOf(
  tx: Tx,
  skus: readonly string[],
  named: string | undefined,
  world: World,
): Promise<ReadonlyMap<string, string>> {
  if (named !== undefined) await createItems(tx, skus, named, world.clock());
  const sellers = await findSellers(tx, skus);
  for (const sku of skus) {
    const seller = sellers.get(sku);
    if (seller === undefined) throw new DomainError("invalid", "SELLER_REQUIRED", { sku });
    if (named !== undefined && seller !== named) {
      throw new DomainError("denied", "SKU_OF_OTHER_SELLER", { sku });
    }
  }
  return sellers;
}
