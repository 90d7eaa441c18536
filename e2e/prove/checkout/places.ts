import { allBack, openReaper, type Reaper } from "../../crash/death.ts";
import { namedPlaces } from "../../crash/places.ts";
import { openWorld, type World } from "../../stories/world.ts";
import { createChance } from "../parts/chance.ts";
import { claim, share } from "../parts/claim.ts";
import { type CourseName, type EndState, goAll } from "../parts/courses.ts";
import { passedBetween, placesPassed } from "../parts/passed.ts";
import type { Claim, Proof } from "../proof.ts";

/** How many places are tried; all that there are in a full run. */
const sizes = { quick: 8, full: Number.POSITIVE_INFINITY } as const;
/** Deaths asked for at once: more would be in each other's way. */
const AT_ONCE = 4;

/** A run without a fault tells the places on an order's way; then somebody dies at each of them. */
export const proof: Proof = {
  name: "places",
  title: "a death at each failpoint and position on an order's way ends as no death",
  async run({ say, profile, seed }) {
    const chance = createChance(seed);
    const reaper = openReaper();
    say("starting the mesh, a process for each service");
    const world = await openWorld("mesh", reaper.environment);
    try {
      const { expected, places } = await goUnharmed(world, say);
      const tried = chance.shuffled(places).slice(0, sizes[profile]);
      say(`${places.length} places on the way of ${Object.keys(expected).length} orders; ${tried.length} deaths`);
      const ground = { world, reaper, say };
      const first = await dieAt(ground, tried, AT_ONCE);
      // In each other's way perhaps: each by itself.
      const second = await dieAt(ground, first.unmet, 1);
      return [
        ...placeClaims({ places, tried, unmet: second.unmet }),
        ...endClaims(expected, [...first.ends, ...second.ends]),
      ];
    } finally {
      await world.mesh.stop();
      reaper.close();
    }
  },
};

type End = { readonly places: readonly string[]; readonly states: Readonly<Record<CourseName, EndState>> };
type Ground = { readonly world: World; readonly reaper: Reaper; readonly say: (line: string) => void };

/** Deaths at `places`, some at a time, under orders; the places where nobody came. */
async function dieAt(
  { world, reaper, say }: Ground,
  places: readonly string[],
  atOnce: number,
): Promise<{ readonly ends: readonly End[]; readonly unmet: readonly string[] }> {
  const ends: End[] = [];
  const unmet: string[] = [];
  for (let start = 0; start < places.length; start += atOnce) {
    const some = places.slice(start, start + atOnce);
    const states = await goAll(world.mesh, `dies-${atOnce}-${start}`, () => reaper.arm(some));
    const left = reaper.left(some);
    reaper.disarm(left);
    await allBack(world.mesh);
    unmet.push(...left);
    ends.push({ places: some, states });
    say(`${Math.min(start + atOnce, places.length)} of ${places.length}`);
  }
  return { ends, unmet };
}

/** Two runs without a fault: how each order ends, and the places on the way of both. What only one passes is no order's way. */
async function goUnharmed({ mesh }: World, say: (line: string) => void) {
  const ways: (readonly string[])[] = [];
  const ends: Readonly<Record<CourseName, EndState>>[] = [];
  for (const run of ["first", "second"]) {
    let before: ReadonlyMap<string, number> = new Map();
    ends.push(
      await goAll(mesh, `nobody-dies-${run}`, async () => {
        before = await placesPassed(mesh);
      }),
    );
    ways.push(passedBetween(before, await placesPassed(mesh)));
    say(`the ${run} run without a fault: ${ways.at(-1)?.length ?? 0} places`);
  }
  const [[first, second], [expected, again]] = [ways, ends];
  if (first === undefined || second === undefined || expected === undefined) throw new Error("no run without a fault");
  if (JSON.stringify(expected) !== JSON.stringify(again))
    throw new Error(`two runs without a fault differ: ${JSON.stringify(expected)}; ${JSON.stringify(again)}`);
  return { expected, places: first.filter((place) => second.includes(place)) };
}

type Met = {
  readonly places: readonly string[];
  readonly tried: readonly string[];
  readonly unmet: readonly string[];
};

function placeClaims({ places, tried, unmet }: Met): readonly Claim[] {
  const named = namedPlaces().map(({ name }) => name);
  const missed = named.filter((name) => !places.includes(name));
  return [
    claim("somebody died at each place that was chosen", unmet.length === 0 && tried.length > 0, {
      died: share(tried.length - unmet.length, tried.length),
      "places on the way": places.length,
      unmet,
    }),
    claim("each failpoint that services name is on an order's way", missed.length === 0 && named.length > 0, {
      named: share(named.length - missed.length, named.length),
      missed,
    }),
  ];
}

function endClaims(expected: Readonly<Record<CourseName, EndState>>, ends: readonly End[]): readonly Claim[] {
  return (Object.keys(expected) as CourseName[]).map((name) => {
    const wanted = JSON.stringify(expected[name]);
    const off = ends.filter(({ states }) => JSON.stringify(states[name]) !== wanted);
    return claim(`an order that is ${name} ends as without a death`, off.length === 0 && ends.length > 0, {
      as: wanted.replaceAll('"', ""),
      orders: ends.length,
      off: off.map(({ places, states }) => `${JSON.stringify(states[name])} after ${places.join(", ")}`),
    });
  });
}
