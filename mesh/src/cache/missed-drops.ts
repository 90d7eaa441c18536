import type { Log } from "../log.ts";

const MAX_KEYS = 10_000;

/** Drops that the store could not be told, kept so that this process reads nothing stale when it is back. */
export type MissedDrops = {
  /** Drops `key`, or remembers to. */
  readonly drop: (key: string) => Promise<void>;
  /** Makes up for what was missed; whether nothing is left. */
  readonly isClear: () => Promise<boolean>;
};

/** `attempt` drops one key and answers undefined where it could not. */
export function createMissedDrops(log: Log, attempt: (key: string) => Promise<unknown>): MissedDrops {
  const missed = new Set<string>();
  const drop = async (key: string) => {
    if ((await attempt(key)) !== undefined) {
      missed.delete(key);
    } else if (missed.size < MAX_KEYS) {
      missed.add(key);
    } else {
      log.warn("too many drops missed while the cache was away: some values stay until their time is up", {});
    }
  };
  return {
    drop,
    async isClear() {
      if (missed.size === 0) return true;
      const [first] = missed;
      // One alone first: while the store is still away the others need not be tried.
      if (first !== undefined) await drop(first);
      if (first !== undefined && missed.has(first)) return false;
      await Promise.all([...missed].map(drop));
      return missed.size === 0;
    },
  };
}
