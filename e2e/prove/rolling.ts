import { setTimeout as delay } from "node:timers/promises";
import { cards, fillCart, place, type Placed, quote } from "../order.ts";
import { type Json, list, type Shop, text } from "../shop.ts";
import { openWorld, type World } from "../stories/world.ts";
import type { Claim, Proof } from "./proof.ts";
import { type Goods, openBuyers, openGoods, type Sale, sell } from "./parts/buyers.ts";
import { type Chance, createChance } from "./parts/chance.ts";
import { claim, share } from "./parts/claim.ts";
import { type CallCounts, newCallCounts, openDoors } from "./parts/doors.ts";
import { eventClaims, eventsAtRest } from "./parts/events.ts";
import { isDecided, readGroups, within } from "./parts/groups.ts";
import { moneyClaims } from "./parts/money.ts";
import { stockClaims } from "./parts/stock.ts";
import { timelineOf, type Watcher, watchOrder } from "./parts/watchers.ts";

const sizes = { quick: { buyers: 2, readers: 2, rounds: 1 }, full: { buyers: 4, readers: 4, rounds: 3 } } as const;
/** Somebody orders this often and keeps the page open. */
const WATCH_EVERY_MS = 3_000;
const TOLD_WITHIN_MS = 60_000;
const DECIDED_WITHIN_MS = 120_000;
/** Between two readings of one reader: people look at what they read. */
const READ_EVERY_MS = 20;

/** Every process is restarted under the eyes of people who read, buy and watch; afterwards every book is read. */
export const proof: Proof = {
  name: "rolling",
  title: "two instances of every service, each restarted under load",
  async run({ say, profile, seed }) {
    const { buyers: buyerCount, readers, rounds } = sizes[profile];
    const chance = createChance(seed);
    say("starting the mesh, two processes for each service");
    const world = await openWorld("mesh", {}, { replicas: { each: 2, own: {} } });
    try {
      const counts = newCallCounts();
      const shop = openDoors(world.mesh.gatewayUrls, counts);
      const goods = await openGoods(world.shop);
      const buyers = await openBuyers(world.shop, buyerCount);
      const over = new AbortController();
      const watching = new AbortController();
      const opening = watchOn({ shop, goods, chance, over: over.signal, watching: watching.signal });
      const reading = Promise.all(Array.from({ length: readers }, () => readOn(shop, over.signal)));
      const goesOn = (): boolean => !over.signal.aborted;
      const selling = sell({ shop, goesOn, buyers, chance, goods, say: () => undefined });
      const before = pidsOf(world);
      for (let round = 1; round <= rounds; round++) await world.mesh.restart({ names: [], force: false, say });
      say("no more restarts; waiting for what is under way");
      over.abort();
      const [sales, watched] = await Promise.all([selling, opening, reading]);
      const decidedMs = await within(DECIDED_WITHIN_MS, async () => (await readGroups(world)).every(isDecided));
      const restedMs = await eventsAtRest(world);
      const streams = await streamClaim(world, watched);
      watching.abort();
      const groups = await readGroups(world);
      const sold = [...watched.map(({ sale }) => sale), ...sales];
      say("reading the books");
      return [
        restartClaim(before, pidsOf(world)),
        callClaim(counts),
        orderClaim(sold, decidedMs),
        streams,
        ...(await moneyClaims(world, groups)),
        ...(await stockClaims(world, groups, sold)),
        ...(await eventClaims(world, groups, restedMs)),
      ];
    } finally {
      await world.mesh.stop();
    }
  },
};

type Watched = { readonly placed: Placed; readonly sale: Sale; readonly watcher: Watcher };

/** Orders whose pages are kept open, another one every few seconds. */
async function watchOn(options: {
  readonly shop: Shop;
  readonly goods: Goods;
  readonly chance: Chance;
  readonly over: AbortSignal;
  readonly watching: AbortSignal;
}): Promise<readonly Watched[]> {
  const { shop, goods, chance, over, watching } = options;
  const watched: Watched[] = [];
  while (!over.aborted) {
    const order = await buyAndWatch(`watched-${watched.length}@example.com`).catch(() => undefined);
    if (order !== undefined) watched.push(order);
    await delay(WATCH_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
  }
  return watched;

  async function buyAndWatch(email: string): Promise<Watched> {
    const skus = goods.take("one", chance);
    const guest = await fillCart(shop, skus);
    const quoted = await quote(shop, guest, email);
    const placed = await place(shop, guest, text(quoted, "id"), cards.good);
    const total = Number(text(quoted, "totals", "total", "minorUnits"));
    const sale = { email, skus, total, state: placed.state, groupId: placed.groupId, refusal: "" };
    return { placed, sale, watcher: watchOrder(shop, placed, watching) };
  }
}

async function readOn(shop: Shop, signal: AbortSignal): Promise<void> {
  const call = (method: string, request: Json): Promise<Json> => shop.call(method, request).catch(() => ({}));
  while (!signal.aborted) {
    const [product] = list(await call("shop.catalog.v1.CatalogService/ListProducts", { pageSize: 8 }), "products");
    await call("shop.catalog.v1.CatalogService/GetProduct", { slug: text(product, "slug") });
    const skus = list(product, "variants").map((variant) => text(variant, "sku"));
    await call("shop.inventory.v1.InventoryService/GetAvailability", { skus });
    await delay(READ_EVERY_MS);
  }
}

function pidsOf({ mesh }: World): ReadonlyMap<string, number> {
  return new Map(mesh.processes.map(({ name, pid }) => [name, pid]));
}

function restartClaim(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Claim {
  const kept = [...before].filter(([name, pid]) => after.get(name) === pid).map(([name]) => name);
  const isWhole = kept.length === 0 && after.size === before.size && before.size > 0;
  return claim("every process was restarted", isWhole, {
    restarted: share(before.size - kept.length, before.size),
    kept,
  });
}

function callClaim({ calls, turnedAway, failures }: CallCounts): Claim {
  const perMethod = Object.entries(Object.groupBy(failures, (failure) => failure)).map(
    ([failure, all]) => `${failure} × ${all?.length ?? 0}`,
  );
  return claim("no call fails, and none is tried again by who calls", failures.length === 0 && calls > 0, {
    calls,
    failed: perMethod,
    "sent to the other gateway, the first being closed": turnedAway,
  });
}

function orderClaim(sales: readonly Sale[], decidedMs: number | undefined): Claim {
  const confirmed = sales.filter(({ state }) => state === "CONFIRMED");
  return claim("every order is CONFIRMED", confirmed.length === sales.length && decidedMs !== undefined, {
    confirmed: share(confirmed.length, sales.length),
    others: sales.filter(({ state }) => state !== "CONFIRMED").map(({ state, refusal }) => state || refusal),
  });
}

/** Told by one stream after another, each from the cursor of the last: what one who comes only now is told at once. */
async function streamClaim({ shop }: World, watched: readonly Watched[]): Promise<Claim> {
  const different = async (): Promise<readonly string[]> => {
    const wholes = await Promise.all(watched.map(({ placed }) => timelineOf(shop, placed)));
    return wholes.flatMap((whole, index) => {
      const told = watched[index]?.watcher.told ?? [];
      const isSame = whole.length === told.length && whole.every((line, at) => line === told[at]);
      return isSame ? [] : [`${told.length} of ${whole.length}`];
    });
  };
  await within(TOLD_WITHIN_MS, async () => (await different()).length === 0);
  const off = await different();
  const resumed = watched.reduce((sum, { watcher }) => sum + watcher.resumed, 0);
  const failures = watched.flatMap(({ watcher }) => watcher.failures);
  const holds = off.length === 0 && failures.length === 0 && resumed > 0;
  return claim("a live stream that is resumed has no gap and no repeat", holds, {
    streams: watched.length,
    resumed,
    entries: watched.reduce((sum, { watcher }) => sum + watcher.told.length, 0),
    different: off,
    failures,
  });
}
