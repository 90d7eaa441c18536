import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import { type Hold, planAllocation, planRetake, remainingOf } from "../src/hold.ts";
import {
  availabilityOf,
  availableAt,
  holding,
  levelsAfter,
  policyAfter,
  type PlacedLevel,
  sumChanges,
  sumLines,
} from "../src/stock.ts";
import { route } from "../src/routing.ts";
import { place } from "./places.ts";

const anywhere = { destination: undefined };
const sku = fc.constantFrom("A", "B", "C");
const count = fc.integer({ min: 0, max: 12 });

/** Levels as they can be: no more allocated and held by live holds than lies there. */
const levels = fc
  .uniqueArray(
    fc.record({
      sku,
      locationId: fc.constantFrom("1", "2", "3"),
      priority: fc.integer({ min: 0, max: 2 }),
      free: count,
      allocated: count,
      live: count,
      expired: count,
      safety: fc.integer({ min: 0, max: 2 }),
    }),
    { selector: (level) => `${level.sku}${level.locationId}`, maxLength: 9 },
  )
  .map((all) =>
    all.map(
      ({ free, live, priority, ...level }): PlacedLevel => ({
        ...level,
        location: place(level.locationId, { priority }),
        sellerId: "s",
        onHand: free + level.allocated + live,
        held: live + level.expired,
        backorderLimit: 0,
        expectMs: undefined,
        lowThreshold: 0,
        version: 0n,
      }),
    ),
  );

const lines = fc.array(fc.record({ sku, quantity: fc.integer({ min: 1, max: 15 }) }), {
  minLength: 1,
  maxLength: 5,
});

test("available = on_hand − allocated − active holds − safety, and what may be sold beyond stock comes on top", (t) => {
  fc.assert(
    fc.property(levels, fc.integer({ min: 0, max: 5 }), (stock, backorderLimit) => {
      for (const level of stock) {
        const free = level.onHand - level.allocated - (level.held - level.expired) - level.safety;
        t.is(availableAt(level), Math.max(0, free));
        const beyond = { ...level, backorderLimit, expectMs: 7 };
        t.is(availableAt(beyond), Math.max(0, free + backorderLimit));
        const { available, backorder, expectMs } = availabilityOf([beyond]).get(level.sku) ?? {};
        t.is((available ?? 0) - (backorder ?? 0), Math.max(0, free));
        t.is(expectMs, backorder === 0 ? undefined : 7);
      }
    }),
  );
});

test("a limit for backorders wants a date, and is never lower than what is sold already", (t) => {
  const none = { safety: undefined, backorderLimit: undefined, expectMs: undefined, lowThreshold: undefined };
  const shelf = level("1", 2, 0);
  t.throws(() => policyAfter(shelf, { ...none, backorderLimit: 3 }), { message: /backorder date/ });
  const wish = { ...none, backorderLimit: 3, expectMs: 9, safety: 1 };
  const policy = policyAfter(shelf, wish);
  t.deepEqual(policy, { safety: 1, backorderLimit: 3, expectMs: 9, lowThreshold: 0 });
  const sold = { ...shelf, ...policy, allocated: 4 };
  t.throws(() => policyAfter(sold, { ...none, backorderLimit: 1 }), { message: /stock committed/ });
  t.is(policyAfter(sold, { ...none, backorderLimit: 2 }).expectMs, 9);
});

test("what is held is no longer available, and nothing else changes", (t) => {
  fc.assert(
    fc.property(levels, lines, (stock, wanted) => {
      const available = availabilityOf(stock);
      const demand = sumLines(wanted).filter((line) => (available.get(line.sku)?.available ?? 0) >= line.quantity);
      const changes = sumChanges(route(stock, demand, anywhere).map(holding));
      const changed = levelsAfter(stock, changes);
      const after = availabilityOf(stock.map((level) => changed.find((next) => isSamePair(next, level)) ?? level));
      for (const [one, { available: left }] of after) {
        const taken = demand.find((line) => line.sku === one)?.quantity ?? 0;
        t.is(left, (available.get(one)?.available ?? 0) - taken);
      }
    }),
  );
});

test("an expired hold is taken again at its old place, elsewhere if that was sold", (t) => {
  const held = [{ sku: "A", quantity: 3, locationId: "1" }];
  const hold = { ...base, held };
  const there = [expired(level("1", 3, 1), 3), level("2", 5, 0)];
  t.deepEqual(planRetake(hold, there).placed, held);
  const sold = [expired(level("1", 2, 1), 3), level("2", 5, 0)];
  t.like(planRetake(hold, sold), {
    placed: [{ locationId: "2", quantity: 3 }],
    changes: [
      { locationId: "1", held: -3, expired: -3, needs: 0 },
      { locationId: "2", held: 3, needs: 3 },
    ],
  });
});

test("orders share a hold: what one takes the other cannot", (t) => {
  const held = [
    { sku: "A", quantity: 2, locationId: "1" },
    { sku: "A", quantity: 1, locationId: "2" },
  ];
  const hold = { ...base, held, expireMs: 10 };
  const plan = planAllocation(hold, [{ sku: "A", quantity: 2 }], [], 5);
  t.deepEqual(plan.held, [{ sku: "A", quantity: 1, locationId: "2" }]);
  t.like(plan.changes, [{ locationId: "1", held: -2, allocated: 2, needs: 0 }]);
  const rest = { ...hold, held: plan.held, allocated: [{ sku: "A", quantity: 2 }] };
  t.deepEqual(remainingOf(rest), [{ sku: "A", quantity: 1 }]);
  const error = t.throws(() => planAllocation(rest, [{ sku: "A", quantity: 2 }], [], 5), {
    instanceOf: DomainError,
  });
  t.like(error, { reason: "HOLD_LINES", metadata: { A: "1" } });
});

const base: Hold = {
  id: "h",
  state: "active",
  asked: [{ sku: "A", quantity: 3 }],
  destination: undefined,
  held: [],
  allocated: [],
  isOwned: false,
  expireMs: 0,
};

function level(locationId: string, onHand: number, priority: number): PlacedLevel {
  const counters = { onHand, allocated: 0, held: 0, expired: 0, safety: 0, backorderLimit: 0, expectMs: undefined };
  return {
    sku: "A",
    locationId,
    sellerId: "s",
    location: place(locationId, { priority }),
    ...counters,
    lowThreshold: 0,
    version: 0n,
  };
}

function expired(stock: PlacedLevel, quantity: number): PlacedLevel {
  return { ...stock, held: quantity, expired: quantity };
}

function isSamePair(
  left: { readonly sku: string; readonly locationId: string },
  right: { readonly sku: string; readonly locationId: string },
): boolean {
  return left.sku === right.sku && left.locationId === right.locationId;
}
