import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Handlers, Tx } from "@shopmesh/mesh";
import { type Allocation, leaving, unshippedOf } from "../allocation.ts";
import { moveStock, type World } from "../effects.ts";
import { planAllocations, remainingOf } from "../hold.ts";
import { deallocating, isSameDemand, type Line, type PlacedLine, shipping } from "../stock.ts";
import {
  countShipped,
  createAllocatedLines,
  createAllocations,
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
    async allocateStock({ holdId, orders }, call) {
      const allocated = await call.transaction((tx) => allocate(tx, world, { holdId, orders }));
      return { allocations: allocated.map(({ orderId, lines }) => ({ orderId, lines: [...lines] })) };
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
  readonly orders: readonly { readonly orderId: string; readonly lines: readonly Line[] }[];
};
type Allocated = readonly { readonly orderId: string; readonly lines: readonly PlacedLine[] }[];

async function allocate(tx: Tx, world: World, { holdId, orders }: Wanted): Promise<Allocated> {
  const nowMs = world.clock();
  const wanted = orders.map(({ orderId }) => ({ orderId, holdId, state: "allocated" }) as const);
  const made = await createAllocations(tx, wanted.toSorted(byOrder), nowMs);
  if (made < orders.length) return allocatedBefore(tx, { holdId, orders });
  const before = await lockedHold(tx, holdId);
  const skus = [...new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)))];
  const levels = await lockLevels(tx, skus, nowMs);
  const { plans, hold } = planAllocations(before, orders, levels, nowMs);
  const moves = plans.map(({ changes, order }) => ({ changes, kind: "allocated", reference: order.orderId }) as const);
  await moveStock(tx, world, levels, ...moves);
  const allocated = plans.map(({ placed, order }) => ({ orderId: order.orderId, lines: placed }));
  await createAllocatedLines(tx, allocated);
  await replaceHeld(tx, holdId, hold.held);
  if (remainingOf(hold).length === 0) await setHoldState(tx, [holdId], "allocated");
  return allocated;
}

// Asked again, or too late. Of orders that are asked for together none has an allocation, or all have.
async function allocatedBefore(tx: Tx, { holdId, orders }: Wanted): Promise<Allocated> {
  const allocated: { orderId: string; lines: readonly PlacedLine[] }[] = [];
  for (const { orderId, lines } of orders) {
    const known = await lockAllocation(tx, orderId);
    if (known?.state === "released") {
      throw new DomainError("precondition", "ALLOCATION_RELEASED", { order_id: orderId });
    }
    const before = known?.lines ?? [];
    if (!isSameDemand(before, lines)) {
      throw new DomainError("precondition", "HOLD_LINES", { hold_id: holdId, order_id: orderId });
    }
    const places = before.map(({ sku, quantity, locationId }) => ({ sku, quantity, locationId }));
    allocated.push({ orderId, lines: places });
  }
  return allocated;
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

// Rows are locked in key order.
function byOrder(a: { readonly orderId: string }, b: { readonly orderId: string }): number {
  return a.orderId < b.orderId ? -1 : 1;
}
