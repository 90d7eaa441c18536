import { BoundedMap } from "@shopmesh/kernel";

/** What this process has lately read, for a moment each. */
export type Held = {
  /** The value, undefined where none is held (any more). */
  find(key: string): unknown;
  keep(key: string, value: unknown, forMs: number): void;
  drop(key: string): void;
};

/** Holds so many values `most`; where there are more, those that came first go. `now` in milliseconds. */
export function createHeld(most: number, now: () => number): Held {
  const entries = new BoundedMap<string, { readonly value: unknown; readonly untilMs: number }>(most);
  return {
    find(key) {
      const entry = entries.get(key);
      if (entry === undefined || now() < entry.untilMs) return entry?.value;
      entries.delete(key);
      return undefined;
    },
    keep: (key, value, forMs) => void entries.set(key, { value, untilMs: now() + forMs }),
    drop: (key) => void entries.delete(key),
  };
}
