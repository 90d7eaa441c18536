import { LineProblem } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Sql } from "@shopmesh/mesh";
import test from "ava";
import { anonymous, guestCart, reasonOf, shop } from "./shop.ts";

test("a cart is priced as it is read", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 2 });
  mall.world.prices.set("MUG", 1500n);
  const { cart } = await client.getCart({ cartId });
  t.like(cart?.lines[0], { title: "The MUG", quantity: 2, available: 5, problems: [] });
  t.is(cart?.lines[0]?.unitPrice?.minorUnits, 1500n);
  t.is(cart?.total?.minorUnits, 3000n);
});

test("who asks inventory itself is told a cart without its stock, its prices as ever", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 6 });
  const seen = (await client.getCart({ cartId })).cart;
  t.like(seen?.lines[0], { available: 5, problems: [LineProblem.INSUFFICIENT_STOCK] });
  const asked = (await client.getCart({ cartId, withoutStock: true })).cart;
  t.like(asked?.lines[0], { available: undefined, problems: [] });
  t.deepEqual(asked?.total, seen?.total);
});

test("an item added twice with one request id is added once", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  const request = { requestId: "same", cartId, sku: "MUG", quantity: 2 };
  const first = await client.addItem(request);
  t.deepEqual(await client.addItem(request), first);
  t.is((await client.getCart({ cartId })).cart?.itemCount, 2);
  t.is(await reasonOf(client.addItem({ ...request, quantity: 3 })), "REQUEST_ID_REUSED");
});

test("a repeated item is answered even with the etag that it changed", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  const request = { requestId: "same", cartId, sku: "MUG", quantity: 2, etag: "1" };
  const first = await client.addItem(request);
  t.deepEqual(await client.addItem(request), first);
});

test("items added at once are all there", async (t) => {
  const mall = await shop(t, 8);
  const { cartId, client } = await guestCart(mall);
  await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      client.addItem({
        requestId: `r${index}`,
        cartId,
        sku: index % 2 === 0 ? "MUG" : "TEE",
        quantity: 1,
      }),
    ),
  );
  const { cart } = await client.getCart({ cartId });
  t.deepEqual(
    cart?.lines.map(({ quantity }) => quantity),
    [3, 3],
  );
  t.is(cart?.version, 7n);
});

test("of two writers with one etag the second is told that the cart changed", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1, etag: "1" });
  const late = client.addItem({ requestId: "2", cartId, sku: "MUG", quantity: 1, etag: "1" });
  const error = await t.throwsAsync(late, { instanceOf: DomainError });
  t.like(error, { kind: "aborted", reason: "CART_CHANGED" });
});

test("a writer whose etag another one overtakes while prices are read is told", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  let isFirst = true;
  mall.world.before.set("catalog", async () => {
    if (!isFirst) return;
    isFirst = false;
    await client.addItem({ requestId: "fast", cartId, sku: "TEE", quantity: 1 });
  });
  const slow = client.addItem({ requestId: "slow", cartId, sku: "MUG", quantity: 1, etag: "1" });
  t.is(await reasonOf(slow), "CART_CHANGED");
  t.deepEqual(
    (await client.getCart({ cartId })).cart?.lines.map(({ sku }) => sku),
    ["TEE"],
  );
});

test("what is not sold is not added", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  mall.world.archived.add("TEE");
  for (const sku of ["NONE", "TEE"]) {
    t.is(await reasonOf(client.addItem({ requestId: sku, cartId, sku, quantity: 1 })), "SKU_NOT_FOUND");
  }
  t.deepEqual(await mall.events(), []);
});

test("an added item is six statements, its commit among them", async (t) => {
  const mall = await shop(t, 1);
  const { cartId, client } = await guestCart(mall);
  // One connection for what stands by itself, one for transactions.
  const asked = async (sql: Sql) =>
    Number((await sql.row<{ Value: string }>("SHOW SESSION STATUS LIKE 'Questions'"))?.Value);
  const count = async () => (await asked(mall.database.sql)) + (await mall.database.transaction(asked));
  const first = await count();
  const second = await count();
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  // Owner, cart, change, event, answer, commit; beside them what the counting itself asks.
  t.is((await count()) - second - (second - first), 6);
});

test("a line's quantity is set, removed by zero, and refused where there is no line", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  t.is((await client.updateItem({ cartId, sku: "MUG", quantity: 4 })).cart?.itemCount, 4);
  t.is(await reasonOf(client.updateItem({ cartId, sku: "TEE", quantity: 1 })), "LINE_NOT_FOUND");
  t.deepEqual((await client.updateItem({ cartId, sku: "MUG", quantity: 0 })).cart?.lines, []);
  t.is((await client.removeItem({ cartId, sku: "MUG" })).cart?.version, 4n);
});

test("a coupon takes off what promotion says, and comes off again", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  const { cart } = await client.applyCoupon({ cartId, couponCode: " save " });
  t.like(cart, { couponCode: "SAVE", couponProblem: "" });
  t.is(cart?.discounts[0]?.label, "Save");
  t.is(cart?.total?.minorUnits, 1100n);
  const without = (await client.removeCoupon({ cartId })).cart;
  t.is(without?.total?.minorUnits, 1200n);
  t.is(without?.couponCode, "");
});

test("a coupon that does not apply is refused with its problem", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  mall.world.coupons.set("LATE", "COUPON_EXPIRED");
  const error = await t.throwsAsync(client.applyCoupon({ cartId, couponCode: "late" }), {
    instanceOf: DomainError,
  });
  t.like(error, {
    reason: "COUPON_NOT_APPLICABLE",
    metadata: { problem: "COUPON_EXPIRED", coupon_code: "LATE" },
  });
  t.is((await client.getCart({ cartId })).cart?.couponCode, "");
});

test("a coupon that ceases to apply stays, with its problem", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.applyCoupon({ cartId, couponCode: "SAVE" });
  mall.world.coupons.set("SAVE", "COUPON_PAUSED");
  t.like((await client.getCart({ cartId })).cart, {
    couponCode: "SAVE",
    couponProblem: "COUPON_PAUSED",
  });
});

test("a wrong field is refused and named", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  const wrong = client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 0 });
  const error = await t.throwsAsync(wrong, { instanceOf: DomainError });
  t.like(error, { reason: "VALIDATION_FAILED", violations: [{ field: "quantity" }] });
  t.is(await reasonOf(mall.carts(anonymous).getCart({ cartId })), "SIGN_IN_REQUIRED");
});
