import type { Cost } from "./load.ts";
import { addCpu, perOperation } from "./processor.ts";

/** Something to measure, and what it is called. */
export type Thing = { readonly name: string; readonly measure: () => Promise<Cost> };

/**
 * What several things cost, each measured once in every round: a machine that others use too is then the same for all.
 * Processor time is the mean of the rounds, latency that of the middle one.
 */
export async function inTurn(
  rounds: number,
  things: readonly Thing[],
): Promise<readonly { readonly name: string; readonly cost: Cost }[]> {
  const measured = things.map((thing) => ({ ...thing, costs: new Array<Cost>() }));
  await inRounds(
    rounds,
    measured.map(
      ({ measure, costs }) =>
        async () =>
          void costs.push(await measure()),
    ),
  );
  return measured.map(({ name, costs }) => ({ name, cost: together(costs) }));
}

/** Does each of them once in every round, one after another. */
export async function inRounds(rounds: number, works: readonly (() => Promise<void>)[]): Promise<void> {
  for (let round = 0; round < rounds; round++) for (const work of works) await work();
}

function together(costs: readonly Cost[]): Cost {
  const sum = (of: (cost: Cost) => number): number => costs.reduce((total, cost) => total + of(cost), 0);
  const latencies = costs.map(({ latency }) => latency).toSorted((a, b) => a.p50 - b.p50);
  const middle = latencies[Math.floor(latencies.length / 2)];
  if (middle === undefined) throw new Error("nothing was measured");
  return {
    cpu: perOperation(costs.map(({ cpu }) => cpu).reduce(addCpu), costs.length),
    latency: middle,
    count: sum(({ count }) => count),
    elapsedMs: sum(({ elapsedMs = 0 }) => elapsedMs),
  };
}
