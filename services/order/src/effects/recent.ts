import { BoundedMap, LeanMap } from "@shopmesh/kernel";
import type { PlacedGroup } from "../group.ts";
import type { QuoteOfCart } from "../store/quotes.ts";

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

/**
 * Quotes that this process has made: whoever places one here, as most do a moment later, need not read it. Whether its cart has become
 * a group since, or the quote was ended, tells the placement itself, which is refused then.
 */
export type RecentQuotes = {
  keep(found: QuoteOfCart): void;
  find(quoteId: string): QuoteOfCart | undefined;
  /** It was placed: whoever comes again reads what came of it. */
  forget(quoteId: string): void;
};

/** More than checkouts are under way at once; what nobody took is forgotten, oldest first. */
const MAX_KEPT_GROUPS = 1_000;
/** Of all quotes together, those of some thousand buyers who fill in a form meanwhile; the older half is forgotten then. A line takes some 2 KB. */
const MAX_KEPT_LINES = 5_000;

export function createRecentGroups(): RecentGroups {
  const kept = new BoundedMap<string, PlacedGroup>(MAX_KEPT_GROUPS);
  return {
    keep: (placed) => void kept.set(placed.group.id, placed),
    take(groupId) {
      const placed = kept.get(groupId);
      kept.delete(groupId);
      return placed;
    },
  };
}

export function createRecentQuotes(): RecentQuotes {
  const kept = new LeanMap<string, QuoteOfCart>();
  let lineCount = 0;

  function forget(quoteId: string): void {
    const found = kept.get(quoteId);
    if (found === undefined) return;
    kept.delete(quoteId);
    lineCount -= linesOf(found);
  }

  return {
    keep(found) {
      kept.set(found.quote.id, found);
      lineCount += linesOf(found);
      if (lineCount <= MAX_KEPT_LINES) return;
      for (const oldest of kept.values()) {
        forget(oldest.quote.id);
        if (lineCount <= MAX_KEPT_LINES / 2) break;
      }
    },
    find: (quoteId) => kept.get(quoteId),
    forget,
  };
}

function linesOf({ quote }: QuoteOfCart): number {
  return quote.sellers.reduce((count, { lines }) => count + lines.length, 0);
}
