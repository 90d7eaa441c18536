import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import {
  addItem,
  type Cart,
  type CartEdit,
  changeCart,
  clear,
  enterCoupon,
  expiryOf,
  MAX_LINES,
  MAX_QUANTITY,
  newCart,
  removeItem,
  setQuantity,
  takeOut,
} from "../src/cart.ts";

const NOW_MS = 1_000;
const HOUR_MS = 3_600_000;

function cart(overrides: Partial<Cart> = {}): Cart {
  return { ...newCart("c1", { customerId: undefined, guestTokenHash: "h" }, 0), ...overrides };
}

const change = (before: Cart, edit: CartEdit, etag = "") => changeCart(before, edit, { etag, nowMs: NOW_MS });

function refuses(t: ExecutionContext, act: () => unknown, reason: string, metadata?: Record<string, string>): void {
  const error = t.throws(act, { instanceOf: DomainError });
  t.is(error?.reason, reason);
  if (metadata !== undefined) t.deepEqual(error?.metadata, metadata);
}

test("an added item is a line at the end, and the cart a version on", (t) => {
  const after = change(cart({ items: [{ sku: "A", quantity: 1 }] }), addItem({ sku: "B", quantity: 2 }));
  t.deepEqual(after.items, [
    { sku: "A", quantity: 1 },
    { sku: "B", quantity: 2 },
  ]);
  t.is(after.version, 2);
  t.is(after.updateMs, NOW_MS);
});

test("an item added again is one line", (t) => {
  const after = change(cart({ items: [{ sku: "A", quantity: 1 }] }), addItem({ sku: "A", quantity: 2 }));
  t.deepEqual(after.items, [{ sku: "A", quantity: 3 }]);
});

test("a cart holds at most 200 lines", (t) => {
  const items = Array.from({ length: MAX_LINES }, (_, index) => ({
    sku: `S${index}`,
    quantity: 1,
  }));
  refuses(t, () => change(cart({ items }), addItem({ sku: "X", quantity: 1 })), "CART_FULL", {
    max_lines: "200",
  });
  t.is(change(cart({ items }), addItem({ sku: "S3", quantity: 1 })).items.length, MAX_LINES);
});

test("a line holds at most 999", (t) => {
  const before = cart({ items: [{ sku: "A", quantity: MAX_QUANTITY - 1 }] });
  t.is(change(before, addItem({ sku: "A", quantity: 1 })).items[0]?.quantity, MAX_QUANTITY);
  refuses(t, () => change(before, addItem({ sku: "A", quantity: 2 })), "QUANTITY_TOO_LARGE", {
    sku: "A",
    quantity: "1000",
    max_quantity: "999",
  });
});

const filled = cart({ items: [{ sku: "A", quantity: 2 }], couponCode: "SAVE" });

const edits: readonly (readonly [string, CartEdit, CartEdit])[] = [
  ["a quantity", setQuantity({ sku: "A", quantity: 5 }), setQuantity({ sku: "A", quantity: 2 })],
  ["a removal", removeItem("A"), removeItem("B")],
  ["a quantity of zero", setQuantity({ sku: "A", quantity: 0 }), setQuantity({ sku: "B", quantity: 0 })],
  ["a coupon", enterCoupon(" other "), enterCoupon(" save ")],
];
for (const [name, changing, idle] of edits) {
  test(`${name} that is so already changes nothing, whatever the etag`, (t) => {
    t.is(change(filled, changing).version, 2);
    t.is(change(filled, idle, "an old etag"), filled);
    t.is(change(change(filled, changing), changing, "1").version, 2);
  });
}

test("a cleared cart has neither lines nor coupon", (t) => {
  const after = change(filled, clear);
  t.deepEqual([after.items, after.couponCode], [[], ""]);
  t.is(change(after, clear), after);
});

test("the quantity of a line that is not there is refused", (t) => {
  refuses(t, () => change(filled, setQuantity({ sku: "B", quantity: 1 })), "LINE_NOT_FOUND", {
    sku: "B",
  });
});

test("another etag is refused, the cart's own is not", (t) => {
  refuses(t, () => change(filled, removeItem("A"), "7"), "CART_CHANGED");
  t.is(change(filled, removeItem("A"), "1").version, 2);
});

const bought = { orderGroupId: "g1", items: filled.items, couponCode: "SAVE" };

test("a cart of older days that an order group has closed refuses every change", (t) => {
  const closed: Cart = { ...filled, state: "checked-out", orderGroupId: "g0" };
  for (const edit of [addItem({ sku: "A", quantity: 1 }), removeItem("A"), enterCoupon("X"), clear]) {
    refuses(t, () => change(closed, edit), "CART_CHECKED_OUT", {
      cart_id: "c1",
      order_group_id: "g0",
    });
  }
  t.is(takeOut(closed, { ...bought, orderGroupId: "g0" }, NOW_MS), closed);
  refuses(t, () => takeOut(closed, bought, NOW_MS), "CART_CHECKED_OUT");
});

test("what was bought leaves the cart, which stays open, with the coupon that was redeemed", (t) => {
  const left = takeOut(filled, bought, NOW_MS);
  t.like(left, { state: "open", items: [], couponCode: "", orderGroupId: "g1", version: 2 });
  t.is(takeOut(left, bought, NOW_MS), left);
  t.is(change(left, addItem({ sku: "A", quantity: 1 })).items.length, 1);
});

test("what was added to a cart since it was quoted stays, and so does another coupon", (t) => {
  const items = [
    { sku: "A", quantity: 3 },
    { sku: "B", quantity: 1 },
    { sku: "C", quantity: 1 },
  ];
  const some = [
    { sku: "A", quantity: 2 },
    { sku: "B", quantity: 4 },
  ];
  const left = takeOut(cart({ items, couponCode: "TEN" }), { ...bought, items: some }, NOW_MS);
  t.like(left, { state: "open", couponCode: "TEN" });
  t.deepEqual(left.items, [
    { sku: "A", quantity: 1 },
    { sku: "C", quantity: 1 },
  ]);
});

test("a guest's empty cart is forgotten after a day, a used one after 90", (t) => {
  t.is(expiryOf(cart()), 24 * HOUR_MS);
  t.is(expiryOf(filled), 90 * 24 * HOUR_MS);
});

test("a customer's cart is kept, one of older days that was closed for 90 days", (t) => {
  const own = cart({ customerId: "p1", guestTokenHash: undefined });
  t.is(expiryOf(own), undefined);
  t.is(expiryOf({ ...own, state: "checked-out", updateMs: NOW_MS }), NOW_MS + 90 * 24 * HOUR_MS);
});

test("whatever is done, every sku has one line of 1 to 999 and the version counts the changes", (t) => {
  const sku = fc.constantFrom("A", "B", "C");
  const edit = fc.oneof(
    fc.tuple(sku, fc.integer({ min: 1, max: 400 })).map(([name, quantity]) => addItem({ sku: name, quantity })),
    fc.tuple(sku, fc.integer({ min: 0, max: 999 })).map(([name, quantity]) => setQuantity({ sku: name, quantity })),
    sku.map(removeItem),
    fc.constant(clear),
  );
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 30 }), (all) => {
      let now = cart();
      for (const one of all) {
        const before = now;
        try {
          now = change(before, one);
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
        }
        const isSame = now === before;
        if (now.version !== before.version + (isSame ? 0 : 1)) return false;
      }
      const skus = now.items.map((item) => item.sku);
      return (
        new Set(skus).size === skus.length &&
        now.items.every(({ quantity }) => quantity >= 1 && quantity <= MAX_QUANTITY)
      );
    }),
  );
  t.pass();
});
