import type { PlacedGroup } from "../group.ts";

/**
 * Groups as this process has just written them: whoever goes on at once with one need not read it again. Its version, which
 * every writer compares, tells whether somebody else has written it since.
 */
export type RecentGroups = {
  /** After the commit. */
  keep(placed: PlacedGroup): void;
  /** The group, for once: who finds it changed, and tries again, reads it. */
  take(groupId: string): PlacedGroup | undefined;
};

/** More than checkouts are under way at once; what nobody took is forgotten, oldest first. */
const MAX_KEPT = 1_000;

export function createRecentGroups(): RecentGroups {
  const kept = new Map<string, PlacedGroup>();
  return {
    keep(placed) {
      kept.delete(placed.group.id);
      kept.set(placed.group.id, placed);
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    },
    take(groupId) {
      const placed = kept.get(groupId);
      kept.delete(groupId);
      return placed;
    },
  };
}
