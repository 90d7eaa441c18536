import { BoundedMap } from "@shopmesh/kernel";
import type { RateLimit, Standing } from "./rate-limit.ts";

/** What all replicas have counted for a key in its window. */
export type Total = { readonly count: number; readonly resetMs: number };

/** Where replicas add up what each has let in. Rejects where it cannot be reached. */
export type SharedCount = (key: string, count: number) => Promise<Total>;

/** Decides at once, from what this replica has counted and what it last heard of the others. */
export type SwiftLimit = {
  take(key: string): Standing;
  /** Tells the others what was let in since, and hears of them. */
  share(): Promise<void>;
};

/** What a swift limit is made of. */
export type SwiftOptions = {
  /** Undefined: this replica is alone. */
  readonly shared: SharedCount | undefined;
  /** Epoch or monotonic milliseconds. */
  readonly now: () => number;
  /** Called when there is something to share. */
  readonly onNews: () => void;
  /** Keys remembered at once; beyond that the oldest is forgotten. */
  readonly maxKeys?: number;
};

type Entry = { endMs: number; count: number; unshared: number };

/**
 * A limit whose windows begin with a key's first call. Between two exchanges replicas do not know of each other: a key may
 * be let in at most `max` times by each, and no more once they have exchanged. What is refused is not counted.
 */
export function createSwiftLimit({ max, windowMs }: RateLimit, options: SwiftOptions): SwiftLimit {
  const { shared, now, onNews, maxKeys = 100_000 } = options;
  const entries = new BoundedMap<string, Entry>(maxKeys);
  const news = new Set<string>();

  function entryOf(key: string, nowMs: number): Entry {
    const known = entries.get(key);
    if (known !== undefined && known.endMs > nowMs) return known;
    const entry = { endMs: nowMs + windowMs, count: 0, unshared: 0 };
    entries.set(key, entry);
    return entry;
  }

  async function exchange(key: string, share: SharedCount): Promise<void> {
    const entry = entries.get(key);
    if (entry === undefined || entry.unshared === 0) return;
    const told = entry.unshared;
    entry.unshared = 0;
    try {
      const { count, resetMs } = await share(key, told);
      entry.count = count + entry.unshared;
      entry.endMs = now() + resetMs;
    } catch {
      // The store is away: the count goes on here, and is told when it is back.
      entry.unshared += told;
      news.add(key);
    }
  }

  return {
    take(key) {
      const nowMs = now();
      const entry = entryOf(key, nowMs);
      const isOver = entry.count >= max;
      if (!isOver) {
        entry.count += 1;
        entry.unshared += 1;
        if (shared !== undefined) {
          if (news.size === 0) onNews();
          news.add(key);
        }
      }
      return {
        isOver,
        remaining: Math.max(0, max - entry.count),
        resetMs: Math.max(0, Math.round(entry.endMs - nowMs)),
      };
    },
    async share() {
      if (shared === undefined) return;
      const keys = [...news];
      news.clear();
      await Promise.all(keys.map((key) => exchange(key, shared)));
      if (news.size > 0) onNews();
    },
  };
}
