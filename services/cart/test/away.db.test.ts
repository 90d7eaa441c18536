import { LineProblem } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { guestCart, reasonOf, shop } from "./shop.ts";

test("without catalog a cart is read, without sums, and takes no items", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  mall.world.away.add("catalog");
  const { cart } = await client.getCart({ cartId });
  t.deepEqual(cart?.lines[0]?.problems, [LineProblem.PRICE_UNKNOWN]);
  t.is(cart?.total, undefined);
  const error = await t.throwsAsync(client.addItem({ requestId: "2", cartId, sku: "MUG", quantity: 1 }), {
    instanceOf: DomainError,
  });
  t.like(error, { kind: "unavailable", reason: "CATALOG_UNAVAILABLE" });
  t.deepEqual((await client.removeItem({ cartId, sku: "MUG" })).cart?.lines, []);
});

test("without inventory a cart is read and filled, and says nothing of stock", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  mall.world.away.add("inventory");
  const { cart } = await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 9 });
  t.is(cart?.lines[0]?.available, undefined);
  t.deepEqual(cart?.lines[0]?.problems, []);
  t.is(cart?.total?.minorUnits, 10_800n);
});

test("without promotion a cart is read at full price, and takes no coupon", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.applyCoupon({ cartId, couponCode: "SAVE" });
  mall.world.away.add("promotion");
  const { cart } = await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  t.like(cart, { couponProblem: "COUPON_NOT_EVALUATED", discounts: [], discountsUnknown: true });
  t.is(cart?.total?.minorUnits, 1200n);
  t.is(await reasonOf(client.applyCoupon({ cartId, couponCode: "OTHER" })), "PROMOTION_UNAVAILABLE");
});

test("while catalog or promotion has too much to do a cart is read as without it, and who needs the whole is told OVERLOADED", async (t) => {
  const mall = await shop(t);
  const { world } = mall;
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  for (const service of ["catalog", "promotion"] as const) {
    world.busy.add(service);
    t.true((await client.getCart({ cartId })).cart?.discountsUnknown);
    const error = await t.throwsAsync(client.getCart({ cartId, whole: true }), { instanceOf: DomainError });
    t.like(error, { kind: "unavailable", reason: "OVERLOADED", metadata: { retry_after_ms: "1000" } });
    t.is(await reasonOf(client.applyCoupon({ cartId, couponCode: "SAVE" })), "OVERLOADED");
    world.busy.delete(service);
  }
  world.busy.add("catalog");
  t.is(await reasonOf(client.addItem({ requestId: "2", cartId, sku: "TEE", quantity: 1 })), "OVERLOADED");
  world.busy.delete("catalog");
  world.busy.add("inventory");
  t.is((await client.getCart({ cartId, whole: true })).cart?.total?.minorUnits, 1_200n);
});
