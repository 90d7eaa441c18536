import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import { type Hold, planAllocation, planRetake, remainingOf } from "../src/hold.ts";
import {
  availabilityOf,
  availableAt,
  holding,
  levelsAfter,
  type PlacedLevel,
  type PlacedLine,
  route,
  type StockLevel,
  sumChanges,
  sumLines,
} from "../src/stock.ts";
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
        version: 0n,
      }),
    ),
  );

const lines = fc.array(fc.record({ sku, quantity: fc.integer({ min: 1, max: 15 }) }), {
  minLength: 1,
  maxLength: 5,
});

test("a route takes exactly what is wanted from what is there, or nothing at all", (t) => {
  fc.assert(
    fc.property(levels, lines, (stock, wanted) => {
      const available = availabilityOf(stock);
      const isThere = sumLines(wanted).every((line) => (available.get(line.sku) ?? 0) >= line.quantity);
      if (!isThere) {
        t.throws(() => route(stock, wanted, anywhere), { instanceOf: DomainError });
        return;
      }
      const placed = route(stock, wanted, anywhere);
      t.deepEqual(sumLines(placed), sumLines(wanted));
      for (const place of placed) t.true(availableIn(stock, place) >= place.quantity);
    }),
  );
});

test("what is held is no longer available, and nothing else changes", (t) => {
  fc.assert(
    fc.property(levels, lines, (stock, wanted) => {
      const available = availabilityOf(stock);
      const demand = sumLines(wanted).filter((line) => (available.get(line.sku) ?? 0) >= line.quantity);
      const changes = sumChanges(route(stock, demand, anywhere).map(holding));
      const changed = levelsAfter(stock, changes);
      const after = availabilityOf(stock.map((level) => changed.find((next) => isSamePair(next, level)) ?? level));
      for (const [one, left] of after) {
        const taken = demand.find((line) => line.sku === one)?.quantity ?? 0;
        t.is(left, (available.get(one) ?? 0) - taken);
      }
    }),
  );
});

test("a line comes whole from the first location by priority that has it", (t) => {
  const stock = [level("2", 4, 1), level("1", 9, 2), level("3", 2, 0)];
  t.deepEqual(route(stock, [{ sku: "A", quantity: 4 }], anywhere), [{ sku: "A", quantity: 4, locationId: "2" }]);
  t.deepEqual(route(stock, [{ sku: "A", quantity: 11 }], anywhere), [
    { sku: "A", quantity: 9, locationId: "1" },
    { sku: "A", quantity: 2, locationId: "2" },
  ]);
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
  const counters = { onHand, allocated: 0, held: 0, expired: 0, safety: 0, version: 0n };
  return { sku: "A", locationId, sellerId: "s", location: place(locationId, { priority }), ...counters };
}

function expired(stock: PlacedLevel, quantity: number): PlacedLevel {
  return { ...stock, held: quantity, expired: quantity };
}

function availableIn(stock: readonly StockLevel[], place: PlacedLine): number {
  const found = stock.find((candidate) => isSamePair(candidate, place));
  return found === undefined ? 0 : availableAt(found);
}

function isSamePair(
  left: { readonly sku: string; readonly locationId: string },
  right: { readonly sku: string; readonly locationId: string },
): boolean {
  return left.sku === right.sku && left.locationId === right.locationId;
}
