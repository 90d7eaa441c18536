import { LineChangeKind } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import test from "ava";
import { guestCart, reasonOf, shop } from "./shop.ts";

test("what became of a line since it was added is named until its owner has seen it", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 2 });
  mall.world.prices.set("MUG", 1500n);
  mall.world.stock.set("MUG", 1);
  const { cart } = await client.getCart({ cartId });
  const [line] = cart?.lines ?? [];
  t.like(line?.changes, [
    { kind: LineChangeKind.PRICE_CHANGED, oldUnitPrice: { currencyCode: "EUR", minorUnits: 1200n } },
    { kind: LineChangeKind.QUANTITY_NOT_AVAILABLE, available: 1 },
  ]);
  const { sku = "", unitPrice, available } = line ?? {};
  const seen = [{ sku, ...(unitPrice && { unitPrice }), ...(available !== undefined && { available }) }];
  const after = await client.acknowledgeCart({ cartId, lines: seen });
  t.deepEqual(after.cart?.lines[0]?.changes, []);
  t.is(after.cart?.etag, cart?.etag, "a look is no change");
  mall.world.archived.add("MUG");
  t.like((await client.getCart({ cartId })).cart?.lines[0]?.changes, [{ kind: LineChangeKind.NO_LONGER_SOLD }]);
});

test("what becomes of a line after it was shown is named, though the look comes later", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  const shown = (await client.getCart({ cartId })).cart?.lines[0];
  mall.world.prices.set("MUG", 1300n);
  const lines = [{ sku: "MUG", ...(shown?.unitPrice && { unitPrice: shown.unitPrice }), available: 5 }];
  const { cart } = await client.acknowledgeCart({ cartId, lines });
  t.like(cart?.lines[0]?.changes, [{ kind: LineChangeKind.PRICE_CHANGED }]);
});

test("a changed quantity is no look: what is named of the line stays named", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "TEE", quantity: 1 });
  mall.world.prices.set("TEE", 1n);
  await client.updateItem({ cartId, sku: "TEE", quantity: 3 });
  await client.addItem({ requestId: "2", cartId, sku: "TEE", quantity: 1 });
  const { cart } = await client.getCart({ cartId });
  t.like(cart?.lines[0]?.changes, [{ kind: LineChangeKind.PRICE_CHANGED, oldUnitPrice: { minorUnits: 1990n } }]);
});

test("more than there is, asked for by the owner, is a problem and no change", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  const { cart } = await client.updateItem({ cartId, sku: "MUG", quantity: 9 });
  t.is(cart?.lines[0]?.problems.length, 1);
  t.deepEqual(cart?.lines[0]?.changes, []);
});

test("a cart that older code wrote names nothing until it is next changed, and from then on what becomes of it", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await mall.database.sql.execute(`UPDATE cart SET items = '[{"sku":"MUG","quantity":2}]'`);
  mall.world.prices.set("MUG", 1300n);
  t.deepEqual((await client.getCart({ cartId })).cart?.lines[0]?.changes, []);
  await client.addItem({ requestId: "1", cartId, sku: "TEE", quantity: 1 });
  mall.world.prices.set("MUG", 1400n);
  const { cart } = await client.getCart({ cartId });
  t.like(cart?.lines[0]?.changes, [{ oldUnitPrice: { minorUnits: 1300n } }]);
});

test("a look at a cart that changes in another tab meanwhile takes nothing from it", async (t) => {
  const mall = await shop(t, 8);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "0", cartId, sku: "MUG", quantity: 1 });
  const looks = (cents: number) => [{ sku: "MUG", unitPrice: { currencyCode: "EUR", minorUnits: BigInt(cents) } }];
  await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      if (index % 2 === 0) await client.addItem({ requestId: `r${index}`, cartId, sku: "TEE", quantity: 1 });
      else await client.acknowledgeCart({ cartId, lines: looks(index) });
    }),
  );
  t.like((await client.getCart({ cartId })).cart, { itemCount: 5, version: 6n });
});

test("a look at nothing is refused by its field", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  t.is(await reasonOf(client.acknowledgeCart({ cartId, lines: [] })), "VALIDATION_FAILED");
});
