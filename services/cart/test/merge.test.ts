import test from "ava";
import fc from "fast-check";
import { type Cart, MAX_LINES, MAX_QUANTITY, newCart } from "../src/cart.ts";
import { mergeCarts } from "../src/merge.ts";

const NOW_MS = 5;

function own(overrides: Partial<Cart> = {}): Cart {
  return { ...newCart("own", { customerId: "p", guestTokenHash: undefined }, 0), ...overrides };
}

function guest(overrides: Partial<Cart> = {}): Cart {
  return { ...newCart("guest", { customerId: undefined, guestTokenHash: "h" }, 0), ...overrides };
}

test("a guest's lines go over to the customer's, quantities added up, and the guest's cart is closed", (t) => {
  const merged = mergeCarts(
    own({ items: [{ sku: "A", quantity: 1 }] }),
    guest({
      items: [
        { sku: "B", quantity: 2 },
        { sku: "A", quantity: 3 },
      ],
    }),
    NOW_MS,
  );
  t.deepEqual(merged.own.items, [
    { sku: "A", quantity: 4 },
    { sku: "B", quantity: 2 },
  ]);
  t.like(merged.own, { version: 2, updateMs: NOW_MS, state: "open" });
  t.like(merged.guest, { state: "merged", mergedInto: "own", items: [], version: 2 });
  t.deepEqual(merged.leftOut, []);
});

test("a guest's cart is merged once", (t) => {
  const first = mergeCarts(own(), guest({ items: [{ sku: "A", quantity: 1 }] }), NOW_MS);
  const again = mergeCarts(first.own, first.guest, NOW_MS);
  t.is(again.own, first.own);
  t.is(again.guest, first.guest);
});

test("a guest's empty cart is closed and changes nothing of the customer's", (t) => {
  const before = own({ items: [{ sku: "A", quantity: 1 }] });
  const merged = mergeCarts(before, guest(), NOW_MS);
  t.is(merged.own, before);
  t.is(merged.guest.state, "merged");
});

const coupons: readonly (readonly [string, string, string])[] = [
  ["", "GUEST", "GUEST"],
  ["HERS", "GUEST", "HERS"],
  ["HERS", "", "HERS"],
];
for (const [hers, guests, kept] of coupons) {
  test(`of her coupon "${hers}" and the guest's "${guests}" the cart keeps "${kept}"`, (t) => {
    t.is(mergeCarts(own({ couponCode: hers }), guest({ couponCode: guests }), NOW_MS).own.couponCode, kept);
  });
}

test("whatever is merged, nothing is lost: what finds no place is told, and the limits hold", (t) => {
  const items = (prefix: string, maxLength: number) =>
    fc.uniqueArray(
      fc.record({
        sku: fc.oneof(fc.integer({ min: 0, max: 250 }).map(String), fc.constant(`${prefix}x`)),
        quantity: fc.integer({ min: 1, max: MAX_QUANTITY }),
      }),
      { selector: ({ sku }) => sku, maxLength, size: "max" },
    );
  const sum = (all: Cart["items"]) => {
    const sums: Record<string, number> = {};
    for (const { sku, quantity } of all) sums[sku] = (sums[sku] ?? 0) + quantity;
    return sums;
  };
  fc.assert(
    fc.property(items("a", MAX_LINES), items("b", MAX_LINES), (hers, guests) => {
      const merged = mergeCarts(own({ items: hers }), guest({ items: guests }), NOW_MS);
      t.deepEqual(sum([...merged.own.items, ...merged.leftOut]), sum([...hers, ...guests]));
      t.true(merged.own.items.length <= MAX_LINES);
      t.true(merged.own.items.every(({ quantity }) => quantity <= MAX_QUANTITY));
    }),
    { numRuns: 50 },
  );
});
