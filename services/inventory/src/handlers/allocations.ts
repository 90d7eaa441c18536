import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Handlers, Tx } from "@shopmesh/mesh";
import { type Allocation, leaving, unshippedOf } from "../allocation.ts";
import { moveStock, type World } from "../effects.ts";
import { planAllocation, remainingOf } from "../hold.ts";
import { deallocating, isSameDemand, type Line, type PlacedLine, shipping } from "../stock.ts";
import {
  countShipped,
  createAllocatedLines,
  createAllocation,
  createShipment,
  lockAllocation,
  releaseAllocation,
} from "../store/allocations.ts";
import { replaceHeld, setHoldState } from "../store/holds.ts";
import { lockLevels } from "../store/levels.ts";
import { lockedHold } from "./holds.ts";

type Names = "allocateStock" | "deallocateStock" | "shipStock";

/** Goods of orders. */
export function allocationHandlers(world: World): Handlers<typeof InventoryService, Names> {
  return {
    async allocateStock({ holdId, orderId, lines }, call) {
      const placed = await call.transaction((tx) => allocate(tx, world, { holdId, orderId, lines }));
      return { lines: [...placed] };
    },

    async deallocateStock({ orderId }, call) {
      const given = await call.transaction((tx) => deallocate(tx, world, orderId));
      return { lines: [...given] };
    },

    async shipStock({ orderId, shipmentId, lines }, call) {
      await call.transaction(async (tx) => {
        const allocation = await lockAllocation(tx, orderId);
        if (allocation === undefined || allocation.state === "released") {
          throw new DomainError("not-found", "ALLOCATION_NOT_FOUND", { order_id: orderId });
        }
        await ship(tx, world, allocation, { shipmentId, lines });
      });
      return {};
    },
  };
}

type Wanted = {
  readonly holdId: string;
  readonly orderId: string;
  readonly lines: readonly Line[];
};

async function allocate(tx: Tx, world: World, wanted: Wanted): Promise<readonly PlacedLine[]> {
  const { holdId, orderId } = wanted;
  const nowMs = world.clock();
  if (!(await createAllocation(tx, { orderId, holdId, state: "allocated" }, nowMs))) {
    return allocatedBefore(tx, wanted);
  }
  const hold = await lockedHold(tx, holdId);
  const skus = [...new Set(wanted.lines.map(({ sku }) => sku))];
  const levels = await lockLevels(tx, skus, nowMs);
  const { changes, held, placed } = planAllocation(hold, wanted.lines, levels, nowMs);
  await moveStock(tx, world, levels, { changes, kind: "allocated", reference: orderId });
  await createAllocatedLines(tx, orderId, placed);
  await replaceHeld(tx, holdId, held);
  const allocated = [...hold.allocated, ...wanted.lines];
  if (remainingOf({ ...hold, allocated }).length === 0) await setHoldState(tx, [holdId], "allocated");
  return placed;
}

async function allocatedBefore(tx: Tx, { holdId, orderId, lines }: Wanted): Promise<readonly PlacedLine[]> {
  const allocation = await lockAllocation(tx, orderId);
  if (allocation?.state === "released") {
    throw new DomainError("precondition", "ALLOCATION_RELEASED", { order_id: orderId });
  }
  const before = allocation?.lines ?? [];
  if (!isSameDemand(before, lines)) {
    throw new DomainError("precondition", "HOLD_LINES", { hold_id: holdId, order_id: orderId });
  }
  return before.map(({ sku, quantity, locationId }) => ({ sku, quantity, locationId }));
}

async function deallocate(tx: Tx, world: World, orderId: string): Promise<readonly PlacedLine[]> {
  const allocation = (await lockAllocation(tx, orderId)) ?? (await tombstone(tx, world, orderId));
  if (allocation === undefined || allocation.state === "released") return [];
  const given = unshippedOf(allocation);
  await move(tx, world, { lines: given, step: deallocating, kind: "deallocated", orderId });
  await releaseAllocation(tx, orderId);
  return given;
}

// Undefined once it stands; the allocation itself where it came between.
async function tombstone(tx: Tx, world: World, orderId: string): Promise<Allocation | undefined> {
  const stone = { orderId, holdId: "", state: "released" } as const;
  return (await createAllocation(tx, stone, world.clock())) ? undefined : lockAllocation(tx, orderId);
}

async function ship(
  tx: Tx,
  world: World,
  allocation: Allocation,
  shipment: { readonly shipmentId: string; readonly lines: readonly PlacedLine[] },
): Promise<void> {
  const { orderId } = allocation;
  if (!(await createShipment(tx, { id: shipment.shipmentId, orderId }, world.clock()))) return;
  const lines = leaving(allocation, shipment.lines);
  await countShipped(tx, orderId, lines);
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
  const changes = lines.map(step);
  await moveStock(tx, world, levels, { changes, kind, reference: orderId });
}
