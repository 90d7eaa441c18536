import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { nodeProgram } from "../../dev/src/paths.ts";
import { setNiceness } from "../../dev/src/processes.ts";
import { list, type Shop, text } from "../shop.ts";
import { openWorld, type World } from "../stories/world.ts";
import { claim, share } from "./parts/claim.ts";
import type { Phase, Report } from "./parts/overload/generator.ts";
import type { Goods } from "./parts/overload/traffic.ts";
import type { Claim, Proof } from "./proof.ts";

const sizes = {
  quick: { warmMs: 6_000, aloneMs: 5_000, peakMs: 8_000, overMs: 20_000 },
  full: { warmMs: 15_000, aloneMs: 12_000, peakMs: 20_000, overMs: 60_000 },
} as const;

/** One visit in ten is a checkout. */
const CHECKOUT_SHARE = 0.1;
/** Of the flood's visits, at least: most of them are looks, of which the mesh can answer many more than come at the peak. */
const REFUSED_SHARE = 0.25;
const OVERLOAD = 10;
const USERS = [12, 32];
const USERS_ALONE = 24;
const REST_MS = 2_000;
const PIECES = 20_000;
const SKUS_OF_A_SELLER = 10;

/** Who comes in the flood: so many times the peak's looks, and so many times its checkouts. */
const floods = [
  { name: "a crowd that looks", checkouts: 1 },
  { name: "a crowd that looks and buys", checkouts: OVERLOAD },
] as const;

/**
 * Ten times the visits that the mesh can answer: once all that is too much only looks around while buyers keep coming as they
 * did at the peak, once ten times as many want to buy, too. A visit counts by what it takes of the mesh: a checkout and a look
 * at a product by the rate at which the mesh can do nothing else.
 */
export const proof: Proof = {
  name: "overload",
  title: "ten times the load that the mesh can bear",
  async run({ say, profile, seed }) {
    const size = sizes[profile];
    say("starting the mesh");
    const world = await openWorld("compact", { FREEZE_MESSAGES: "false" });
    const generator = openGenerator();
    try {
      const goods = await stockUp(world);
      const closed = (forMs: number, users: number, checkoutShare: number) =>
        generator.make({ kind: "closed", goods, seed, forMs, users, checkoutShare });
      await closed(size.warmMs, USERS_ALONE, CHECKOUT_SHARE);
      const browsing = ratesOf(await closed(size.aloneMs, USERS_ALONE, 0)).browses;
      const buying = ratesOf(await closed(size.aloneMs, USERS_ALONE, 1)).checkouts;
      say(`alone: ${browsing.toFixed(0)} looks/s, ${buying.toFixed(1)} checkouts/s`);
      // Of the processors that are left to the mesh: who comes brings his own.
      const worth = ({ browses, checkouts, processors }: Rates) =>
        (browses / browsing + checkouts / buying) / (availableParallelism() - processors);
      const peaks: Report[] = [];
      for (const users of USERS) peaks.push(await closed(size.peakMs, users, CHECKOUT_SHARE));
      const peak = peaks.map(ratesOf).reduce((best, next) => (worth(next) > worth(best) ? next : best));
      say(`peak: ${wordsOf(peak)}`);
      const offered = OVERLOAD * (peak.browses + peak.checkouts);
      const claims: Claim[] = [];
      for (const { name, checkouts } of floods) {
        const checkoutsPerSecond = checkouts * peak.checkouts;
        const browsesPerSecond = offered - checkoutsPerSecond;
        say(`${name}: ${offered.toFixed(0)} visits/s, ${checkoutsPerSecond.toFixed(1)} of them checkouts`);
        const rate = { forMs: size.overMs, browsesPerSecond, checkoutsPerSecond };
        const over = await generator.make({ kind: "open", goods, seed: seed + checkouts, ...rate });
        say(`answered: ${wordsOf(ratesOf(over))}`);
        await delay(REST_MS);
        const after = await closed(size.peakMs, USERS.at(-1) ?? 1, CHECKOUT_SHARE);
        claims.push(...claimsOf({ name, peak, offered, over, after: ratesOf(after), worth }));
      }
      return claims;
    } finally {
      generator.stop();
      await world.mesh.stop();
    }
  },
};

type Rates = { readonly browses: number; readonly checkouts: number; readonly processors: number };

/** Good visits in a second, those that ended in time, and what of the machine the load took for itself. */
function ratesOf({ seconds, browsing, checkouts, processors }: Report): Rates {
  return { browses: browsing.good / seconds, checkouts: checkouts.confirmedInTime / seconds, processors };
}

function wordsOf({ browses, checkouts }: Rates): string {
  return `${browses.toFixed(0)} looks/s, ${checkouts.toFixed(1)} checkouts/s`;
}

function claimsOf(measured: {
  readonly name: string;
  readonly peak: Rates;
  readonly offered: number;
  readonly over: Report;
  readonly after: Rates;
  readonly worth: (rates: Rates) => number;
}): readonly Claim[] {
  const { name, peak, offered, over, after, worth } = measured;
  const { browsing, buying, checkouts, seconds } = over;
  const rates = ratesOf(over);
  const goodput = worth(rates) / worth(peak);
  const recovered = worth(after) / worth(peak);
  const refusals = sorted([...browsing.refusedMs, ...buying.refusedMs]);
  const late = sorted([...browsing.refusedLateMs, ...buying.refusedLateMs]);
  const visits = browsing.asked + checkouts.came;
  // Whoever was given a cart was let in, even where a later call was refused; what failed was not refused.
  const sentAway = browsing.refused + Math.max(0, checkouts.came - checkouts.begun - buying.failed);
  return [
    claim(
      `${name}: ten times the peak comes, and at least a quarter of it is refused`,
      visits >= 0.95 * offered * seconds && sentAway >= REFUSED_SHARE * visits,
      { came: `${(visits / seconds).toFixed(0)}/s`, "visits refused": share(sentAway, visits) },
    ),
    claim(`${name}: goodput is at least 80 % of the peak`, goodput >= 0.8, {
      goodput: `${(100 * goodput).toFixed(0)} %`,
      peak: wordsOf(peak),
      overload: wordsOf(rates),
      "processors that the load took": `${peak.processors.toFixed(2)} and ${rates.processors.toFixed(2)}`,
    }),
    claim(
      `${name}: at least 95 % of the checkouts that begin succeed`,
      checkouts.begun > 0 && checkouts.confirmed >= 0.95 * checkouts.begun,
      {
        confirmed: share(checkouts.confirmed, checkouts.begun),
        came: checkouts.came,
        "calls refused": buying.refused,
      },
    ),
    claim(`${name}: 99 of 100 refusals come within 50 ms, from the first on`, quantile(refusals, 0.99) <= 50, {
      p50: `${quantile(refusals, 0.5).toFixed(1)} ms`,
      p99: `${quantile(refusals, 0.99).toFixed(1)} ms`,
      "behind the door":
        late.length === 0 ? "none" : `${late.length}, half of them within ${quantile(late, 0.5).toFixed(0)} ms`,
    }),
    claim(`${name}: nothing fails but by a refusal`, browsing.failed + buying.failed === 0, {
      failures: [...browsing.failures, ...buying.failures],
    }),
    claim(`${name}: two seconds after it the mesh is as before`, recovered >= 0.8, {
      goodput: `${(100 * recovered).toFixed(0)} % of the peak`,
    }),
  ];
}

function sorted(values: readonly number[]): readonly number[] {
  return [...values].sort((one, other) => one - other);
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** Who makes the load tells its times too: it goes first, lest it tells how long it waits itself (as root only). */
const FIRST = -10;

/** The load, made by a process of its own. */
function openGenerator() {
  const child = fork(join(import.meta.dirname, "parts", "overload", "generator.ts"), {
    execPath: nodeProgram,
    serialization: "advanced",
  });
  if (child.pid !== undefined) setNiceness(child.pid, FIRST);
  return {
    make: (phase: Phase): Promise<Report> =>
      new Promise((resolve, reject) => {
        child.once("message", (report) => resolve(report as Report));
        child.once("exit", (code) => reject(new Error(`the load's process ended with ${code}`)));
        child.send(phase);
      }),
    stop: () => void child.kill("SIGKILL"),
  };
}

/** Enough of some goods of two sellers for every checkout of the run. */
async function stockUp({ mesh, shop, admin }: World): Promise<Goods> {
  const { products } = await shop.call("shop.catalog.v1.CatalogService/ListProducts", { pageSize: 100 });
  const found = await shop.call("shop.inventory.v1.InventoryAdminService/ListStock", { pageSize: 500 }, admin);
  // Of each seller the goods at one of its places.
  const bySeller = new Map<string, { sellerId: string; locationId: string; skus: Set<string> }>();
  for (const level of list(found, "levels")) {
    const [sellerId, locationId] = [text(level, "sellerId"), text(level, "locationId")];
    const place = bySeller.get(sellerId) ?? { sellerId, locationId, skus: new Set<string>() };
    bySeller.set(sellerId, place);
    if (place.locationId === locationId && place.skus.size < SKUS_OF_A_SELLER) place.skus.add(text(level, "sku"));
  }
  const [one, other] = [...bySeller.values()].filter(({ skus }) => skus.size >= SKUS_OF_A_SELLER / 2);
  if (one === undefined || other === undefined) throw new Error("no two sellers have goods");
  await Promise.all([receive(shop, one, admin), receive(shop, other, admin)]);
  return {
    host: new URL(mesh.gatewayUrl).host,
    productIds: list({ products }, "products").map((product) => text(product, "id")),
    shelves: [[...one.skus], [...other.skus]],
  };
}

async function receive(
  shop: Shop,
  {
    sellerId,
    locationId,
    skus,
  }: { readonly sellerId: string; readonly locationId: string; readonly skus: Set<string> },
  admin: string,
): Promise<void> {
  const lines = [...skus].map((sku) => ({ sku, quantity: PIECES }));
  const request = { requestId: `load-${locationId}`, locationId, lines, sellerId, reference: "load" };
  await shop.call("shop.inventory.v1.InventoryAdminService/ReceiveStock", request, admin);
}
