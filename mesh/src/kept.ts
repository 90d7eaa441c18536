import type { Clock } from "@shopmesh/kernel";
import { withOperation } from "./telemetry/spans.ts";

/** What is read for all who come counts as the work of none of them. */
const NOBODY = "";

/** Something that changes seldom, as this process knows it. */
export type Kept<T> = {
  /** Read at most once while what was read is young; side by side once. */
  get(): Promise<T>;
  /** It was changed here: read anew. */
  forget(): void;
};

/** So long a change made elsewhere may go unnoticed. */
const YOUNG_MS = 30_000;

/** What `read` gives, kept for half a minute; what fails is not kept. */
export function keep<T>(read: () => Promise<T>, clock: Clock): Kept<T> {
  let known: { readonly value: Promise<T>; readonly untilMs: number } | undefined;
  return {
    get() {
      if (known === undefined || clock() >= known.untilMs) {
        const entry = { value: withOperation(NOBODY, read), untilMs: clock() + YOUNG_MS };
        known = entry;
        entry.value.catch(() => {
          if (known === entry) known = undefined;
        });
      }
      return known.value;
    },
    forget() {
      known = undefined;
    },
  };
}
