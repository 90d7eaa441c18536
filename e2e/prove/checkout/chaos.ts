import { openReaper } from "../../crash/death.ts";
import { namedPlaces } from "../../crash/places.ts";
import { openWorld, type World } from "../../stories/world.ts";
import { openGoods } from "../parts/buyers.ts";
import { createChance } from "../parts/chance.ts";
import { claim, share } from "../parts/claim.ts";
import { comebackClaims } from "../parts/comebacks.ts";
import { counterClaims } from "../parts/counters.ts";
import { eventClaims, eventsAtRest } from "../parts/events.ts";
import { type GroupRow, isKept, isReplacement, readGroups } from "../parts/groups.ts";
import { moneyClaims } from "../parts/money.ts";
import { openPhases, type Phases } from "../parts/phases.ts";
import { reap, type Reaped } from "../parts/reaper.ts";
import { night, sagasDrivenAgain, travelToTheEnd } from "../parts/rest.ts";
import { fillShelves } from "../parts/shelves.ts";
import { stockClaims } from "../parts/stock.ts";
import { newTally, patientShop, type Tally } from "../parts/tries.ts";
import { endTrouble, lieInWait, makeTrouble } from "../parts/troubles.ts";
import type { Visit } from "../parts/visit.ts";
import { type Day, isPaid, spendDay } from "../parts/visits.ts";
import type { Claim, Proof } from "../proof.ts";

const sizes = {
  quick: { orders: 60, days: 1, buyers: 6, ambushEveryMs: 8_000, mostAway: 1, isGentle: true, longestMs: 300_000 },
  full: {
    orders: 10_000,
    days: 5,
    buyers: 16,
    ambushEveryMs: 8_000,
    mostAway: 3,
    isGentle: false,
    longestMs: 120 * 60_000,
  },
} as const;
/** Parcels that are slow, and goods that come back, take some nights each. */
const MOST_MORE_DAYS = 8;
const KILL_EVERY_MS = 2_000;
/** A quick run is for machines that do other things as well. */
const RECOVERED_WITHIN_MS = { quick: 10_000, full: 3_000 } as const;
const PIECES = 2_000;
/** Traces of all of it would be half of the work; what fails or is slow is recorded all the same. */
const ENVIRONMENT = { RATE_LIMIT_FACTOR: "1000", TRACE_PERCENT: "1", FREEZE_MESSAGES: "false" } as const;

/**
 * Days of buyers of every kind, and nights in which parcels travel, against everything that may go wrong at once; then
 * time passes without faults, and every book is read.
 */
export const proof: Proof = {
  name: "chaos",
  title: "buyers of every kind against kills, failpoints, lost answers and webhooks gone wrong",
  async run({ say, profile, seed, orders }) {
    const size = sizes[profile];
    const wanted = orders ?? size.orders;
    const chance = createChance(seed);
    const reaper = openReaper();
    const phases = openPhases(say);
    say("starting the mesh, a process for each service");
    const world = await openWorld("mesh", { ...reaper.environment, ...ENVIRONMENT });
    try {
      const goods = await openGoods(world.shop, await fillShelves(world, PIECES));
      await makeTrouble(world, seed);
      const tally = newTally();
      const shop = patientShop(world.shop, tally, chance);
      const reaping = reap(world.mesh, {
        everyMs: KILL_EVERY_MS,
        mostAway: size.mostAway,
        isGentle: size.isGentle,
        chance,
        say: () => undefined,
        alsoBack: async (name) => (name === "order" ? sagasDrivenAgain(world) : undefined),
      });
      const places = namedPlaces().map(({ name }) => name);
      const ambush = lieInWait(reaper, { places, everyMs: size.ambushEveryMs, chance });
      const startedMs = performance.now();
      const visits = await spendDays({
        shop,
        staff: (method, request) => shop.call(method, request, world.admin),
        sandboxUrl: world.mesh.sandboxUrl,
        seed,
        wanted,
        days: size.days,
        isOver: () => performance.now() - startedMs > size.longestMs,
        buyerCount: size.buyers,
        goods,
        say,
        phases,
        sleep: () => night(world, shop, say),
      });
      const tookMs = performance.now() - startedMs;
      const died = await ambush.stop();
      const reaped = await reaping.stop();
      say("no more faults; time passes until every parcel has arrived");
      const troubles = await endTrouble(world, profile);
      const open = await phases.during("settling", () => travelToTheEnd(world, say));
      const restedMs = await phases.during("settling", () => eventsAtRest(world));
      const groups = await phases.during("books", () => readGroups(world));
      say("reading the books");
      return [
        ...faultClaims(reaped, died, tookMs),
        ...troubles,
        ...orderClaims(groups, visits, { wanted, tookMs, phases: phases.told() }),
        callClaim(tally),
        recoveryClaim(reaped, RECOVERED_WITHIN_MS[profile]),
        claim("nothing is stuck: every saga is at its end", open.length === 0, { open }),
        ...(await moneyClaims(world, groups)),
        ...(await counterClaims(world)),
        ...(await stockClaims(world, groups, visits)),
        ...(await comebackClaims(world, groups, visits)),
        ...(await eventClaims(world, groups, restedMs)),
        await auditClaim(world),
      ];
    } finally {
      await world.mesh.stop();
      reaper.close();
    }
  },
};

type Days = Omit<Day, "first" | "count" | "before"> & {
  readonly wanted: number;
  readonly days: number;
  readonly phases: Phases;
  readonly sleep: () => Promise<void>;
};

/** As many visits on each day, and some days more for those who come back. */
async function spendDays({ wanted, days, phases, sleep, ...rest }: Days): Promise<readonly Visit[]> {
  let visits: readonly Visit[] = [];
  for (let day = 0; day < days; day++) {
    const first = Math.floor((day * wanted) / days);
    const count = Math.floor(((day + 1) * wanted) / days) - first;
    const before = visits;
    visits = await phases.during("visits", () => spendDay({ ...rest, first, count, before }));
    rest.say(`day ${day + 1} is over, ${visits.length} of ${wanted} visits; the night begins`);
    await phases.during("nights", sleep);
  }
  for (let more = 0; more < MOST_MORE_DAYS && visits.some(({ later }) => later !== undefined); more++) {
    const before = visits;
    const nobodyNew = { first: wanted, count: 0, before, isOver: () => false };
    visits = await phases.during("comebacks", () => spendDay({ ...rest, ...nobodyNew }));
    await phases.during("nights", sleep);
  }
  return visits;
}

function faultClaims({ kills }: Reaped, died: readonly string[], tookMs: number): readonly Claim[] {
  const count = [...kills.values()].reduce((sum, each) => sum + each, 0);
  const spared = [...kills].filter(([, count]) => count === 0).map(([name]) => name);
  return [
    claim("every process was killed at least once", spared.length === 0, {
      kills: count,
      "one every": `${(tookMs / count / 1_000).toFixed(1)} s`,
      processes: kills.size,
      spared,
    }),
    claim("processes died at named lines as well", died.length > 0, { lines: died }),
  ];
}

function orderClaims(
  groups: readonly GroupRow[],
  visits: readonly Visit[],
  { wanted, tookMs, phases }: { readonly wanted: number; readonly tookMs: number; readonly phases: string },
): readonly Claim[] {
  const bought = groups.filter((group) => !isReplacement(group));
  const byEmail = Map.groupBy(bought, ({ email }) => email);
  const ofVisit = (visited: Visit): readonly GroupRow[] => byEmail.get(visited.email) ?? [];
  const paying = visits.filter(isPaid);
  const confirmed = paying.filter((each) => ofVisit(each).some(({ state }) => state === "confirmed"));
  const lost = visits.filter((each) => each.groupId !== "" && !ofVisit(each).some(({ id }) => id === each.groupId));
  const unpaid = visits.filter((each) => !isPaid(each) && ofVisit(each).some(({ state }) => state === "confirmed"));
  const silent = groups.filter(({ state, rejectReason }) => state === "rejected" && rejectReason === "");
  const twice = visits.filter((each) => ofVisit(each).filter(({ state }) => state === "confirmed").length > 1);
  const ended = new Set(["completed", "closed", "cancelled", "rejected"]);
  const undecided = groups.flatMap(({ orders }) => orders.filter(({ state }) => !ended.has(state)));
  const off = visits.flatMap(({ calledOff }) => calledOff);
  const kept = groups.flatMap(({ orders }) => orders.filter((order) => off.includes(order.id) && isKept(order)));
  const kinds = [...Map.groupBy(visits, ({ kind }) => kind)].map(([kind, { length }]) => `${kind} ${length}`);
  return [
    claim(`${wanted} visits came to an end`, visits.length === wanted, {
      visits: visits.length,
      "in a second": (visits.length / (tookMs / 1_000)).toFixed(1),
      took: phases,
      kinds: kinds.toSorted().join(", "),
      "later refused": visits
        .filter(({ groupId, refusal }) => groupId !== "" && refusal !== "")
        .map(({ kind, refusal }) => `${kind}: ${refusal.slice(0, 160)}`),
    }),
    claim("≥ 95 % of the orders with a valid card are CONFIRMED", confirmed.length >= 0.95 * paying.length, {
      confirmed: share(confirmed.length, paying.length),
      others: paying
        .filter((each) => !confirmed.includes(each))
        .map(({ kind, state, refusal }) => `${kind}: ${state || refusal.slice(0, 120)}`),
    }),
    claim("no order that was answered is lost", lost.length === 0, {
      visits: visits.length,
      lost: lost.map(({ email }) => email),
    }),
    claim("whoever did not pay has no order, and is told why", unpaid.length === 0 && silent.length === 0, {
      rejected: groups.filter(({ state }) => state === "rejected").map(({ rejectReason }) => rejectReason),
      confirmed: unpaid.map(({ email, kind }) => `${kind} ${email}`),
    }),
    claim(
      "two clicks are one order",
      twice.length === 0 && visits.every(({ contradictions }) => contradictions.length === 0),
      {
        "submitted twice": visits.filter(({ kind }) => kind === "submits twice").length,
        orders: twice.map(({ email }) => email),
        contradictions: visits.flatMap(({ contradictions }) => contradictions),
      },
    ),
    claim("every order is completed, called off or rejected", undecided.length === 0 && groups.length > 0, {
      orders: groups.flatMap(({ orders }) => orders.map(({ state }) => state)),
      undecided: undecided.map(({ id, state }) => `${state} ${id}`),
    }),
    claim("what the shop said is called off, is", kept.length === 0 && off.length > 0, {
      "called off": off.length,
      kept: kept.map(({ id, state }) => `${state} ${id}`),
    }),
  ];
}

function callClaim({ calls, tries, failed }: Tally): Claim {
  const passed = calls - failed.length;
  return claim("≥ 99 % of the calls succeed within 3 tries", passed >= 0.99 * calls, {
    passed: share(passed, calls),
    tries,
    failed,
  });
}

/** From the kill until the process is ready again, of order until the sagas that died with it are driven again as well. */
function recoveryClaim({ backs, gone }: Reaped, withinMs: number): Claim {
  const sorted = backs.toSorted((left, right) => left.afterMs - right.afterMs);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  const told = (back: ReturnType<typeof at>): string =>
    back === undefined ? "none" : `${(back.afterMs / 1_000).toFixed(1)} s (${back.name})`;
  const isSoon = (at(0.95)?.afterMs ?? Number.NaN) <= withinMs;
  return claim(`recovery takes at most ${withinMs / 1_000} s, at p95`, isSoon && gone.length === 0, {
    median: told(at(0.5)),
    p95: told(at(0.95)),
    longest: told(at(1)),
    "not back": gone,
  });
}

async function auditClaim({ shop, admin }: World): Promise<Claim> {
  const audit = await shop.call("shop.inventory.v1.InventoryAdminService/AuditStock", {}, admin);
  const differences = JSON.stringify(audit["differences"] ?? []);
  return claim("the shop's own audit of stock finds nothing", differences === "[]", { differences });
}
