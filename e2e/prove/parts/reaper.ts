import { setTimeout as delay } from "node:timers/promises";
import type { TestMesh } from "../../../dev/src/testing.ts";
import type { Chance } from "./chance.ts";

/** Kills processes until it is told to stop. */
export type Reaping = {
  /** Kills no more. */
  stop(): Promise<Reaped>;
};

export type Reaped = {
  /** How often each process was killed. */
  readonly kills: ReadonlyMap<string, number>;
  /** How long each took to be ready again. */
  readonly backAfterMs: readonly number[];
};

/**
 * kill -9 of a process of the mesh at random every `everyMs`, the gateway's among them. Drawn as from a pack of cards, so
 * that each has its turn; one that is not up again yet is passed over.
 */
export function reap(
  mesh: TestMesh,
  { everyMs, chance, say }: { readonly everyMs: number; readonly chance: Chance; readonly say: (line: string) => void },
): Reaping {
  const kills = new Map(mesh.processes.map(({ name }) => [name, 0]));
  const names = [...kills.keys()];
  const over = new AbortController();
  const backAfterMs: number[] = [];
  const returns = new Set<Promise<void>>();
  let pack: readonly string[] = [];

  async function seeBack(name: string): Promise<void> {
    const killedMs = performance.now();
    await mesh.restarted(name);
    backAfterMs.push(performance.now() - killedMs);
  }

  async function run(): Promise<void> {
    while (!over.signal.aborted) {
      if (pack.length === 0) pack = chance.shuffled(names);
      const running = new Set(mesh.processes.map(({ name }) => name));
      const victim = pack.find((name) => running.has(name));
      if (victim !== undefined) {
        pack = pack.filter((name) => name !== victim);
        await mesh.kill(victim);
        kills.set(victim, (kills.get(victim) ?? 0) + 1);
        say(`kill -9 ${victim}`);
        returns.add(seeBack(victim));
      }
      await delay(everyMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    async stop() {
      over.abort();
      await running;
      await Promise.all(returns);
      return { kills, backAfterMs };
    },
  };
}
