import type {
  ImportStockRequest,
  InventoryService,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Handlers, Tx } from "@shopmesh/mesh";
import { moveStock, type World } from "../effects/moves.ts";
import { canCount, counting } from "../stock.ts";
import { createItems, createLevels, findSellers, lockLevels } from "../store/levels.ts";
import { findUsableLocation } from "../store/locations.ts";

/** Counts of imports. */
export function importHandlers(world: World): Handlers<typeof InventoryService, "importStock"> {
  return {
    async importStock(request, call) {
      const { refused, takenCount, locationId } = await call.transaction((tx) => takeCounts(tx, world, request));
      return { refused: [...refused], takenCount, locationId };
    },
  };
}

type Counts = Pick<ImportStockRequest, "sellerId" | "locationCode" | "lines" | "requestId">;

async function takeCounts(tx: Tx, world: World, { sellerId, locationCode, lines, requestId }: Counts) {
  const location = await findUsableLocation(tx, sellerId, locationCode);
  if (location === undefined) throw new DomainError("not-found", "LOCATION_NOT_FOUND", { code: locationCode });
  const locationId = location.id;
  const counts = new Map(lines.map(({ sku, quantity }) => [sku, quantity]));
  const skus = [...counts.keys()].sort();
  await createItems(tx, skus, sellerId, world.clock());
  const sellers = await findSellers(tx, skus);
  const own = skus.filter((sku) => sellers.get(sku) === sellerId);
  const foreign = skus.filter((sku) => sellers.get(sku) !== sellerId);
  await createLevels(
    tx,
    own.map((sku) => ({ sku, locationId, sellerId })),
  );
  const levels = own.length === 0 ? [] : await lockLevels(tx, own, world.clock());
  const counted = levels.filter((level) => level.locationId === locationId);
  const taken = counted.filter((level) => canCount(level, counts.get(level.sku) ?? 0));
  const changes = taken
    .map((level) => ({ ...level, quantity: (counts.get(level.sku) ?? 0) - level.onHand }))
    .filter(({ quantity }) => quantity !== 0)
    .map(counting);
  await moveStock(tx, world, levels, { changes, kind: "adjusted", reference: requestId, note: "import" });
  const refused = [
    ...foreign.map((sku) => ({ sku, reason: "SKU_OF_OTHER_SELLER" })),
    ...counted.filter((level) => !taken.includes(level)).map(({ sku }) => ({ sku, reason: "STOCK_COMMITTED" })),
  ];
  return { refused, takenCount: taken.length, locationId };
}
