import { setTimeout as delay } from "node:timers/promises";
import { describeState, type Supervised } from "./supervisor.ts";
import type { ProcessPlan } from "./topology.ts";

/** Which processes are restarted, and how. */
export type RestartOptions = {
  /** Processes ("order.2"), all instances of a group ("order"), or whoever runs a service; none: everything. */
  readonly names: readonly string[];
  /** Restarts what has no second instance, too: it is away meanwhile. */
  readonly force: boolean;
  /** Hears of each step. */
  readonly say: (line: string) => void;
  /** For tests: how long clients are given to find an instance again. */
  readonly settleMs?: number;
};

type Running = {
  readonly plans: readonly ProcessPlan[];
  readonly processes: ReadonlyMap<string, Pick<Supervised, "current" | "stop" | "start" | "ready">>;
};

const readyWithinMs = 90_000;
/** Until every client has found the instance again that was away (MAX_RECONNECT_MS of the mesh, with its jitter). */
const defaultSettleMs = 1_500;

/**
 * Restarts processes one at a time: each drains and ends, starts, is ready and found by its clients before the next
 * leaves. Throws an Error, before anything ends, where a service would be away; and where a process does not come back.
 */
export async function rollingRestart(running: Running, options: RestartOptions): Promise<void> {
  const { names, force, say, settleMs = defaultSettleMs } = options;
  const chosen = choose(running.plans, names);
  if (!force) requireSeconds(running.plans, chosen);
  for (const [index, { name, group }] of chosen.entries()) {
    const count = `${index + 1}/${chosen.length}`;
    if (!force) requireOther(running, { name, group });
    const part = running.processes.get(name);
    if (part === undefined) throw new Error(`no process ${name}`);
    const startedAt = Date.now();
    await part.stop();
    const stopMs = Date.now() - startedAt;
    part.start();
    const problem = await part.ready(readyWithinMs);
    if (problem !== undefined) throw new Error(`${name} is not back: ${problem}`);
    say(`${count} ${name}: drained in ${stopMs} ms, ready after ${Date.now() - startedAt - stopMs} ms`);
    await delay(settleMs);
  }
}

function choose(plans: readonly ProcessPlan[], names: readonly string[]): readonly ProcessPlan[] {
  const isMeant = (plan: ProcessPlan, name: string): boolean =>
    plan.name === name || plan.group === name || plan.services.includes(name);
  const unknown = names.find((name) => !plans.some((plan) => isMeant(plan, name)));
  if (unknown !== undefined) {
    throw new Error(`no process "${unknown}"; there are: ${plans.map(({ name }) => name).join(", ")}`);
  }
  return names.length === 0 ? plans : plans.filter((plan) => names.some((name) => isMeant(plan, name)));
}

function requireSeconds(plans: readonly ProcessPlan[], chosen: readonly ProcessPlan[]): void {
  const alone = chosen.filter(({ group }) => plans.filter((plan) => plan.group === group).length === 1);
  if (alone.length === 0) return;
  const names = alone.map(({ name }) => name).join(", ");
  throw new Error(`${names}: no second instance would answer meanwhile; start with --replicas 2, or say --force`);
}

function requireOther({ plans, processes }: Running, { name, group }: Pick<ProcessPlan, "name" | "group">): void {
  const others = plans.filter((plan) => plan.group === group && plan.name !== name);
  const states = others.map((plan) => [plan.name, processes.get(plan.name)?.current()] as const);
  if (states.some(([, state]) => state?.state === "ready")) return;
  const why = states.map(([other, state]) => `${other}: ${state === undefined ? "missing" : describeState(state)}`);
  throw new Error(`${name} stays: no other instance is ready (${why.join("; ")})`);
}
