import { DomainError, isRefusal } from "@shopmesh/kernel";
import type { Tx } from "@shopmesh/mesh";
import { type Hold, planAllocations, remainingOf } from "../hold.ts";
import type { Location } from "../location.ts";
import { isSameDemand, type Line, type PlacedLine, withChanges } from "../stock.ts";
import { createAllocatedLines, createAllocations, lockAllocation } from "../store/allocations.ts";
import { lockHolds, replaceHeldLast, setHoldStateLast } from "../store/holds.ts";
import { lockLevels } from "../store/levels.ts";
import { findLocations } from "../store/locations.ts";
import { ableHold } from "./holding.ts";
import { type Move, moveStockLast, type Transaction, type World } from "./moves.ts";
import { createTogether, oneByOne } from "./together.ts";

/** What the orders of one checkout need of its hold. */
export type WantedGoods = {
  readonly holdId: string;
  readonly orders: readonly { readonly orderId: string; readonly lines: readonly Line[] }[];
};

/** What became the orders', and where it lies. */
export type AllocatedGoods = {
  readonly orders: readonly { readonly orderId: string; readonly lines: readonly PlacedLine[] }[];
  /** All that the lines name, perhaps more. */
  readonly locations: readonly Location[];
};

/** So many checkouts that come at the same time share their locks and their commit. */
const MAX_CHECKOUTS = 32;
const MAX_BATCHES = 3;

/**
 * Makes held goods the orders' of a checkout; many checkouts that come at the same time by one transaction.
 * Throws HOLD_NOT_FOUND, HOLD_RELEASED, HOLD_LINES, OUT_OF_STOCK, ALLOCATION_RELEASED.
 */
export function createAllocator(
  world: World,
  transaction: Transaction,
): (wanted: WantedGoods) => Promise<AllocatedGoods> {
  const alone = (wanted: WantedGoods): Promise<AllocatedGoods> => transaction((tx) => allocateOne(tx, world, wanted));
  return createTogether({
    keysOf: skusOf,
    maxItems: MAX_CHECKOUTS,
    maxBatches: MAX_BATCHES,
    async work(checkouts) {
      if (checkouts.length === 1) return oneByOne(checkouts, alone);
      try {
        const answers = await transaction((tx) => allocateAll(tx, world, checkouts, refuseKnown));
        return answers.map((answer) => ({ kind: "done", answer }));
      } catch (error) {
        // One refuses, or was answered before: nobody else need suffer for it. Without a database nobody is answered.
        if (!isRefusal(error) || error.kind === "unavailable") throw error;
        return oneByOne(checkouts, alone);
      }
    },
  });
}

async function allocateOne(tx: Tx, world: World, wanted: WantedGoods): Promise<AllocatedGoods> {
  const [allocated] = await allocateAll(tx, world, [wanted], async () => [await allocatedBefore(tx, wanted)]);
  if (allocated === undefined) throw new Error("an allocation had no answer");
  return allocated;
}

// Allocations, then holds, then levels: locked in the order of their keys.
async function allocateAll(
  tx: Tx,
  world: World,
  checkouts: readonly WantedGoods[],
  meetKnown: () => Promise<readonly AllocatedGoods[]>,
): Promise<readonly AllocatedGoods[]> {
  const nowMs = world.clock();
  const rows = checkouts.flatMap(({ holdId, orders }) =>
    orders.map(({ orderId }) => ({ orderId, holdId, state: "allocated" }) as const),
  );
  const holdIds = checkouts.map(({ holdId }) => holdId);
  // In one breath: one way to the server and back.
  const [made, holds, levels] = await Promise.all([
    createAllocations(tx, rows, nowMs),
    lockHolds(tx, holdIds),
    lockLevels(tx, [...new Set(checkouts.flatMap(skusOf))], nowMs),
  ]);
  if (made < rows.length) return meetKnown();
  let present = levels;
  const planned = checkouts.map(({ holdId, orders }) => {
    const before = ableHold(holdId, holds.get(holdId));
    const { plans, hold } = planAllocations(before, orders, present, nowMs);
    for (const { changes } of plans) present = withChanges(present, changes);
    return { plans, hold };
  });
  moveStockLast(tx, world, levels, ...planned.flatMap(({ plans }) => plans.map(moveOf)));
  const allocated = planned.map(({ plans }) =>
    plans.map(({ placed, order }) => ({ orderId: order.orderId, lines: placed })),
  );
  createAllocatedLines(tx, allocated.flat());
  keepRest(
    tx,
    planned.map(({ hold }) => hold),
  );
  const locations = levels.map(({ location }) => location);
  return allocated.map((orders) => ({ orders, locations }));
}

function keepRest(tx: Tx, holds: readonly Hold[]): void {
  replaceHeldLast(
    tx,
    holds.map(({ id, held }) => ({ holdId: id, lines: held })),
  );
  const taken = holds.filter((hold) => remainingOf(hold).length === 0);
  setHoldStateLast(
    tx,
    taken.map(({ id }) => id),
    "allocated",
  );
}

// Asked again, or too late. Of orders that are asked for together none has an allocation, or all have.
async function allocatedBefore(tx: Tx, { holdId, orders }: WantedGoods): Promise<AllocatedGoods> {
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

function refuseKnown(): never {
  throw new DomainError("exists", "ALLOCATION_KNOWN", {});
}

function moveOf({
  changes,
  order,
}: ReturnType<typeof planAllocations<WantedGoods["orders"][number]>>["plans"][number]): Move {
  return { changes, kind: "allocated", reference: order.orderId };
}

function skusOf({ orders }: WantedGoods): readonly string[] {
  return [...new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)))];
}
