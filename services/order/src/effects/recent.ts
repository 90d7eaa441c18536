import { BoundedMap } from "@shopmesh/kernel";
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
/** Of buyers who fill in a form meanwhile; a quote of so few lines holds some 20 KB. */
const MAX_KEPT_QUOTES = 500;
const MAX_KEPT_LINES = 20;

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
  const kept = new BoundedMap<string, QuoteOfCart>(MAX_KEPT_QUOTES);
  return {
    keep(found) {
      const lineCount = found.quote.sellers.reduce((count, { lines }) => count + lines.length, 0);
      if (lineCount <= MAX_KEPT_LINES) kept.set(found.quote.id, found);
    },
    find: (quoteId) => kept.get(quoteId),
    forget: (quoteId) => void kept.delete(quoteId),
  };
}
