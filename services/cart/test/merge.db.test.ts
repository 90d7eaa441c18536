import { randomUUID } from "node:crypto";
import { CartState, LineChangeKind } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import test from "ava";
import { customer, customerCart, guestCart, orderItself, reasonOf, shop } from "./shop.ts";

test("at sign-in what the guest had chosen comes into the customer's cart, and the guest's is closed", async (t) => {
  const mall = await shop(t);
  const guest = await guestCart(mall);
  await guest.client.addItem({ requestId: "1", cartId: guest.cartId, sku: "MUG", quantity: 2 });
  await guest.client.applyCoupon({ cartId: guest.cartId, couponCode: "SAVE" });
  const own = await customerCart(mall);
  await own.client.addItem({ requestId: "1", cartId: own.cartId, sku: "MUG", quantity: 1 });
  mall.world.prices.set("MUG", 1300n);
  const asked = { requestId: "m", guestCartId: guest.cartId, accessToken: guest.token };
  const { cart, leftOut } = await own.client.mergeCart(asked);
  t.like(cart, { id: own.cartId, itemCount: 3, couponCode: "SAVE", mergedCartIds: [guest.cartId] });
  t.like(cart?.lines[0]?.changes, [{ kind: LineChangeKind.PRICE_CHANGED }]);
  t.deepEqual(leftOut, []);
  const closed = (await guest.client.getCart({ cartId: guest.cartId })).cart;
  t.like(closed, { state: CartState.MERGED, mergedIntoCartId: own.cartId, lines: [] });
  const late = guest.client.addItem({ requestId: "2", cartId: guest.cartId, sku: "MUG", quantity: 1 });
  t.is(await reasonOf(late), "CART_MERGED");
});

test("a merge repeated with its key or another, and ten at once, brings nothing twice", async (t) => {
  const mall = await shop(t, 8);
  const guest = await guestCart(mall);
  await guest.client.addItem({ requestId: "1", cartId: guest.cartId, sku: "TEE", quantity: 2 });
  const client = mall.carts(customer(randomUUID()));
  const merges = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      client.mergeCart({ requestId: `m${index % 5}`, guestCartId: guest.cartId, accessToken: guest.token }),
    ),
  );
  t.is(new Set(merges.map(({ cart }) => cart?.id)).size, 1);
  t.is((await client.createCart({})).cart?.itemCount, 2);
});

test("a guest's cart is taken over by who holds its token only", async (t) => {
  const mall = await shop(t);
  const guest = await guestCart(mall);
  const { client } = await customerCart(mall);
  const wrong = { requestId: "m", guestCartId: guest.cartId, accessToken: "gt_guessed" };
  t.is(await reasonOf(client.mergeCart(wrong)), "CART_NOT_FOUND");
  const asGuest = guest.client.mergeCart({ ...wrong, accessToken: guest.token });
  t.is(await reasonOf(asGuest), "ACCESS_DENIED");
});

test("a cart that was merged into one customer's brings nothing to another's", async (t) => {
  const mall = await shop(t);
  const guest = await guestCart(mall);
  await guest.client.addItem({ requestId: "1", cartId: guest.cartId, sku: "TEE", quantity: 2 });
  const [ada, eve] = [await customerCart(mall), await customerCart(mall)];
  const asked = { requestId: "m", guestCartId: guest.cartId, accessToken: guest.token };
  t.is((await ada.client.mergeCart(asked)).cart?.itemCount, 2);
  t.like((await eve.client.mergeCart(asked)).cart, { id: eve.cartId, itemCount: 0 });
});

test("what a guest's checkout bought leaves the cart that has taken over the guest's meanwhile", async (t) => {
  const mall = await shop(t);
  const guest = await guestCart(mall);
  await guest.client.addItem({ requestId: "1", cartId: guest.cartId, sku: "MUG", quantity: 1 });
  const own = await customerCart(mall);
  await own.client.addItem({ requestId: "1", cartId: own.cartId, sku: "MUG", quantity: 2 });
  await own.client.mergeCart({ requestId: "m", guestCartId: guest.cartId, accessToken: guest.token });
  const lines = [{ sku: "MUG", quantity: 1 }];
  const bought = { requestId: "r", cartId: guest.cartId, orderGroupId: randomUUID(), lines };
  for (let time = 0; time < 2; time += 1) await mall.order(orderItself).closeCart(bought);
  t.like((await own.client.getCart({ cartId: own.cartId })).cart, {
    ...{ itemCount: 2, lastOrderGroupId: "", mergedCartIds: [] },
  });
});

test("a cart forgets whose goods it took over once it is ordered of", async (t) => {
  const mall = await shop(t);
  const guest = await guestCart(mall);
  await guest.client.addItem({ requestId: "1", cartId: guest.cartId, sku: "MUG", quantity: 1 });
  const own = await customerCart(mall);
  await own.client.mergeCart({ requestId: "m", guestCartId: guest.cartId, accessToken: guest.token });
  const lines = [{ sku: "MUG", quantity: 1 }];
  await mall.order(orderItself).closeCart({ requestId: "r", cartId: own.cartId, orderGroupId: randomUUID(), lines });
  t.deepEqual((await own.client.getCart({ cartId: own.cartId })).cart?.mergedCartIds, []);
});
