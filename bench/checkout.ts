import { setTimeout as delay } from "node:timers/promises";
import { type CheckoutCounts, countsBetween, readCounters } from "./counts.ts";
import { type JsonClient, openJson } from "./http.ts";
import { type Latency, latencyOf } from "./load.ts";
import { addCpu, type CpuMs, perOperation, readCpu, totalMs, usedBetween, type Watched } from "./processor.ts";
import type { BenchMesh } from "./world.ts";

/** What a guest's checkout costs: two lines of two sellers, from the first AddItem to the answer CONFIRMED. */
export type CheckoutCost = {
  readonly cpu: CpuMs;
  /** What it sets going: relay, consumers, mail, parcels; less what the mesh uses at rest. */
  readonly following: CpuMs;
  readonly latency: Latency;
  readonly counts: CheckoutCounts;
};

export type CheckoutExtent = {
  /** Checkouts before anything is looked at; fewer where they take longer than the bound. */
  readonly warmCount: number;
  readonly warmAtMostMs: number;
  readonly count: number;
  readonly countedCount: number;
};

type Shop = { readonly client: JsonClient; readonly shelves: readonly (readonly string[])[] };
type Answer = Readonly<Record<string, unknown>>;

const QUIET_WINDOW_MS = 150;
const QUIET_AT_MOST_MS = 2_000;
const LOOK_MS = 50;
const WARM_CALLERS = 3;

const shippingAddress = {
  name: "Ada Lovelace",
  line1: "Torstraße 1",
  city: "Berlin",
  postalCode: "10119",
  countryCode: "DE",
};

/** Warms up, counts a few checkouts, then times others, one after another and each alone. */
export async function measureCheckout(mesh: BenchMesh, extent: CheckoutExtent): Promise<CheckoutCost> {
  const client = openJson(mesh.gatewayUrl);
  try {
    const shop = { client, shelves: await findShelves(client) };
    await warm(shop, extent);
    await untilQuiet(mesh.watched, Number.POSITIVE_INFINITY);
    const idle = await restingCpu(mesh.watched);
    const counts = await countCheckouts(mesh, shop, extent.countedCount, totalMs(idle));
    return { ...(await timeCheckouts(mesh, shop, extent.count, idle)), counts };
  } finally {
    client.close();
  }
}

async function timeCheckouts(
  { watched }: BenchMesh,
  shop: Shop,
  count: number,
  idle: CpuMs,
): Promise<Omit<CheckoutCost, "counts">> {
  const timesMs: number[] = [];
  let cpu: CpuMs = {};
  let later: CpuMs = {};
  let laterMs = 0;
  for (let index = 0; index < count; index++) {
    const guest = await openCart(shop);
    const before = readCpu(watched);
    const startMs = performance.now();
    await checkOut(shop, guest, index);
    const endMs = performance.now();
    const atReply = readCpu(watched);
    await untilQuiet(watched, totalMs(idle));
    later = addCpu(later, usedBetween(atReply, readCpu(watched)));
    laterMs += performance.now() - endMs;
    cpu = addCpu(cpu, usedBetween(before, atReply));
    timesMs.push(endMs - startMs);
  }
  const rest = Object.fromEntries(Object.entries(idle).map(([name, perMs]) => [name, -perMs * laterMs]));
  return {
    cpu: perOperation(cpu, count),
    following: perOperation(addCpu(later, rest), count),
    latency: latencyOf(timesMs),
  };
}

async function countCheckouts(
  { watched, operationsPorts }: BenchMesh,
  shop: Shop,
  count: number,
  idle: number,
): Promise<CheckoutCounts> {
  const guests = await Promise.all(Array.from({ length: count }, () => openCart(shop)));
  await untilQuiet(watched, idle);
  const before = await readCounters(operationsPorts);
  for (const [index, guest] of guests.entries()) {
    await checkOut(shop, guest, index + count);
    await untilQuiet(watched, idle);
  }
  return countsBetween(before, await readCounters(operationsPorts), count);
}

async function warm(shop: Shop, { warmCount, warmAtMostMs }: CheckoutExtent): Promise<void> {
  const endMs = performance.now() + warmAtMostMs;
  let index = 0;
  const caller = async (): Promise<void> => {
    while (index < warmCount && performance.now() < endMs) await checkOut(shop, await openCart(shop), index++);
  };
  await Promise.all(Array.from({ length: WARM_CALLERS }, caller));
}

type Guest = { readonly cartId: string; readonly token: string };

async function openCart({ client }: Shop): Promise<Guest> {
  const { cart, accessToken } = (await client.post("/shop.cart.v1.CartService/CreateCart", {})) as Answer;
  return { cartId: String((cart as Answer)["id"]), token: String(accessToken) };
}

async function checkOut({ client, shelves }: Shop, { cartId, token }: Guest, index: number): Promise<void> {
  for (const skus of shelves) {
    const sku = skus[index % skus.length];
    const line = { requestId: `add-${sku}`, cartId, sku, quantity: 1 };
    await client.post("/shop.cart.v1.CartService/AddItem", line, token);
  }
  const asked = { cartId, email: "ada@example.com", shippingAddress };
  const { quote } = (await client.post("/shop.order.v1.CheckoutService/QuoteCheckout", asked, token)) as Answer;
  const quoteId = (quote as Answer)["id"];
  const order = {
    requestId: `place-${quoteId}`,
    quoteId,
    tenders: [{ card: { paymentMethod: "pm_card_visa" } }],
    returnUrl: "http://localhost:8080/return",
  };
  const placed = (await client.post("/shop.order.v1.CheckoutService/PlaceOrder", order, token)) as Answer;
  if (placed["state"] !== "CHECKOUT_STATE_CONFIRMED") throw new Error(`a checkout ended ${JSON.stringify(placed)}`);
}

/** What two sellers have enough of, so that no checkout of the run finds an empty shelf. */
async function findShelves(client: JsonClient): Promise<readonly (readonly string[])[]> {
  const listed = (await client.post("/shop.catalog.v1.CatalogService/ListProducts", { pageSize: 100 })) as Answer;
  const bySeller = new Map<string, string[]>();
  for (const product of listed["products"] as readonly Answer[]) {
    const seller = String(product["sellerId"]);
    const skus = (product["variants"] as readonly Answer[]).map((variant) => String(variant["sku"]));
    bySeller.set(seller, [...(bySeller.get(seller) ?? []), ...skus]);
  }
  const shelves: string[][] = [];
  for (const skus of bySeller.values()) {
    const asked = { skus: skus.slice(0, 200) };
    const { availability } = (await client.post(
      "/shop.inventory.v1.InventoryService/GetAvailability",
      asked,
    )) as Answer;
    const full = (availability as readonly Answer[]).filter((entry) => Number(entry["available"] ?? 0) >= 20);
    if (full.length >= 10) shelves.push(full.map((entry) => String(entry["sku"])));
    if (shelves.length === 2) return shelves;
  }
  throw new Error("no two sellers have enough in stock");
}

/** Waits until the processes use no more than at rest; `idlePerMs` Infinity: for as long as it waits at most. */
async function untilQuiet(watched: Watched, idlePerMs: number): Promise<void> {
  const endMs = performance.now() + QUIET_AT_MOST_MS;
  const readings = [{ atMs: performance.now(), usedMs: totalMs(readCpu(watched)) }];
  while (performance.now() < endMs) {
    await delay(LOOK_MS);
    const now = { atMs: performance.now(), usedMs: totalMs(readCpu(watched)) };
    readings.push(now);
    const then = readings.findLast(({ atMs }) => now.atMs - atMs >= QUIET_WINDOW_MS);
    if (then === undefined || idlePerMs === Number.POSITIVE_INFINITY) continue;
    // Ticks are of 10 ms: two more than at rest are no work.
    if (now.usedMs - then.usedMs <= idlePerMs * (now.atMs - then.atMs) + 20) return;
  }
}

/** What each process uses in a millisecond without a customer. */
async function restingCpu(watched: Watched): Promise<CpuMs> {
  const before = readCpu(watched);
  const startMs = performance.now();
  await delay(1_000);
  return perOperation(usedBetween(before, readCpu(watched)), performance.now() - startMs);
}
