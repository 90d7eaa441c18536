import { setTimeout as delay } from "node:timers/promises";
import { address, cards } from "../../../order.ts";
import type { Chance } from "../chance.ts";
import { type Answer, post, type Wires } from "./wires.ts";

/** What the load knows of the shop. */
export type Goods = {
  /** "127.0.0.1:8080". */
  readonly host: string;
  readonly productIds: readonly string[];
  /** Skus of two sellers, each with enough for the whole run. */
  readonly shelves: readonly (readonly string[])[];
};

/** What came of the calls of one kind. */
export type Tally = {
  /** Begun. */
  asked: number;
  good: number;
  /** Calls told that there is too much to do. */
  refused: number;
  /** Everything else: another status, a broken connection. */
  failed: number;
  /** Times of good answers, and of refusals, in ms. */
  readonly goodMs: number[];
  readonly refusedMs: number[];
  /** Those of refusals by who is behind the door; among the others, too. */
  readonly refusedLateMs: number[];
  /** What failed, by status. */
  readonly failures: string[];
};

const TRIES = 5;
const PAGE_OF_PRODUCTS = 0.1;

/** A tally of nothing. */
export function newTally(): Tally {
  return {
    asked: 0,
    good: 0,
    refused: 0,
    failed: 0,
    goodMs: [],
    refusedMs: [],
    refusedLateMs: [],
    failures: [],
  };
}

/** Looks at a product, now and then at a page of them; false where nothing could be asked. */
export function createBrowsing({ host, productIds }: Goods, chance: Chance) {
  const products = productIds.map((id) => post(host, "shop.catalog.v1.CatalogService/GetProduct", { id }));
  const page = post(host, "shop.catalog.v1.CatalogService/ListProducts", { pageSize: 24 });
  return (wires: Wires, tally: Tally): Promise<void> | undefined => {
    const answer = wires.send(chance.next() < PAGE_OF_PRODUCTS ? page : chance.pick(products));
    tally.asked += 1;
    if (answer === undefined) {
      fail(tally, "no connection left");
      return undefined;
    }
    return answer.then((result) => void count(tally, result));
  };
}

/**
 * A guest buys one piece of two sellers each: five calls, each up to five times; true where the order is CONFIRMED. `begun` is
 * called once there is a cart.
 */
export function createCheckout({ host, shelves }: Goods, chance: Chance) {
  return async (wires: Wires, tally: Tally, begun: () => void): Promise<boolean> => {
    const id = `load-${Math.floor(chance.next() * 2 ** 48).toString(36)}`;
    const call = (method: string, body: object, token?: string) =>
      insist(wires, tally, chance, post(host, method, body, token));
    const cart = await call("shop.cart.v1.CartService/CreateCart", {});
    if (cart === undefined) return false;
    begun();
    const cartId = textAt(cart, "cart", "id");
    const token = textAt(cart, "accessToken");
    for (const [index, skus] of shelves.entries()) {
      const line = { requestId: `${id}-${index}`, cartId, sku: chance.pick(skus), quantity: 1 };
      if ((await call("shop.cart.v1.CartService/AddItem", line, token)) === undefined) return false;
    }
    const asked = { cartId, email: `${id}@example.com`, shippingAddress: address };
    const quoted = await call("shop.order.v1.CheckoutService/QuoteCheckout", asked, token);
    if (quoted === undefined) return false;
    const order = {
      requestId: id,
      quoteId: textAt(quoted, "quote", "id"),
      tenders: [{ card: { paymentMethod: cards.good } }],
      returnUrl: "http://localhost:8080/return",
    };
    const placed = await call("shop.order.v1.CheckoutService/PlaceOrder", order, token);
    return placed !== undefined && textAt(placed, "state") === "CHECKOUT_STATE_CONFIRMED";
  };
}

/** The parsed answer within five tries; undefined where there was none. Waits as long as it is told to. */
async function insist(wires: Wires, tally: Tally, chance: Chance, request: Buffer): Promise<unknown> {
  for (let left = TRIES; left > 0; left--) {
    const result = (await wires.send(request)) ?? { status: 0, body: "", ms: 0, isTakenIn: false };
    tally.asked += 1;
    if (count(tally, result)) return JSON.parse(Buffer.from(result.body, "latin1").toString("utf8"));
    if (left > 1) await delay(retryMs(result) * (0.5 + chance.next()));
  }
  return undefined;
}

function count(tally: Tally, { status, body, ms, isTakenIn }: Answer): boolean {
  if (status === 200) {
    tally.good += 1;
    tally.goodMs.push(ms);
    return true;
  }
  if (body.includes('"OVERLOADED"')) {
    tally.refused += 1;
    tally.refusedMs.push(ms);
    if (isTakenIn) tally.refusedLateMs.push(ms);
  } else {
    fail(tally, `${status} ${/"reason":"(\w+)"/.exec(body)?.[1] ?? ""}`);
  }
  return false;
}

function fail(tally: Tally, why: string): void {
  tally.failed += 1;
  tally.failures.push(why);
}

function retryMs({ body }: Answer): number {
  return Number(/"retry_after_ms":"(\d+)"/.exec(body)?.[1] ?? 200);
}

function textAt(value: unknown, ...path: readonly string[]): string {
  const found = path.reduce<unknown>(
    (part, name) => (typeof part === "object" && part !== null ? (part as Record<string, unknown>)[name] : undefined),
    value,
  );
  return typeof found === "string" ? found : "";
}
