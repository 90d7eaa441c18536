import { type CpuMs, perOperation, readCpu, usedBetween, type Watched } from "./processor.ts";

/** How long operations took, in milliseconds. */
export type Latency = { readonly p50: number; readonly p99: number; readonly count: number };

/** What one operation costs, and how long it takes when nothing else is asked. */
export type Cost = {
  readonly cpu: CpuMs;
  readonly latency: Latency;
  readonly count: number;
  /** How long it took to do all of them side by side, where that is told. */
  readonly elapsedMs?: number;
};

/** Does the thing once; `index` lets it vary. */
export type Operation = (index: number) => Promise<unknown>;

const CONCURRENCY = 8;

/** How much is measured. On a busy machine the times alone would warm up too little: counts are reached, too. */
export type Extent = {
  readonly warmMs: number;
  readonly warmCount: number;
  readonly loadMs: number;
  readonly loadCount: number;
  readonly serialCount: number;
};

export const shortExtent: Extent = { warmMs: 800, warmCount: 4_000, loadMs: 1_500, loadCount: 3_000, serialCount: 200 };

/** No count is waited for longer than this. */
const LONGEST_MS = 6_000;

/** Warms up, counts processor time under eight callers side by side, then latency with one. */
export async function measure(watched: Watched, operation: Operation, extent: Extent = shortExtent): Promise<Cost> {
  await sideBySide(operation, extent.warmMs, extent.warmCount);
  const before = readCpu(watched);
  const count = await sideBySide(operation, extent.loadMs, extent.loadCount);
  const used = usedBetween(before, readCpu(watched));
  return { cpu: perOperation(used, count), latency: await oneByOne(operation, extent.serialCount), count };
}

/** Quantiles of what is given, by nearest rank. */
export function latencyOf(timesMs: readonly number[]): Latency {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), count: sorted.length };
}

async function sideBySide(operation: Operation, forMs: number, atLeast: number): Promise<number> {
  const startMs = performance.now();
  let count = 0;
  const isOver = (): boolean => {
    const elapsedMs = performance.now() - startMs;
    return elapsedMs > LONGEST_MS || (elapsedMs > forMs && count >= atLeast);
  };
  const caller = async (): Promise<void> => {
    while (!isOver()) await operation(count++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, caller));
  return count;
}

async function oneByOne(operation: Operation, count: number): Promise<Latency> {
  const timesMs: number[] = [];
  for (let index = 0; index < count; index++) {
    const startMs = performance.now();
    await operation(index);
    timesMs.push(performance.now() - startMs);
  }
  return latencyOf(timesMs);
}
