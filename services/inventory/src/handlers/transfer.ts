import type { TransferStockRequest } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { type Actor, personIdOf, type Tx } from "@shopmesh/mesh";
import { moveStock, type World } from "../effects/moves.ts";
import { mayUse } from "../location.ts";
import { counting, refuseTaking, type StockLevel, sumLines } from "../stock.ts";
import { createLevels, lockLevels } from "../store/levels.ts";
import { findLocation } from "../store/locations.ts";
import { levelAt } from "./scope.ts";

type Transfer = Pick<TransferStockRequest, "fromLocationId" | "toLocationId" | "lines" | "reference">;

/** Moves goods from one location to another, both sides in the same transaction; the levels afterwards. Throws what the contract lists. */
export async function transfer(
  tx: Tx,
  world: World,
  { fromLocationId, toLocationId, lines, reference }: Transfer,
  actor: Actor,
): Promise<readonly StockLevel[]> {
  if (fromLocationId === toLocationId) {
    throw new DomainError("invalid", "LOCATION_SAME", { location_id: toLocationId });
  }
  const goods = sumLines(lines);
  const skus = goods.map(({ sku }) => sku);
  const sources = (await lockLevels(tx, skus, world.clock())).filter(({ locationId }) => locationId === fromLocationId);
  const target = await findLocation(tx, toLocationId);
  const items = goods.map(({ sku, quantity }) => {
    const level = levelAt(sources, { sku, locationId: fromLocationId }, actor);
    refuseTaking(level, quantity);
    if (target === undefined || !mayUse(target, level.sellerId)) {
      throw new DomainError("not-found", "LOCATION_NOT_FOUND", { location_id: toLocationId });
    }
    return { sku, locationId: toLocationId, sellerId: level.sellerId };
  });
  await createLevels(tx, items);
  const levels = await lockLevels(tx, skus, world.clock());
  const changes = goods.flatMap(({ sku, quantity }) => [
    counting({ sku, locationId: fromLocationId, quantity: -quantity }),
    counting({ sku, locationId: toLocationId, quantity }),
  ]);
  return moveStock(tx, world, levels, { changes, kind: "transferred", reference, actorId: personIdOf(actor) ?? "" });
}
