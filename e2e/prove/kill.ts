import { openWorld, type World } from "../stories/world.ts";
import type { Claim, Proof } from "./proof.ts";
import { openBuyers, openGoods, type Sale, sell } from "./parts/buyers.ts";
import { createChance } from "./parts/chance.ts";
import { claim, share } from "./parts/claim.ts";
import { eventClaims, eventsAtRest } from "./parts/events.ts";
import { type GroupRow, isDecided, readGroups, within } from "./parts/groups.ts";
import { moneyClaims } from "./parts/money.ts";
import { reap, type Reaped } from "./parts/reaper.ts";
import { stockClaims } from "./parts/stock.ts";
import { newTally, patientShop, type Tally } from "./parts/tries.ts";

const sizes = { quick: 60, full: 300 } as const;
const BUYERS = 6;
const EVERY_MS = 2_000;
const DECIDED_WITHIN_MS = 120_000;

/** Orders go on while processes die; afterwards every book is read and compared. */
export const proof: Proof = {
  name: "kill",
  title: "orders while a process of the mesh is killed with -9 every 2 s",
  async run({ say, profile, seed }) {
    const chance = createChance(seed);
    say("starting the mesh, a process for each service");
    const world = await openWorld("mesh");
    try {
      const goods = await openGoods(world.shop);
      const buyers = await openBuyers(world.shop, BUYERS);
      const tally = newTally();
      const shop = patientShop(world.shop, tally, chance);
      const reaping = reap(world.mesh, { everyMs: EVERY_MS, chance, say });
      const sales = await sell({ shop, goesOn: (begun) => begun < sizes[profile], buyers, chance, goods, say });
      const reaped = await reaping.stop();
      say("no more kills, all processes are back; waiting for what is under way");
      const decidedMs = await within(DECIDED_WITHIN_MS, async () => (await readGroups(world)).every(isDecided));
      const restedMs = await eventsAtRest(world);
      const groups = await readGroups(world);
      say("reading the books");
      return [
        killClaim(reaped),
        ...orderClaims(groups, sales, decidedMs),
        callClaim(tally),
        ...(await moneyClaims(world, groups)),
        ...(await stockClaims(world, groups, sales)),
        ...(await eventClaims(world, groups, restedMs)),
        await sagaClaim(world),
      ];
    } finally {
      await world.mesh.stop();
    }
  },
};

function killClaim({ kills, backs }: Reaped): Claim {
  const spared = [...kills].filter(([, count]) => count === 0).map(([name]) => name);
  return claim("every process was killed at least once", spared.length === 0, {
    kills: [...kills.values()].reduce((sum, count) => sum + count, 0),
    "of each": [...kills].map(([name, count]) => `${name} ${count}`).join(" "),
    spared,
    "ready again after, median": `${(medianOf(backs.map(({ afterMs }) => afterMs)) / 1_000).toFixed(1)} s`,
  });
}

function orderClaims(
  groups: readonly GroupRow[],
  sales: readonly Sale[],
  decidedMs: number | undefined,
): readonly Claim[] {
  const confirmed = groups.filter(({ state }) => state === "confirmed");
  const rejected = groups.filter(({ state }) => state === "rejected");
  const undecided = groups.filter((group) => !isDecided(group));
  const unplaced = sales.filter(({ email }) => !groups.some((group) => group.email === email));
  const reasons = rejected.map(({ rejectReason }) => rejectReason || "none");
  return [
    claim("≥ 95 % of the orders are CONFIRMED", confirmed.length >= 0.95 * sales.length, {
      confirmed: share(confirmed.length, sales.length),
    }),
    claim("the rest are REJECTED with a reason", !reasons.includes("none") && unplaced.length === 0, {
      rejected: reasons,
      "not placed": unplaced.map(({ refusal }) => refusal),
    }),
    claim("none is undecided 2 minutes after the end", undecided.length === 0 && decidedMs !== undefined, {
      undecided: undecided.map(({ id }) => id),
      "all decided after": decidedMs === undefined ? "never" : `${(decidedMs / 1_000).toFixed(1)} s`,
    }),
    claim("one order group comes of one click", new Set(groups.map(({ email }) => email)).size === groups.length, {
      groups: groups.length,
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

async function sagaClaim({ mesh }: World): Promise<Claim> {
  const open = await mesh.infrastructure.rows(
    "order",
    "SELECT id, phase FROM mesh_saga WHERE kind = 'checkout' AND phase NOT IN ('done', 'undone')",
  );
  return claim("no checkout saga is left half way", open.length === 0, { open: open.map(({ id }) => String(id)) });
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
