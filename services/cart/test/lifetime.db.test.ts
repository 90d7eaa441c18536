import { randomUUID } from "node:crypto";
import { CartState } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import test from "ava";
import { customer, customerCart, guest, guestCart, orderItself, reasonOf, shop } from "./shop.ts";

const HOUR_MS = 3_600_000;
const lines = [{ sku: "MUG", quantity: 1 }];

test("a guest's cart opens to the holder of its token only", async (t) => {
  const mall = await shop(t);
  const { cartId, token, client } = await guestCart(mall);
  t.regex(token, /^gt_[\w-]{43}$/);
  t.is((await client.getCart({ cartId })).cart?.id, cartId);
  t.is(await reasonOf(mall.carts(guest("gt_another")).getCart({ cartId })), "CART_NOT_FOUND");
  t.is(await reasonOf(mall.carts(customer("p1")).getCart({ cartId })), "CART_NOT_FOUND");
});

test("a guest's token is kept as its digest only", async (t) => {
  const mall = await shop(t);
  const { token } = await guestCart(mall);
  const rows = await mall.database.sql.rows("SELECT * FROM cart");
  t.false(JSON.stringify(rows).includes(token.slice(3)));
});

test("a customer has one open cart, however often and at once it is asked for", async (t) => {
  const mall = await shop(t, 8);
  const client = mall.carts(customer(randomUUID()));
  const made = await Promise.all(Array.from({ length: 8 }, () => client.createCart({})));
  t.is(new Set(made.map(({ cart }) => cart?.id)).size, 1);
  t.true(made.every(({ accessToken }) => accessToken === ""));
});

test("a customer's cart outlives its checkout", async (t) => {
  const mall = await shop(t);
  const client = mall.carts(customer(randomUUID()));
  const cartId = (await client.createCart({})).cart?.id ?? "";
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  await mall.order(orderItself).closeCart({ requestId: "r", cartId, orderGroupId: randomUUID(), lines });
  t.like((await client.createCart({})).cart, { id: cartId, state: CartState.OPEN, lines: [] });
});

test("what was bought leaves the cart, open for what comes next", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  const orderGroupId = randomUUID();
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  await client.addItem({ requestId: "2", cartId, sku: "TEE", quantity: 2 });
  t.is((await mall.order(orderItself).closeCart({ requestId: "a", cartId, orderGroupId, lines })).version, 4n);
  const { cart } = await client.getCart({ cartId });
  t.like(cart, { state: CartState.OPEN, orderGroupId: "", lastOrderGroupId: orderGroupId, itemCount: 2 });
  t.is((await client.addItem({ requestId: "3", cartId, sku: "TEE", quantity: 1 })).cart?.itemCount, 3);
  const changed = [2, 3, 4, 5].map((version) => `CartChanged ${version}`);
  t.deepEqual((await mall.events()).sort(), [...changed, "CartCheckedOut 4"]);
});

test("a coupon leaves the cart with the order group that redeemed it, another one stays", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 2 });
  await client.applyCoupon({ cartId, couponCode: "SAVE" });
  const close = (couponCode: string) =>
    mall.order(orderItself).closeCart({ requestId: "r", cartId, orderGroupId: randomUUID(), lines, couponCode });
  await close("");
  t.is((await client.getCart({ cartId })).cart?.couponCode, "SAVE");
  await close("SAVE");
  t.is((await client.getCart({ cartId })).cart?.couponCode, "");
});

test("an order group takes out of a cart once, however often, at once and late it is asked", async (t) => {
  const mall = await shop(t, 8);
  const { cartId, client } = await guestCart(mall);
  const [first, second] = [randomUUID(), randomUUID()];
  const close = (orderGroupId: string, requestId: string) =>
    mall.order(orderItself).closeCart({ requestId, cartId, orderGroupId, lines });
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 4 });
  await Promise.all(["a", "a", "b", "c"].map((requestId) => close(first, requestId)));
  await close(second, "d");
  const { version } = await close(first, "e");
  t.is(version, 4n);
  t.like((await client.getCart({ cartId })).cart, { itemCount: 2, lastOrderGroupId: second });
});

test("a cart that older code has closed refuses changes and tells its order group", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  const orderGroupId = randomUUID();
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  await mall.database.sql.execute("UPDATE cart SET state = 'checked-out', order_group_id = ?", [orderGroupId]);
  t.is(await reasonOf(client.addItem({ requestId: "2", cartId, sku: "MUG", quantity: 1 })), "CART_CHECKED_OUT");
  t.like((await client.getCart({ cartId })).cart, { state: CartState.CHECKED_OUT, orderGroupId });
  const order = mall.order(orderItself);
  t.is((await order.closeCart({ requestId: "a", cartId, orderGroupId, lines })).version, 2n);
  const another = order.closeCart({ requestId: "b", cartId, orderGroupId: randomUUID(), lines });
  t.is(await reasonOf(another), "CART_CHECKED_OUT");
});

test("only order closes a cart, and reads it only as its holder", async (t) => {
  const mall = await shop(t);
  const { cartId, actor, client } = await guestCart(mall);
  t.is(
    await reasonOf(client.closeCart({ requestId: "a", cartId, orderGroupId: randomUUID(), lines })),
    "ACCESS_DENIED",
  );
  t.is((await mall.order(actor).getCart({ cartId })).cart?.id, cartId);
  t.is(await reasonOf(mall.order(orderItself).getCart({ cartId })), "ACCESS_DENIED");
});

test("a watched cart tells every change, and resumes from a cursor", async (t) => {
  const mall = await shop(t);
  const { cartId, actor, client } = await guestCart(mall);
  const leaving = new AbortController();
  const versions: string[] = [];
  for await (const { cursor, cart } of mall.carts(actor, leaving.signal).watchCart({ cartId })) {
    versions.push(`${cursor}:${cart?.itemCount}`);
    if (cart?.itemCount === 0) await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 2 });
    else leaving.abort();
  }
  t.deepEqual(versions, ["1:0", "2:2"]);
  const again = new AbortController();
  for await (const { cursor } of mall.carts(actor, again.signal).watchCart({ cartId, cursor: "1" })) {
    t.is(cursor, "2");
    again.abort();
  }
});

test("a guest's unused cart is swept after a day, with what is known of it; others are not", async (t) => {
  const mall = await shop(t);
  const unused = await guestCart(mall);
  const bought = { requestId: "r", orderGroupId: randomUUID(), lines };
  await mall.order(orderItself).closeCart({ ...bought, cartId: unused.cartId });
  const used = await guestCart(mall);
  const own = (await mall.carts(customer(randomUUID())).createCart({})).cart?.id ?? "";
  await used.client.addItem({ requestId: "1", cartId: used.cartId, sku: "MUG", quantity: 1 });
  mall.world.nowMs += 25 * HOUR_MS;
  await mall.due("sweep-carts");
  const left = await mall.database.sql.rows<{ id: string }>("SELECT id FROM cart");
  t.deepEqual(left.map(({ id }) => id).sort(), [used.cartId, own].sort());
  t.deepEqual(await mall.database.sql.rows("SELECT * FROM cart_purchase"), []);
  t.is(await reasonOf(unused.client.getCart({ cartId: unused.cartId })), "CART_NOT_FOUND");
});

test("a cart with goods that is left alone is told once as abandoned, and again when it was changed and left again", async (t) => {
  const mall = await shop(t);
  const own = await customerCart(mall);
  const empty = await guestCart(mall);
  await own.client.addItem({ requestId: "1", cartId: own.cartId, sku: "MUG", quantity: 1 });
  const rest = async (hours: number) => {
    mall.world.nowMs += hours * HOUR_MS;
    await Promise.all([mall.due("tell-abandoned-carts"), mall.due("tell-abandoned-carts")]);
    return (await mall.events()).filter((event) => event.startsWith("CartAbandoned"));
  };
  t.deepEqual(await rest(3), []);
  t.deepEqual(await rest(2), ["CartAbandoned 2"]);
  t.deepEqual(await rest(24), ["CartAbandoned 2"]);
  await own.client.updateItem({ cartId: own.cartId, sku: "MUG", quantity: 2 });
  t.deepEqual(await rest(3), ["CartAbandoned 2"]);
  t.deepEqual(await rest(3), ["CartAbandoned 2", "CartAbandoned 3"]);
  await own.client.clearCart({ cartId: own.cartId });
  t.deepEqual(await rest(24), ["CartAbandoned 2", "CartAbandoned 3"]);
  t.like((await empty.client.getCart({ cartId: empty.cartId })).cart, { lines: [] });
});

test("expired carts of guests are forgotten in batches, a customer's cart stays", async (t) => {
  const mall = await shop(t);
  const own = await customerCart(mall);
  await mall.database.sql.execute(
    `INSERT INTO cart (id, version, state, items, coupon_code, create_ms, update_ms, expire_ms)
     SELECT UUID(), 1, 'open', '[]', '', 0, 0, 1 FROM seq_1_to_2500`,
  );
  await mall.due("sweep-carts");
  const left = await mall.database.sql.rows<{ id: string }>("SELECT id FROM cart");
  t.deepEqual(left, [{ id: own.cartId }]);
});
