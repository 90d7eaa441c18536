import { setTimeout as delay } from "node:timers/promises";
import type { TestMesh } from "../../../dev/src/testing.ts";
import type { Chance } from "./chance.ts";

/** Kills processes until it is told to stop. */
export type Reaping = {
  /** Kills no more once everybody had a turn. */
  stop(): Promise<Reaped>;
};

export type Reaped = {
  /** How often each process was killed. */
  readonly kills: ReadonlyMap<string, number>;
  /** How long each death took until that process was ready again, and `alsoBack` as well. */
  readonly backs: readonly { readonly name: string; readonly afterMs: number }[];
  /** Who did not come back, and why. */
  readonly gone: readonly string[];
};

/** A slow machine starts processes no faster than they are killed: then nothing is left to be tested. */
const STANDARD_MOST_AWAY = 3;

export type ReapOptions = {
  readonly everyMs: number;
  readonly chance: Chance;
  readonly say: (line: string) => void;
  /** What must go on besides after the death of a process: asked right after it, resolves when it does. */
  readonly alsoBack?: (name: string) => Promise<void>;
  /** While so many are away nobody is killed. Default 3. */
  readonly mostAway?: number;
  /** Lets the mesh be whole for `everyMs` after each death, however long its process took: for slow machines. */
  readonly isGentle?: boolean;
};

/**
 * kill -9 of a process of the mesh at random every `everyMs`, the gateway's among them. Drawn as from a pack of cards, so
 * that each has its turn; one that is not up again yet is passed over, and nobody is killed while too many are away.
 */
export function reap(mesh: TestMesh, options: ReapOptions): Reaping {
  const { everyMs, chance, say, alsoBack, mostAway = STANDARD_MOST_AWAY, isGentle = false } = options;
  const kills = new Map(mesh.processes.map(({ name }) => [name, 0]));
  const names = [...kills.keys()];
  const over = new AbortController();
  const backs: { readonly name: string; readonly afterMs: number }[] = [];
  const gone: string[] = [];
  const returns = new Set<Promise<void>>();
  const away = new Set<string>();
  let pack: readonly string[] = [];

  async function seeBack(name: string): Promise<void> {
    const killedMs = performance.now();
    const isBack = () => mesh.restarted(name);
    try {
      await Promise.all([isBack().catch(isBack), alsoBack?.(name)]);
    } catch (error) {
      gone.push(error instanceof Error ? error.message : String(error));
    }
    backs.push({ name, afterMs: performance.now() - killedMs });
    away.delete(name);
  }

  const isSpared = (): boolean => [...kills.values()].includes(0);

  async function run(): Promise<void> {
    while (!over.signal.aborted || isSpared()) {
      if (pack.length === 0) pack = chance.shuffled(names);
      const victim = away.size < mostAway ? pack.find((name) => !away.has(name)) : undefined;
      if (victim !== undefined) {
        pack = pack.filter((name) => name !== victim);
        away.add(victim);
        await mesh.kill(victim);
        kills.set(victim, (kills.get(victim) ?? 0) + 1);
        say(`kill -9 ${victim}`);
        returns.add(seeBack(victim));
      }
      if (isGentle) await Promise.all(returns);
      await delay(everyMs);
    }
  }

  const running = run();
  return {
    async stop() {
      over.abort();
      await running;
      await Promise.all(returns);
      return { kills, backs, gone };
    },
  };
}
