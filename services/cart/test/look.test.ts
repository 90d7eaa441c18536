import { money } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import { newCart, type Seen } from "../src/cart.ts";
import { acknowledge, changesOf, type LineChange, lookAt, withFirstLook } from "../src/look.ts";
import type { Offer, Reading } from "../src/offer.ts";

const eur = (minorUnits: bigint) => money("EUR", minorUnits);

/** What the others say of A: its price in cents, undefined where it is not sold, and how many are left. */
function reading(cents: bigint | undefined, left: number | undefined): Reading {
  const offer = { sku: "A", unitPrice: eur(cents ?? 1n), isSellable: cents !== undefined } as Offer;
  return {
    offers: new Map([["A", offer]]),
    available: left === undefined ? undefined : new Map([["A", left]]),
    evaluation: undefined,
    isOverloaded: false,
  };
}

function seen(cents: bigint | undefined, available: number | undefined): Seen {
  return { unitPrice: cents === undefined ? undefined : eur(cents), available };
}

const named = test.macro({
  exec: (t, was: Seen | undefined, now: Reading, changes: readonly LineChange[]) =>
    t.deepEqual(changesOf({ sku: "A", quantity: 3, ...(was === undefined ? {} : { seen: was }) }, now), changes),
  title: (what) => `named on a line of three: ${what}`,
});

test("nothing where all is as it was", named, seen(100n, 5), reading(100n, 5), []);
test("nothing of what nobody has seen yet", named, undefined, reading(100n, 0), []);
test("another price, with the old one", named, seen(100n, 5), reading(120n, 5), [
  { kind: "price-changed", oldUnitPrice: eur(100n) },
]);
test("too few left, with how many", named, seen(100n, 5), reading(100n, 2), [
  { kind: "quantity-not-available", available: 2 },
]);
test("none left", named, seen(100n, 5), reading(100n, 0), [{ kind: "quantity-not-available", available: 0 }]);
test("fewer than the too few that there were", named, seen(100n, 2), reading(100n, 1), [
  { kind: "quantity-not-available", available: 1 },
]);
test("nothing where fewer are left, and still enough", named, seen(100n, 50), reading(100n, 3), []);
test("nothing where more of the too few are left, and still too few", named, seen(100n, 1), reading(100n, 2), []);
test("enough again", named, seen(100n, 1), reading(100n, 3), [{ kind: "available-again" }]);
test("no longer sold, and nothing besides", named, seen(100n, 5), reading(undefined, 0), [{ kind: "no-longer-sold" }]);
test("sold again, at whatever price", named, seen(undefined, 0), reading(120n, 9), [{ kind: "available-again" }]);
test("both price and stock", named, seen(100n, 5), reading(90n, 1), [
  { kind: "price-changed", oldUnitPrice: eur(100n) },
  { kind: "quantity-not-available", available: 1 },
]);
test("nothing of stock while inventory cannot say", named, seen(100n, 5), reading(100n, undefined), []);
test("nothing while catalog cannot say", named, seen(100n, 5), { ...reading(100n, 0), offers: undefined }, []);

test("what was acknowledged as it is shown is named no more", (t) => {
  const side = fc.record({
    cents: fc.option(fc.bigInt({ min: 1n, max: 3n }), { nil: undefined }),
    left: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(side, side, fc.integer({ min: 1, max: 4 }), (was, now, quantity) => {
      const shown = reading(now.cents, now.left);
      const item = { sku: "A", quantity, seen: seen(was.cents, was.left) };
      const cart = { ...newCart("c", { customerId: "p", guestTokenHash: undefined }, 0), items: [item] };
      const look = lookAt("A", shown);
      const [after] = look === undefined ? [] : acknowledge(cart, new Map([["A", look]])).items;
      return after !== undefined && changesOf(after, shown).length === 0;
    }),
  );
  t.pass();
});

test("a look changes neither lines nor version, and a second one nothing", (t) => {
  const items = [{ sku: "A", quantity: 3, seen: seen(100n, 5) }];
  const cart = { ...newCart("c", { customerId: "p", guestTokenHash: undefined }, 0), items };
  const looks = new Map([["A", seen(120n, 5)]]);
  const after = acknowledge(cart, looks);
  t.like(after, { version: cart.version, updateMs: cart.updateMs });
  t.is(acknowledge(after, looks), after);
  t.is(acknowledge(cart, new Map([["B", seen(1n, 1)]])), cart);
});

test("a line that nobody has seen is seen as it is written, another stays as it was seen", (t) => {
  const items = [
    { sku: "A", quantity: 3, seen: seen(100n, 5) },
    { sku: "B", quantity: 1 },
  ];
  const cart = { ...newCart("c", { customerId: "p", guestTokenHash: undefined }, 0), items };
  t.deepEqual(
    withFirstLook(cart, reading(120n, 1_000_000)).items.map((item) => item.seen),
    [seen(100n, 5), seen(undefined, undefined)],
  );
  t.is(lookAt("A", reading(1n, 1_000_000))?.available, 999);
});
