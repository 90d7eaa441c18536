import { LineChangeKind } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import test from "ava";
import { customerCart, guestCart, reasonOf, shop } from "./shop.ts";

type Mall = Awaited<ReturnType<typeof shop>>;

async function filled(mall: Mall) {
  const own = await customerCart(mall);
  await own.client.addItem({ requestId: "a", cartId: own.cartId, sku: "MUG", quantity: 2 });
  await own.client.addItem({ requestId: "b", cartId: own.cartId, sku: "TEE", quantity: 1 });
  return own;
}

test("a line saved for later leaves the cart, is listed as it would be sold now, and comes back", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await filled(mall);
  const saved = await client.saveForLater({ requestId: "1", cartId, sku: "MUG" });
  t.deepEqual(
    saved.cart?.lines.map(({ sku }) => sku),
    ["TEE"],
  );
  mall.world.prices.set("MUG", 900n);
  const { items } = await client.listSaved({});
  t.like(items[0]?.line, { sku: "MUG", quantity: 2, title: "The MUG", available: 5 });
  t.like(items[0]?.line?.changes, [{ kind: LineChangeKind.PRICE_CHANGED, oldUnitPrice: { minorUnits: 1200n } }]);
  const { cart } = await client.moveSavedToCart({ requestId: "2", cartId, sku: "MUG" });
  t.is(cart?.itemCount, 3);
  t.like(cart?.lines[1]?.changes, [{ kind: LineChangeKind.PRICE_CHANGED }]);
  t.deepEqual((await client.listSaved({})).items, []);
});

test("saving and moving back, repeated and side by side, happen once", async (t) => {
  const mall = await shop(t, 8);
  const { cartId, client } = await filled(mall);
  const save = () => client.saveForLater({ requestId: "1", cartId, sku: "MUG" });
  await Promise.all([save(), save(), save()]);
  await save();
  t.is((await client.listSaved({})).items[0]?.line?.quantity, 2);
  const moves = ["2", "2", "3", "4"].map((requestId) => client.moveSavedToCart({ requestId, cartId, sku: "MUG" }));
  const reasons = await Promise.all(moves.map(reasonOf));
  t.true(reasons.every((reason) => ["accepted", "SAVED_NOT_FOUND", "CART_CHANGED"].includes(String(reason))));
  t.is((await client.getCart({ cartId })).cart?.itemCount, 3);
});

test("what is saved again is added up, and what is saved no more is gone", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await filled(mall);
  await client.saveForLater({ requestId: "1", cartId, sku: "TEE" });
  await client.addItem({ requestId: "2", cartId, sku: "TEE", quantity: 998 });
  await client.saveForLater({ requestId: "3", cartId, sku: "TEE" });
  t.is((await client.listSaved({})).items[0]?.line?.quantity, 999);
  await client.removeSaved({ sku: "TEE" });
  await client.removeSaved({ sku: "TEE" });
  t.deepEqual((await client.listSaved({})).items, []);
});

test("saved items are a customer's own, and listed by pages, the latest first", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await filled(mall);
  await client.saveForLater({ requestId: "1", cartId, sku: "MUG" });
  await client.saveForLater({ requestId: "2", cartId, sku: "TEE" });
  const first = await client.listSaved({ pageSize: 1 });
  const second = await client.listSaved({ pageSize: 1, pageToken: first.nextPageToken });
  t.deepEqual(
    [...first.items, ...second.items].map(({ line }) => line?.sku),
    ["TEE", "MUG"],
  );
  t.is(second.nextPageToken, "");
  const stranger = await customerCart(mall);
  t.deepEqual((await stranger.client.listSaved({})).items, []);
  const guest = await guestCart(mall);
  t.is(await reasonOf(guest.client.listSaved({})), "ACCESS_DENIED");
  t.is(await reasonOf(stranger.client.saveForLater({ requestId: "1", cartId, sku: "MUG" })), "CART_NOT_FOUND");
});

test("what cannot be saved or moved is refused with its reason, and nothing moves", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await filled(mall);
  const save = (sku: string, etag = "") => reasonOf(client.saveForLater({ requestId: `s${etag}`, cartId, sku, etag }));
  const move = (sku: string) => reasonOf(client.moveSavedToCart({ requestId: "m", cartId, sku }));
  t.is(await save("NONE"), "LINE_NOT_FOUND");
  t.is(await save("MUG", "1"), "CART_CHANGED");
  t.is(await move("MUG"), "SAVED_NOT_FOUND");
  t.is(await save("MUG"), "accepted");
  mall.world.archived.add("MUG");
  t.is(await move("MUG"), "SKU_NOT_FOUND");
  mall.world.archived.delete("MUG");
  await client.addItem({ requestId: "x", cartId, sku: "MUG", quantity: 998 });
  t.is(await move("MUG"), "QUANTITY_TOO_LARGE");
  t.is((await client.listSaved({})).items.length, 1);
});

test("two hundred offers are kept for later, and no more", async (t) => {
  const mall = await shop(t);
  const { cartId, actor, client } = await filled(mall);
  const customerId = actor.kind === "person" ? actor.id : "";
  await mall.database.sql.execute("INSERT INTO saved_item SELECT ?, CONCAT('S', seq), 1, NULL, seq FROM seq_1_to_199", [
    customerId,
  ]);
  t.is(await reasonOf(client.saveForLater({ requestId: "1", cartId, sku: "MUG" })), "accepted");
  t.is(await reasonOf(client.saveForLater({ requestId: "2", cartId, sku: "TEE" })), "SAVED_FULL");
  t.is((await client.getCart({ cartId })).cart?.itemCount, 1);
});
