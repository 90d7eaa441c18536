import { createChance } from "../chance.ts";
import { createBrowsing, createCheckout, type Goods, newTally, type Tally } from "./traffic.ts";
import { openWires } from "./wires.ts";

/** A load of some kind, for some time. */
export type Phase = { readonly goods: Goods; readonly seed: number; readonly forMs: number } & (
  | {
      readonly kind: "closed";
      /** Each does one thing after another. */
      readonly users: number;
      /** How many of their visits are checkouts, from 0 to 1. */
      readonly checkoutShare: number;
    }
  | {
      readonly kind: "open";
      /** As many begin in a second, whatever becomes of those before. */
      readonly browsesPerSecond: number;
      readonly checkoutsPerSecond: number;
    }
);

/** What came of it. */
export type Report = {
  readonly seconds: number;
  /** How many processors the load itself took: elsewhere it would have its own. */
  readonly processors: number;
  readonly browsing: Tally;
  /** Calls of checkouts. */
  readonly buying: Tally;
  readonly checkouts: {
    /** Wanted to check out. */
    readonly came: number;
    /** Was given a cart. */
    readonly begun: number;
    readonly confirmed: number;
    readonly confirmedInTime: number;
  };
};

/** The gateway lets one address hold five hundred connections. */
const BROWSING_WIRES = 300;
const BUYING_WIRES = 150;
const TICK_MS = 5;

if (process.send !== undefined) {
  process.on("message", (phase: Phase) => {
    run(phase).then(
      (report) => process.send?.(report),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}

/** Makes the load; resolves when all that was begun has ended. */
export async function run(phase: Phase): Promise<Report> {
  const { goods, seed, forMs } = phase;
  const chance = createChance(seed);
  const [browsingWires, buyingWires] = [openWires(goods.host, BROWSING_WIRES), openWires(goods.host, BUYING_WIRES)];
  const [browse, checkOut] = [createBrowsing(goods, chance), createCheckout(goods, chance)];
  const [browsing, buying] = [newTally(), newTally()];
  const checkouts = { came: 0, begun: 0, confirmed: 0, confirmedInTime: 0 };
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  const isOver = (): boolean => performance.now() - startMs >= forMs;
  const visits = {
    browse: () => browse(browsingWires, browsing) ?? Promise.resolve(),
    async checkOut() {
      checkouts.came += 1;
      if (!(await checkOut(buyingWires, buying, () => (checkouts.begun += 1)))) return;
      checkouts.confirmed += 1;
      if (!isOver()) checkouts.confirmedInTime += 1;
    },
  };
  if (phase.kind === "closed") {
    const visit = async (): Promise<void> => {
      while (!isOver()) await (chance.next() < phase.checkoutShare ? visits.checkOut() : visits.browse());
    };
    await Promise.all(Array.from({ length: phase.users }, visit));
  } else {
    await arrive(phase, visits, startMs);
  }
  for (const wires of [browsingWires, buyingWires]) wires.close();
  const { user, system } = process.cpuUsage(startCpu);
  const processors = (user + system) / 1_000 / (performance.now() - startMs);
  return { seconds: forMs / 1_000, processors, browsing, buying, checkouts };
}

async function arrive(
  { forMs, browsesPerSecond, checkoutsPerSecond }: Phase & { readonly kind: "open" },
  visits: { browse(): Promise<void>; checkOut(): Promise<void> },
  startMs: number,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const follow = (visit: Promise<void>): void => {
    underWay.add(visit);
    void visit.finally(() => underWay.delete(visit));
  };
  let [browses, checkouts] = [0, 0];
  for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs = performance.now() - startMs) {
    for (; browses < (elapsedMs / 1_000) * browsesPerSecond; browses++) follow(visits.browse());
    for (; checkouts < (elapsedMs / 1_000) * checkoutsPerSecond; checkouts++) follow(visits.checkOut());
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(underWay);
}
