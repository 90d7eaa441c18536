import { setTimeout as delay } from "node:timers/promises";
import { fillCart, type Guest } from "../../order.ts";
import { type Json, list, object, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";
import type { Claim } from "../proof.ts";
import { claim } from "./claim.ts";

const READ_MS = 1_000;
const READ_AGAIN_MS = 50;

/**
 * Redis is flushed, hangs with what it holds, and is stopped; a cart and a price are changed and read, then and afterwards.
 * `awayMs`: 3,000 or more, in which a process that waits for Redis in vain again and again gives it up for a while.
 */
export async function cachesClaims(
  world: World,
  { say, awayMs }: { readonly say: (line: string) => void; readonly awayMs: number },
): Promise<readonly Claim[]> {
  const { redis, flushRedis } = world.mesh.infrastructure;
  const { change, readFor } = await openReader(world);
  const away: Reading[] = [];
  const back: Reading[] = [];
  say("Redis is flushed");
  await flushRedis();
  await change();
  away.push(await readFor("flushed", READ_MS));
  say("Redis hangs");
  const pid = redis.pid();
  if (pid === undefined) throw new Error("redis does not run");
  process.kill(pid, "SIGSTOP");
  try {
    // What it was sent before it was given up it does as soon as it goes on; of what changes after that it hears nothing.
    away.push(await readFor("hanging", awayMs));
    await change();
    away.push(await readFor("given up", READ_MS));
  } finally {
    process.kill(pid, "SIGCONT");
  }
  back.push(await readFor("after hanging", awayMs));
  say("Redis stops");
  await redis.stop();
  await change();
  away.push(await readFor("stopped", awayMs));
  await redis.start();
  say("Redis is back");
  back.push(await readFor("after the start", awayMs));
  return [
    freshClaim("Redis away: no cart is lost, and no read is older than what was written", away),
    freshClaim("Redis back: carts and prices are those that were written", back),
  ];
}

/** What was read at a time, and what of that was not what had been written. */
type Reading = { readonly when: string; readonly reads: number; readonly stale: readonly string[] };

function freshClaim(sentence: string, readings: readonly Reading[]): Claim {
  const stale = readings.flatMap((reading) => reading.stale);
  return claim(sentence, stale.length === 0 && readings.every(({ reads }) => reads > 0), {
    reads: readings.map(({ when, reads }) => `${when} ${reads}`).join(", "),
    stale,
  });
}

/** One who changes the price of a product and her cart, and reads both: nobody else changes them. */
async function openReader(world: World) {
  const [first = "", ...others] = world.shelf.take(4);
  const product = await productOf(world, first);
  const guest = await fillCart(world.shop, [first]);
  let price = await priceOf(world, product);
  let count = 1;
  return {
    async change(): Promise<void> {
      price = String(Number(price) + 100);
      await setPrice(world, product, price);
      await add(world, guest, others[count - 1] ?? "");
      count += 1;
    },
    async readFor(when: string, forMs: number): Promise<Reading> {
      const stale: string[] = [];
      let reads = 0;
      for (const startMs = performance.now(); performance.now() - startMs < forMs; await delay(READ_AGAIN_MS)) {
        const [items, shown] = [await itemsOf(world, guest), await priceOf(world, product)];
        reads += 2;
        if (items !== count) stale.push(`${when}: ${items} of ${count} lines`);
        if (shown !== price) stale.push(`${when}: ${shown} for ${price}`);
      }
      return { when, reads, stale };
    },
  };
}

type Product = { readonly id: string; readonly sku: string };

async function productOf({ shop }: World, sku: string): Promise<Product> {
  const { products } = await shop.call("shop.catalog.v1.CatalogService/ListProducts", { pageSize: 200 });
  const found = list({ products }, "products").find((product) =>
    list(product, "variants").some((variant) => text(variant, "sku") === sku),
  );
  return { id: text(found, "id"), sku };
}

async function variantOf({ shop }: World, { id, sku }: Product): Promise<Json> {
  const answer = await shop.call("shop.catalog.v1.CatalogService/GetProduct", { id });
  const variant = list(object(answer, "product"), "variants").find((candidate) => text(candidate, "sku") === sku);
  if (variant === undefined) throw new Error(`the product lacks ${sku}`);
  return variant;
}

async function priceOf(world: World, product: Product): Promise<string> {
  return text(await variantOf(world, product), "price", "minorUnits");
}

async function setPrice(world: World, { id, sku }: Product, minorUnits: string): Promise<void> {
  const price = { currencyCode: "EUR", minorUnits };
  const request = { requestId: `raise-${minorUnits}`, productId: id, sku, price };
  await world.shop.call("shop.catalog.v1.CatalogAdminService/SetPrice", request, world.admin);
}

async function add({ shop }: World, { cartId, token }: Guest, sku: string): Promise<void> {
  await shop.call("shop.cart.v1.CartService/AddItem", { requestId: `add-${sku}`, cartId, sku, quantity: 1 }, token);
}

async function itemsOf({ shop }: World, { cartId, token }: Guest): Promise<number> {
  const answer = await shop.call("shop.cart.v1.CartService/GetCart", { cartId }, token);
  return list(object(answer, "cart"), "lines").length;
}
