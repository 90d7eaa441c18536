import { setTimeout as delay } from "node:timers/promises";
import { type CheckoutCounts, countsBetween, readCounters } from "./counts.ts";
import { type Latency, latencyOf } from "./load.ts";
import { addCpu, type CpuMs, perOperation, readCpu, totalMs, usedBetween, type Watched } from "./processor.ts";
import { checkOut, type Guest, openCart, openShop, type Shop } from "./shop.ts";
import { type BenchMesh, WEBHOOKS_AFTER_MS } from "./world.ts";

/** What a guest's checkout costs: two lines of two sellers, from the first AddItem to the answer CONFIRMED. */
export type CheckoutCost = {
  /** Up to the reply, less what the mesh uses at rest; no event or webhook reaches anybody meanwhile. */
  readonly cpu: CpuMs;
  /** What it sets going: relay, consumers, mail, parcels; less the same. */
  readonly following: CpuMs;
  readonly latency: Latency;
  readonly counts: CheckoutCounts;
};

/** Checkouts before anything is looked at: so many, or as many as can be done in so long. */
export type WarmExtent = { readonly count: number; readonly atMostMs: number };

/** How much of it is measured in one round. */
export type CheckoutExtent = {
  /** How often eight buyers come at once, whose processor time is told. */
  readonly bursts: number;
  /** Buyers who come alone, whose time is told. */
  readonly aloneCount: number;
};

/** The checkouts of one warm mesh, measured in as many rounds as one likes. */
export type Checkouts = {
  round(extent: CheckoutExtent): Promise<void>;
  /** What they cost in all rounds. */
  cost(): CheckoutCost;
  close(): void;
};

const QUIET_WINDOW_MS = 150;
const QUIET_AT_MOST_MS = 2_000;
const LOOK_MS = 50;
const REST_MS = 3_000;
const WARM_CALLERS = 4;
/** As many as ask for everything else that is measured here. */
const BUYERS = 8;
const COUNTED = 3;
/** Nothing is left of the warming when so long nobody but loops and schedules asked a database for anything. */
const STILL_MS = 2_000;
const STILL_AT_MOST_MS = 120_000;

/** Checkouts until the processes have compiled what one passes, and what those set going is done. */
export async function warmUp(mesh: BenchMesh, { count, atMostMs }: WarmExtent): Promise<void> {
  const shop = await openShop(mesh.gatewayUrl);
  const endMs = performance.now() + atMostMs;
  let index = 0;
  const caller = async (): Promise<void> => {
    while (index < count && performance.now() < endMs) await checkOut(shop, await openCart(shop), index++);
  };
  try {
    await Promise.all(Array.from({ length: WARM_CALLERS }, caller));
    await untilStill(mesh);
  } finally {
    shop.client.close();
  }
}

/** Waits until all that the checkouts have set going is done: what is used at rest would be told too high before. */
async function untilStill({ operationsPorts }: BenchMesh): Promise<void> {
  const endMs = performance.now() + STILL_AT_MOST_MS;
  for (let before = await readCounters(operationsPorts); ; ) {
    await delay(STILL_MS);
    const after = await readCounters(operationsPorts);
    const { statements, following } = countsBetween(before, after, 1);
    if (statements + following.statements === 0) return;
    if (performance.now() > endMs) throw new Error("two minutes after the last checkout the mesh still works on them");
    before = after;
  }
}

/** Counts a few checkouts of a warm mesh; in the rounds others are timed: eight at once, and some alone. */
export async function openCheckouts(mesh: BenchMesh): Promise<Checkouts> {
  const shop = await openShop(mesh.gatewayUrl);
  const idle = await restingCpu(mesh.watched);
  const counts = await countCheckouts(mesh, shop, COUNTED, idle);
  const bursts: Burst[] = [];
  const timesMs: number[] = [];
  return {
    async round(extent) {
      // Whoever comes first after a pause pays for what has gone cold in it; the echo beside it is asked some thousand times, too, before.
      await timeBurst(mesh, shop, bursts.length, idle);
      for (let burst = 0; burst < extent.bursts; burst++) bursts.push(await timeBurst(mesh, shop, bursts.length, idle));
      for (let buyer = 0; buyer < extent.aloneCount; buyer++)
        timesMs.push(await timeAlone(mesh, shop, timesMs.length, idle));
    },
    cost: () => ({
      cpu: perOperation(bursts.map(({ cpu }) => cpu).reduce(addCpu, {}), bursts.length * BUYERS),
      following: perOperation(bursts.map(({ following }) => following).reduce(addCpu, {}), bursts.length * BUYERS),
      latency: latencyOf(timesMs),
      counts,
    }),
    close: () => shop.client.close(),
  };
}

type Burst = Pick<CheckoutCost, "cpu" | "following">;

/** Eight buyers at once: what all of their checkouts cost, and what follows. */
async function timeBurst(mesh: BenchMesh, shop: Shop, burst: number, idle: CpuMs): Promise<Burst> {
  const { watched } = mesh;
  const guests = await openCarts(shop, BUYERS);
  await untilRest(watched, idle);
  const [before, startMs] = [readCpu(watched), performance.now()];
  await alone(mesh, () => Promise.all(guests.map((guest, index) => checkOut(shop, guest, burst * BUYERS + index))));
  const [atReply, replyMs] = [readCpu(watched), performance.now()];
  mesh.goOn();
  await untilRest(watched, idle);
  const used = usedBetween(atReply, readCpu(watched));
  return {
    cpu: addCpu(usedBetween(before, atReply), restFor(idle, startMs - replyMs)),
    following: addCpu(used, restFor(idle, replyMs - performance.now())),
  };
}

/** A buyer alone: how long she waits in all. */
async function timeAlone(mesh: BenchMesh, shop: Shop, index: number, idle: CpuMs): Promise<number> {
  const guest = await openCart(shop);
  await untilRest(mesh.watched, idle);
  const startMs = performance.now();
  await alone(mesh, () => checkOut(shop, guest, index));
  const tookMs = performance.now() - startMs;
  mesh.goOn();
  return tookMs;
}

/** Does `work` while no event reaches anybody; it is the caller who lets them go on. */
async function alone(mesh: BenchMesh, work: () => Promise<unknown>): Promise<void> {
  mesh.holdEvents();
  try {
    await work();
  } catch (error) {
    mesh.goOn();
    throw error;
  }
}

async function countCheckouts(
  { watched, operationsPorts }: BenchMesh,
  shop: Shop,
  count: number,
  idle: CpuMs,
): Promise<CheckoutCounts> {
  const guests = await openCarts(shop, count);
  await untilRest(watched, idle);
  const before = await readCounters(operationsPorts);
  for (const [index, guest] of guests.entries()) {
    await checkOut(shop, guest, index + count);
    await untilRest(watched, idle);
  }
  return countsBetween(before, await readCounters(operationsPorts), count);
}

async function openCarts(shop: Shop, count: number): Promise<readonly Guest[]> {
  const guests: Guest[] = [];
  for (let index = 0; index < count; index++) guests.push(await openCart(shop));
  return guests;
}

/** Waits until the outside world has told its news and the processes use no more than at rest. */
export async function untilRest(watched: Watched, idle: CpuMs): Promise<void> {
  await delay(WEBHOOKS_AFTER_MS + LOOK_MS);
  await untilQuiet(watched, totalMs(idle));
}

/** Waits until the processes use no more than `idlePerMs`, a bounded time. */
async function untilQuiet(watched: Watched, idlePerMs: number): Promise<void> {
  const endMs = performance.now() + QUIET_AT_MOST_MS;
  const readings = [{ atMs: performance.now(), usedMs: totalMs(readCpu(watched)) }];
  while (performance.now() < endMs) {
    await delay(LOOK_MS);
    const now = { atMs: performance.now(), usedMs: totalMs(readCpu(watched)) };
    readings.push(now);
    const then = readings.findLast(({ atMs }) => now.atMs - atMs >= QUIET_WINDOW_MS);
    if (then === undefined) continue;
    // Ticks are of 10 ms: two more than at rest are no work.
    if (now.usedMs - then.usedMs <= idlePerMs * (now.atMs - then.atMs) + 20) return;
  }
}

/** What each process uses at rest in `ms`. */
export function restFor(idle: CpuMs, ms: number): CpuMs {
  return Object.fromEntries(Object.entries(idle).map(([name, perMs]) => [name, perMs * ms]));
}

/** What each process uses in a millisecond without a customer. */
export async function restingCpu(watched: Watched): Promise<CpuMs> {
  const before = readCpu(watched);
  const startMs = performance.now();
  await delay(REST_MS);
  return perOperation(usedBetween(before, readCpu(watched)), performance.now() - startMs);
}
