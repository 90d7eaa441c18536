import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import type { Destination, Location } from "../src/location.ts";
import { route } from "../src/routing.ts";
import {
  availabilityOf,
  availableAt,
  inStockAt,
  type Line,
  type PlacedLevel,
  type PlacedLine,
  sumLines,
} from "../src/stock.ts";
import { place } from "./places.ts";

const anywhere = { destination: undefined };
const sku = fc.constantFrom("A", "B", "C");
const ids = ["1", "2", "3", "4"];

const levels = fc
  .uniqueArray(
    fc.record({
      sku,
      id: fc.constantFrom(...ids),
      onHand: fc.integer({ min: 0, max: 6 }),
      backorderLimit: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4 })),
    }),
    { selector: (level) => `${level.sku}${level.id}`, maxLength: 12 },
  )
  .map((all) => all.map(({ id, ...counts }) => shelf(place(id), counts)));

const lines = fc.array(fc.record({ sku, quantity: fc.integer({ min: 1, max: 7 }) }), { minLength: 1, maxLength: 4 });

test("a route takes exactly what is wanted from what is there, or nothing at all", (t) => {
  fc.assert(
    fc.property(levels, lines, (stock, wanted) => {
      if (!isThere(stock, wanted)) {
        t.throws(() => route(stock, wanted, anywhere), { instanceOf: DomainError });
        return;
      }
      const placed = route(stock, wanted, anywhere);
      t.deepEqual(sumLines(placed), sumLines(wanted));
      for (const { sku: one, locationId, quantity } of placed) {
        const level = stock.find((own) => own.sku === one && own.locationId === locationId);
        t.true(level !== undefined && availableAt(level) >= quantity);
      }
    }),
  );
});

test("a seller's lines come from as few locations as can be", (t) => {
  fc.assert(
    fc.property(levels, lines, (stock, wanted) => {
      if (!isThere(stock, wanted)) return;
      const used = new Set(route(stock, wanted, anywhere).map(({ locationId }) => locationId)).size;
      // Every smaller set lacks something, goods still to come counted only where those that are there do not do.
      for (const set of setsOf(ids).filter((some) => some.length < used)) {
        const rest = stock.filter(({ locationId }) => set.includes(locationId));
        const has = sumLines(wanted).every(({ sku: one, quantity }) => {
          const count = totalOf(stock, one, inStockAt) >= quantity ? inStockAt : availableAt;
          return totalOf(rest, one, count) >= quantity;
        });
        t.false(has, set.join());
      }
    }),
  );
});

test("goods that are there go before goods that are still to come", (t) => {
  fc.assert(
    fc.property(levels, lines, (stock, wanted) => {
      if (!isThere(stock, wanted)) return;
      const placed = route(stock, wanted, anywhere);
      for (const { sku: one, quantity } of sumLines(wanted)) {
        if (totalOf(stock, one, inStockAt) < quantity) continue;
        for (const part of placed.filter((line) => line.sku === one)) {
          const level = stock.find((own) => own.sku === one && own.locationId === part.locationId);
          t.true(level !== undefined && inStockAt(level) >= part.quantity);
        }
      }
    }),
  );
});

type Case = {
  readonly stock: readonly PlacedLevel[];
  readonly to?: Destination;
  readonly wanted: Readonly<Record<string, number>>;
  readonly takes: readonly string[];
};

const berlin = place("BER", { countryCode: "DE", region: "Berlin", postalCode: "10119" });
const munich = place("MUC", { countryCode: "DE", region: "Bayern", postalCode: "80331" });
const nuremberg = place("NUE", { countryCode: "DE", region: "Bayern", postalCode: "90402" });
const lyon = place("LYO", { countryCode: "FR", postalCode: "69001" });
const boston = place("BOS", { countryCode: "US", region: "MA", postalCode: "02108" });
const to = (countryCode: string, region = "", postalCode = "") => ({ countryCode, region, postalCode });

const cases: Readonly<Record<string, Case>> = {
  "the same country comes first": {
    stock: [shelf(berlin), shelf(lyon)],
    to: to("FR"),
    wanted: { A: 1 },
    takes: ["A1@LYO"],
  },
  "then the same customs union": {
    stock: [shelf(boston), shelf(lyon)],
    to: to("DE"),
    wanted: { A: 1 },
    takes: ["A1@LYO"],
  },
  "within a country the same region": {
    stock: [shelf(berlin), shelf(munich)],
    to: to("DE", "bayern", "97070"),
    wanted: { A: 1 },
    takes: ["A1@MUC"],
  },
  "within a region the nearest postal code": {
    stock: [shelf(munich), shelf(nuremberg)],
    to: to("DE", "Bayern", "97070"),
    wanted: { A: 1 },
    takes: ["A1@NUE"],
  },
  "priority among equally near ones": {
    stock: [shelf({ ...lyon, priority: 2 }), shelf({ ...boston, priority: 1 })],
    to: to("JP"),
    wanted: { A: 1 },
    takes: ["A1@BOS"],
  },
  "a line comes whole from the first that has it": {
    stock: [shelf(place("1", { priority: 0 }), { onHand: 2 }), shelf(place("2", { priority: 1 }), { onHand: 4 })],
    wanted: { A: 4 },
    takes: ["A4@2"],
  },
  "a line is split only when needed, the largest part first": {
    stock: [shelf(place("1"), { onHand: 2 }), shelf(place("2"), { onHand: 4 })],
    wanted: { A: 5 },
    takes: ["A4@2", "A1@1"],
  },
  "one far place that has all goes before two near ones": {
    stock: [shelf(berlin), shelf(munich, { sku: "B" }), shelf(boston), shelf(boston, { sku: "B" })],
    to: to("DE", "Berlin"),
    wanted: { A: 1, B: 1 },
    takes: ["A1@BOS", "B1@BOS"],
  },
  "each seller has parcels of its own": {
    stock: [shelf(berlin), shelf(boston), shelf(boston, { sku: "B", sellerId: "other" })],
    to: to("DE"),
    wanted: { A: 1, B: 1 },
    takes: ["A1@BER", "B1@BOS"],
  },
  "what is far and there goes before what is near and to come": {
    stock: [shelf(berlin, { onHand: 0, backorderLimit: 9 }), shelf(boston)],
    to: to("DE"),
    wanted: { A: 1 },
    takes: ["A1@BOS"],
  },
  "what is not there anywhere may come later": {
    stock: [shelf(berlin, { onHand: 1, backorderLimit: 9 }), shelf(boston, { onHand: 0 })],
    wanted: { A: 3 },
    takes: ["A3@BER"],
  },
};

const routed = test.macro({
  exec(t, { stock, to: destination, wanted, takes }: Case) {
    const asked = Object.entries(wanted).map(([one, quantity]) => ({ sku: one, quantity }));
    t.deepEqual(route(stock, asked, { destination }).map(wordOf), takes);
  },
  title: (name) => `route: ${name}`,
});

for (const [name, one] of Object.entries(cases)) test(name, routed, one);

test("of many locations a good set is found without comparing all", (t) => {
  const stock = Array.from({ length: 40 }, (_, index) => shelf(place(`L${index}`), { onHand: 1 }));
  const placed = route(stock, [{ sku: "A", quantity: 20 }], anywhere);
  t.is(placed.length, 20);
});

function shelf(
  location: Location,
  { sku: one = "A", onHand = 9, backorderLimit = 0, sellerId = "seller" } = {},
): PlacedLevel {
  const counters = { allocated: 0, held: 0, expired: 0, safety: 0, lowThreshold: 0, expectMs: undefined, version: 0n };
  return { sku: one, locationId: location.id, location, sellerId, onHand, backorderLimit, ...counters };
}

function isThere(stock: readonly PlacedLevel[], wanted: readonly Line[]): boolean {
  const available = availabilityOf(stock);
  return sumLines(wanted).every((line) => (available.get(line.sku)?.available ?? 0) >= line.quantity);
}

function totalOf(stock: readonly PlacedLevel[], one: string, count: (level: PlacedLevel) => number): number {
  return stock.filter((level) => level.sku === one).reduce((sum, level) => sum + count(level), 0);
}

function setsOf(all: readonly string[]): readonly (readonly string[])[] {
  return all.reduce<readonly (readonly string[])[]>((sets, id) => [...sets, ...sets.map((set) => [...set, id])], [[]]);
}

function wordOf({ sku: one, quantity, locationId }: PlacedLine): string {
  return `${one}${quantity}@${locationId}`;
}
