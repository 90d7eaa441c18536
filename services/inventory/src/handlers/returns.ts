import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { failpoint, type Handlers, type Tx } from "@shopmesh/mesh";
import { moveStock, type World } from "../effects/moves.ts";
import { mayUse } from "../location.ts";
import { planRestock, type Returned } from "../restock.ts";
import { counting } from "../stock.ts";
import { countLines, lockAllocation } from "../store/allocations.ts";
import { createLevels, findSellers, lockLevels } from "../store/levels.ts";
import { findLocations } from "../store/locations.ts";
import { createReturn, findReturn, type KeptReturn } from "../store/returns.ts";
import { dispositionOf } from "./proto.ts";

/** Goods that come back. */
export function returnHandlers(world: World): Handlers<typeof InventoryService, "restockReturn"> {
  return {
    async restockReturn({ returnId, orderId, lines }, call) {
      const returned = lines.map(({ sku, quantity, locationId, disposition }) => ({
        sku,
        quantity,
        locationId,
        disposition: dispositionOf(disposition),
      }));
      const { restocked, writtenOff } = await call.transaction((tx) =>
        restock(tx, world, { id: returnId, orderId, lines: returned }),
      );
      return { restocked: [...restocked], writtenOff: [...writtenOff] };
    },
  };
}

type NewReturn = Pick<KeptReturn, "id" | "orderId" | "lines">;

async function restock(tx: Tx, world: World, wanted: NewReturn): Promise<KeptReturn> {
  const { id, orderId, lines } = wanted;
  const allocation = await lockAllocation(tx, orderId);
  const before = await findReturn(tx, id);
  if (before !== undefined) return sameReturn(before, wanted);
  if (allocation === undefined) throw new DomainError("not-found", "ALLOCATION_NOT_FOUND", { order_id: orderId });
  const { restocked, writtenOff, returned } = planRestock(allocation, lines);
  const kept = { ...wanted, restocked, writtenOff };
  await createReturn(tx, kept, world.clock());
  await countLines(tx, orderId, "restocked", returned);
  failpoint("inventory.while-restocking");
  await openPlaces(tx, lines);
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  const levels = await lockLevels(tx, skus, world.clock());
  const [back, off] = [
    [...restocked, ...writtenOff],
    writtenOff.map((line) => ({ ...line, quantity: -line.quantity })),
  ];
  await moveStock(
    tx,
    world,
    levels,
    { changes: back.map(counting), kind: "returned", reference: id },
    { changes: off.map(counting), kind: "written-off", reference: id },
  );
  return kept;
}

function sameReturn(before: KeptReturn, wanted: NewReturn): KeptReturn {
  const isSame = before.orderId === wanted.orderId && JSON.stringify(before.lines) === JSON.stringify(wanted.lines);
  if (!isSame) throw new DomainError("precondition", "RETURN_CONFLICT", { return_id: wanted.id });
  return before;
}

// Goods may come back to where their sku never lay. Throws LOCATION_NOT_FOUND.
async function openPlaces(tx: Tx, lines: readonly Returned[]): Promise<void> {
  const named = lines.filter(({ locationId }) => locationId !== "");
  if (named.length === 0) return;
  const sellers = await findSellers(
    tx,
    named.map(({ sku }) => sku),
  );
  const locations = await findLocations(
    tx,
    named.map(({ locationId }) => locationId),
  );
  const items = named.map(({ sku, locationId }) => ({ sku, locationId, sellerId: sellers.get(sku) ?? "" }));
  for (const { sellerId, locationId } of items) {
    const location = locations.find(({ id }) => id === locationId);
    if (location === undefined || !mayUse(location, sellerId)) {
      throw new DomainError("not-found", "LOCATION_NOT_FOUND", { location_id: locationId });
    }
  }
  await createLevels(tx, items);
}
