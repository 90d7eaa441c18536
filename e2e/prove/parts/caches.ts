import { setTimeout as delay } from "node:timers/promises";
import { fillCart, type Guest } from "../../order.ts";
import { type Json, list, object, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";
import type { Claim } from "../proof.ts";
import { claim } from "./claim.ts";

const READS = 20;

/** Redis is flushed, hangs with what it holds, and is stopped; meanwhile a cart and a price are changed and read. */
export async function cachesClaims(
  world: World,
  { say, awayMs }: { readonly say: (line: string) => void; readonly awayMs: number },
): Promise<readonly Claim[]> {
  const { redis, flushRedis } = world.mesh.infrastructure;
  const skus = world.shelf.take(4);
  const product = await productOf(world, skus[0] ?? "");
  const guest = await fillCart(world.shop, skus.slice(0, 1));
  const seen: string[] = [];
  let count = 1;
  const stale: string[] = [];

  /** Changes cart and price, then reads both again and again. */
  const changeAndRead = async (when: string): Promise<void> => {
    const price = await raisePrice(world, product);
    await add(world, guest, skus[count] ?? "");
    count += 1;
    for (let read = 0; read < READS; read++) {
      const [items, shown] = [await itemsOf(world, guest), await priceOf(world, product)];
      if (items !== count) stale.push(`${when}: ${items} of ${count} lines`);
      if (shown !== price) stale.push(`${when}: ${shown} for ${price}`);
    }
    seen.push(when);
  };

  say("Redis is flushed");
  await flushRedis();
  await changeAndRead("flushed");
  say("Redis hangs");
  const pid = redis.pid();
  if (pid === undefined) throw new Error("redis does not run");
  process.kill(pid, "SIGSTOP");
  try {
    await changeAndRead("hanging");
    await delay(awayMs);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  const [items, price] = [await itemsOf(world, guest), await priceOf(world, product)];
  say("Redis stops");
  await redis.stop();
  await changeAndRead("stopped");
  await delay(awayMs);
  await redis.start();
  say("Redis is back");
  const after = [await itemsOf(world, guest), await priceOf(world, product)];
  await delay(awayMs);
  const later = [await itemsOf(world, guest), await priceOf(world, product)];
  return [
    claim("Redis away: no cart is lost, and no read is older than what was written", stale.length === 0, {
      outages: seen.join(" "),
      reads: 2 * READS * seen.length,
      stale,
    }),
    claim(
      "Redis back: carts and prices are those of the database",
      String(after) === String(later) && after[0] === count,
      {
        "after hanging": `${items} lines, ${price}`,
        back: after.join(" lines, "),
        later: later.join(" lines, "),
      },
    ),
  ];
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

async function raisePrice(world: World, product: Product): Promise<string> {
  const minorUnits = String(Number(await priceOf(world, product)) + 100);
  const request = {
    requestId: `raise-${minorUnits}`,
    productId: product.id,
    sku: product.sku,
    price: { currencyCode: "EUR", minorUnits },
  };
  await world.shop.call("shop.catalog.v1.CatalogAdminService/SetPrice", request, world.admin);
  return minorUnits;
}

async function add({ shop }: World, { cartId, token }: Guest, sku: string): Promise<void> {
  await shop.call("shop.cart.v1.CartService/AddItem", { requestId: `add-${sku}`, cartId, sku, quantity: 1 }, token);
}

async function itemsOf({ shop }: World, { cartId, token }: Guest): Promise<number> {
  const answer = await shop.call("shop.cart.v1.CartService/GetCart", { cartId }, token);
  return list(object(answer, "cart"), "lines").length;
}
