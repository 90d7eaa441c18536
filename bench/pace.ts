import { withPatience } from "../e2e/patience.ts";
import { restFor, restingCpu, untilRest } from "./checkout.ts";
import { type Cost, latencyOf } from "./load.ts";
import { addCpu, type CpuMs, perOperation, readCpu, usedBetween } from "./processor.ts";
import { checkOut, openCart, openShop, type Shop } from "./shop.ts";
import type { BenchMesh } from "./world.ts";

/** How often a checkout ends while so many buyers come one after another, and what it costs with all that follows it. */
export type Pace = Cost & { readonly everyMs: number };

const callers = { few: 8, many: 32 } as const;
const ROUNDS = 4;
const CHECKOUTS_OF_ROUND = 96;

/** Few buyers and many, in turn: a machine that others use too is then the same for both. */
export async function measurePace(mesh: BenchMesh): Promise<Readonly<Record<keyof typeof callers, Pace>>> {
  const shop = await openShop(mesh.gatewayUrl);
  try {
    const idle = await restingCpu(mesh.watched);
    const rounds: Record<keyof typeof callers, Round[]> = { few: [], many: [] };
    for (let round = 0; round < ROUNDS; round++) {
      rounds.few.push(await timeRound(mesh, shop, callers.few, idle));
      rounds.many.push(await timeRound(mesh, shop, callers.many, idle));
    }
    return { few: paceOf(rounds.few), many: paceOf(rounds.many) };
  } finally {
    shop.client.close();
  }
}

type Round = { readonly elapsedMs: number; readonly cpu: CpuMs; readonly timesMs: readonly number[] };

async function timeRound(mesh: BenchMesh, shop: Shop, buyers: number, idle: CpuMs): Promise<Round> {
  await untilRest(mesh.watched, idle);
  const timesMs: number[] = [];
  let begun = 0;
  const [before, startMs] = [readCpu(mesh.watched), performance.now()];
  const buyer = async (): Promise<void> => {
    while (begun < CHECKOUTS_OF_ROUND) {
      const index = begun++;
      const atMs = performance.now();
      const guest = await withPatience(() => openCart(shop));
      await withPatience(() => checkOut(shop, guest, index));
      timesMs.push(performance.now() - atMs);
    }
  };
  await Promise.all(Array.from({ length: buyers }, buyer));
  const elapsedMs = performance.now() - startMs;
  await untilRest(mesh.watched, idle);
  const used = usedBetween(before, readCpu(mesh.watched));
  return { elapsedMs, timesMs, cpu: addCpu(used, restFor(idle, startMs - performance.now())) };
}

function paceOf(rounds: readonly Round[]): Pace {
  const timesMs = rounds.flatMap((round) => round.timesMs);
  const elapsedMs = rounds.reduce((sum, round) => sum + round.elapsedMs, 0);
  const cpu = rounds.map((round) => round.cpu).reduce(addCpu);
  const count = timesMs.length;
  return { everyMs: elapsedMs / count, cpu: perOperation(cpu, count), latency: latencyOf(timesMs), count };
}
