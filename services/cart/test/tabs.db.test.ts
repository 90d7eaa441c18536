import { DomainError } from "@shopmesh/kernel";
import type { Sql } from "@shopmesh/mesh";
import test from "ava";
import fc from "fast-check";
import { guestCart, shop } from "./shop.ts";

type Mall = Awaited<ReturnType<typeof shop>>;
type Guest = Awaited<ReturnType<typeof guestCart>>;

/** What a tab does next: it looks at the cart, or writes on what it last saw. */
type Deed = "look" | "write";

/** What became of an attempt to set the mugs. */
type Attempt = { readonly seen: bigint; readonly quantity: number; readonly version: bigint | undefined };

test("two tabs that write what they have seen never clobber each other, however they interleave", async (t) => {
  const mall = await shop(t, 8);
  const deeds = fc.array(fc.constantFrom<Deed>("look", "write"), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(deeds, deeds, deeds, async (...tabs) => {
      const guest = await guestCart(mall);
      await guest.client.addItem({ requestId: "0", cartId: guest.cartId, sku: "MUG", quantity: 999 });
      const attempts = (await Promise.all(tabs.map((tab, index) => playTab(guest, tab, index)))).flat();
      const taken = attempts.filter(({ version }) => version !== undefined);
      // Each was written on what its tab had seen, so no two on the same: they are one chain.
      for (const { seen, version } of taken) t.is(version, seen + 1n);
      t.is(new Set(taken.map(({ seen }) => seen)).size, taken.length);
      const { cart } = await guest.client.getCart({ cartId: guest.cartId });
      t.is(cart?.version, 2n + BigInt(taken.length));
      const last = taken.find(({ version }) => version === cart?.version);
      t.is(cart?.lines[0]?.quantity, last?.quantity ?? 999);
      // Somebody always gets on: not all are refused where one was first.
      t.true(taken.length > 0 || attempts.length === 0);
    }),
    { numRuns: 25 },
  );
});

/** A tab's deeds; no two tabs or deeds write the same quantity, which would be no change. */
async function playTab({ client, cartId }: Guest, deeds: readonly Deed[], tab: number): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  let seen = 2n;
  for (const [index, deed] of deeds.entries()) {
    if (deed === "look") {
      seen = (await client.getCart({ cartId })).cart?.version ?? 0n;
      continue;
    }
    const quantity = 10 * (tab + 1) + index;
    const version = await client.updateItem({ cartId, sku: "MUG", quantity, etag: String(seen) }).then(
      ({ cart }) => cart?.version,
      (error: unknown) => {
        if (!(error instanceof DomainError) || error.reason !== "CART_CHANGED") throw error;
        return undefined;
      },
    );
    attempts.push({ seen, quantity, version });
    if (version !== undefined) seen = version;
  }
  return attempts;
}

test("who is too late is told the etag of now", async (t) => {
  const mall = await shop(t);
  const { cartId, client } = await guestCart(mall);
  await client.addItem({ requestId: "1", cartId, sku: "MUG", quantity: 1 });
  const late = client.updateItem({ cartId, sku: "MUG", quantity: 2, etag: "1" });
  const error = await t.throwsAsync(late, { instanceOf: DomainError });
  t.deepEqual(error?.metadata, { cart_id: cartId, etag: "2" });
});

test("two lines or two hundred: as many statements, and as many calls to the others", async (t) => {
  const mall = await shop(t, 1);
  for (let index = 0; index < 200; index += 1) {
    mall.world.prices.set(`S${index}`, 100n);
    mall.world.stock.set(`S${index}`, 9);
  }
  const [few, many] = [await costs(mall, 2), await costs(mall, 200)];
  t.deepEqual(many, few);
});

/** What a cart of so many lines costs, deed by deed: statements, and calls by whom is asked. */
async function costs(mall: Mall, lines: number) {
  const guest = await guestCart(mall);
  const skus = Array.from({ length: lines }, (_, index) => `S${index}`);
  const items = skus.slice(1).map((sku) => ({ sku, quantity: 1 }));
  await mall.database.sql.execute("UPDATE cart SET items = ? WHERE id = ?", [JSON.stringify(items), guest.cartId]);
  const { cartId, client } = guest;
  const deeds = {
    add: () => client.addItem({ requestId: "last", cartId, sku: "S0", quantity: 1 }),
    read: () => client.getCart({ cartId }),
    look: () => client.acknowledgeCart({ cartId, lines: skus.map((sku) => ({ sku, available: 1 })) }),
    coupon: () => client.applyCoupon({ cartId, couponCode: "SAVE" }),
    close: () =>
      mall.order({ kind: "service", name: "order" }).closeCart({
        requestId: "r",
        cartId,
        orderGroupId: cartId,
        lines: skus.map((sku) => ({ sku, quantity: 1 })),
      }),
  };
  const found: Record<string, unknown> = {};
  for (const [name, deed] of Object.entries(deeds)) found[name] = await costOf(mall, deed);
  return found;
}

async function costOf({ database, world }: Mall, deed: () => Promise<unknown>) {
  const asked = async (sql: Sql) =>
    Number((await sql.row<{ Value: string }>("SHOW SESSION STATUS LIKE 'Questions'"))?.Value);
  // One connection for what stands by itself, one for transactions.
  const count = async () => (await asked(database.sql)) + (await database.transaction(asked));
  world.calls.clear();
  const first = await count();
  const second = await count();
  await deed();
  return { statements: (await count()) - second - (second - first), calls: Object.fromEntries(world.calls) };
}
