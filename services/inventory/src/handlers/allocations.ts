import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { failpoint, type Handlers, type Tx } from "@shopmesh/mesh";
import { type Allocation, type OrderedLine, unshippedLines, unshippedOf } from "../allocation.ts";
import { createAllocator } from "../effects/allocating.ts";
import { moveStock, type Transaction, type World } from "../effects/moves.ts";
import { deallocating, type PlacedLine, shipping, type StockLevel } from "../stock.ts";
import {
  countLines,
  createAllocations,
  createShipment,
  lockAllocation,
  releaseAllocation,
} from "../store/allocations.ts";
import { lockLevels } from "../store/levels.ts";
import { allocatedToProto } from "./proto.ts";

type Names = "allocateStock" | "deallocateStock" | "shipStock";

/** Goods of orders. */
export function allocationHandlers(world: World, transaction: Transaction): Handlers<typeof InventoryService, Names> {
  const allocate = createAllocator(world, transaction);
  return {
    async allocateStock({ holdId, orders }) {
      const { orders: allocated, locations } = await allocate({ holdId, orders });
      failpoint("inventory.after-allocated");
      return { allocations: allocated.map((order) => allocatedToProto(order, locations)) };
    },

    async deallocateStock({ orderId, lines }, call) {
      const given = await call.transaction((tx) =>
        lines.length === 0 ? deallocate(tx, world, orderId) : giveBack(tx, world, orderId, lines),
      );
      return { lines: [...given] };
    },

    async shipStock({ orderId, shipmentId, lines }, call) {
      await call.transaction(async (tx) => {
        const allocation = await lockedAllocation(tx, orderId);
        await ship(tx, world, allocation, { shipmentId, lines });
      });
      return {};
    },
  };
}

// One that still has goods. Throws ALLOCATION_NOT_FOUND.
async function lockedAllocation(tx: Tx, orderId: string): Promise<Allocation> {
  const allocation = await lockAllocation(tx, orderId);
  if (allocation === undefined || allocation.state === "released") {
    throw new DomainError("not-found", "ALLOCATION_NOT_FOUND", { order_id: orderId });
  }
  return allocation;
}

async function giveBack(
  tx: Tx,
  world: World,
  orderId: string,
  lines: readonly OrderedLine[],
): Promise<readonly PlacedLine[]> {
  const given = unshippedLines(await lockedAllocation(tx, orderId), lines);
  await countLines(tx, orderId, "deallocated", given);
  await move(tx, world, { lines: given, step: deallocating, kind: "deallocated", orderId });
  return given;
}

async function deallocate(tx: Tx, world: World, orderId: string): Promise<readonly PlacedLine[]> {
  const allocation = (await lockAllocation(tx, orderId)) ?? (await tombstone(tx, world, orderId));
  if (allocation === undefined || allocation.state === "released") return [];
  const given = unshippedOf(allocation);
  await countLines(tx, orderId, "deallocated", given);
  await move(tx, world, { lines: given, step: deallocating, kind: "deallocated", orderId });
  await releaseAllocation(tx, orderId);
  return given;
}

// Undefined once it stands; the allocation itself where it came between.
async function tombstone(tx: Tx, world: World, orderId: string): Promise<Allocation | undefined> {
  const stone = { orderId, holdId: "", state: "released" } as const;
  return (await createAllocations(tx, [stone], world.clock())) === 1 ? undefined : lockAllocation(tx, orderId);
}

async function ship(
  tx: Tx,
  world: World,
  allocation: Allocation,
  shipment: { readonly shipmentId: string; readonly lines: readonly PlacedLine[] },
): Promise<void> {
  const { orderId } = allocation;
  if (!(await createShipment(tx, { id: shipment.shipmentId, orderId }, world.clock()))) return;
  const lines = unshippedLines(allocation, shipment.lines);
  await countLines(tx, orderId, "shipped", lines);
  failpoint("inventory.while-shipping");
  await move(tx, world, { lines, step: shipping, kind: "shipped", orderId });
}

async function move(
  tx: Tx,
  world: World,
  {
    lines,
    step,
    kind,
    orderId,
  }: {
    readonly lines: readonly PlacedLine[];
    readonly step: typeof shipping;
    readonly kind: "deallocated" | "shipped";
    readonly orderId: string;
  },
): Promise<void> {
  if (lines.length === 0) return;
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  const levels = await lockLevels(tx, skus, world.clock());
  if (kind === "shipped") refuseToCome(levels, lines);
  const changes = lines.map(step);
  await moveStock(tx, world, levels, { changes, kind, reference: orderId });
}

// Goods sold before they came cannot leave before they came.
function refuseToCome(levels: readonly StockLevel[], lines: readonly PlacedLine[]): void {
  for (const { sku, locationId, quantity } of lines) {
    const onHand = levels.find((level) => level.sku === sku && level.locationId === locationId)?.onHand ?? 0;
    if (onHand >= quantity) continue;
    const metadata = { sku, location_id: locationId, on_hand: String(onHand), asked: String(quantity) };
    throw new DomainError("precondition", "STOCK_BACKORDERED", metadata);
  }
}
