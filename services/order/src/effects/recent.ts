import { BoundedMap } from "@shopmesh/kernel";
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
  const kept = new BoundedMap<string, PlacedGroup>(MAX_KEPT);
  return {
    keep: (placed) => void kept.set(placed.group.id, placed),
    take(groupId) {
      const placed = kept.get(groupId);
      kept.delete(groupId);
      return placed;
    },
  };
}
