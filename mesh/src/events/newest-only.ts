import type { KvEntry } from "@nats-io/kv";

/** A bucket's entry, as far as it matters whether it is news. */
export type Revised = Pick<KvEntry, "key" | "revision">;

/** Tells what is news of two views of one bucket: what lies in it, and what is watched. */
export type NewestOnly<E extends Revised> = {
  /** Takes an entry that lies there, in any order. */
  read(entry: E): void;
  /** Nothing more is read. */
  allRead(): void;
  /** Takes an entry of the watch, in the order of their revisions. */
  watched(entry: E): void;
};

/**
 * Both views overlap: `hear` is told of no entry older than the last one of its key. `revisions` bridges the two and no
 * more, for keys come and go without end: what is watched after all that was read is news, whatever its key.
 */
export function newestOnly<E extends Revised>(
  hear: (entry: E) => void,
  revisions = new Map<string, number>(),
): NewestOnly<E> {
  let lastRead = 0;
  let lastWatched = 0;
  let isAllRead = false;

  function hearNews(entry: E): void {
    if (entry.revision <= (revisions.get(entry.key) ?? 0)) return;
    revisions.set(entry.key, entry.revision);
    hear(entry);
  }

  function forgetWhatIsPassed(): void {
    if (isAllRead && lastWatched >= lastRead) revisions.clear();
  }

  return {
    read(entry) {
      lastRead = Math.max(lastRead, entry.revision);
      hearNews(entry);
    },
    allRead() {
      isAllRead = true;
      forgetWhatIsPassed();
    },
    watched(entry) {
      hearNews(entry);
      lastWatched = entry.revision;
      forgetWhatIsPassed();
    },
  };
}
