import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Handlers, Tx } from "@shopmesh/mesh";
import { type Allocation, type OrderedLine, unshippedLines, unshippedOf } from "../allocation.ts";
import { moveStock, type World } from "../effects.ts";
import type { Location } from "../location.ts";
import { planAllocations, remainingOf } from "../hold.ts";
import { deallocating, isSameDemand, type Line, type PlacedLine, shipping } from "../stock.ts";
import {
  countLines,
  createAllocatedLines,
  createAllocations,
  createShipment,
  lockAllocation,
  releaseAllocation,
} from "../store/allocations.ts";
import { replaceHeld, setHoldState } from "../store/holds.ts";
import { lockLevels } from "../store/levels.ts";
import { findLocations } from "../store/locations.ts";
import { lockedHold } from "./holds.ts";
import { allocatedToProto } from "./proto.ts";

type Names = "allocateStock" | "deallocateStock" | "shipStock";

/** Goods of orders. */
export function allocationHandlers(world: World): Handlers<typeof InventoryService, Names> {
  return {
    async allocateStock({ holdId, orders }, call) {
      const { orders: allocated, locations } = await call.transaction((tx) => allocate(tx, world, { holdId, orders }));
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

type Wanted = {
  readonly holdId: string;
  readonly orders: readonly { readonly orderId: string; readonly lines: readonly Line[] }[];
};
type Allocated = {
  readonly orders: readonly { readonly orderId: string; readonly lines: readonly PlacedLine[] }[];
  /** All that the lines name, perhaps more. */
  readonly locations: readonly Location[];
};

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
  return { orders: allocated, locations: levels.map(({ location }) => location) };
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
  const ids = new Set(allocated.flatMap(({ lines }) => lines.map(({ locationId }) => locationId)));
  return { orders: allocated, locations: await findLocations(tx, [...ids]) };
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
