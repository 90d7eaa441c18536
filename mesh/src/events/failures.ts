import { BoundedMap, isRefusal } from "@shopmesh/kernel";
import { type Envelope, metaOf } from "./envelope.ts";

/** How a message fared in this process so far. */
export type Tried = {
  /** Those that came to nothing. */
  readonly tries: number;
  /** Those of them that may be its own fault. */
  readonly failures: number;
  /** How long the last one was told to wait; 0 where it was not. */
  readonly toldMs: number;
};

/**
 * What a reader's messages have come to in this process. A delivery that died with its process is no try: all that were in hand
 * share a death, and one of them at most is its cause. A try is no failure where somebody else is away, or tells when to come again.
 */
export type Failures = {
  /** One more try came to `error`; how many there are now. */
  add(envelope: Envelope, error: unknown): Tried;
  of(envelope: Envelope): Tried;
  /** It is answered for good. */
  forget(envelope: Envelope): void;
};

/** Far more than a reader has unanswered; beyond it the oldest is forgotten. */
const MOST_KEPT = 10_000;

/** Failures of a reader from now on. A message without an id is known by its deliveries alone. */
export function createFailures(): Failures {
  const known = new BoundedMap<string, Tried>(MOST_KEPT);
  const of = (envelope: Envelope): Tried => {
    const { id } = metaOf(envelope);
    if (id === "") return { tries: envelope.attempt, failures: envelope.attempt, toldMs: 0 };
    return known.get(id) ?? { tries: 0, failures: 0, toldMs: 0 };
  };
  return {
    of,
    add(envelope, error) {
      const { id } = metaOf(envelope);
      const before = of(envelope);
      if (id === "") return before;
      const toldMs = toldBy(error);
      const isFailure = toldMs === 0 && !isAway(error);
      const now = { tries: before.tries + 1, failures: before.failures + (isFailure ? 1 : 0), toldMs };
      known.set(id, now);
      return now;
    },
    forget: (envelope) => void known.delete(metaOf(envelope).id),
  };
}

function isAway(error: unknown): boolean {
  return isRefusal(error) && error.kind === "unavailable";
}

function toldBy(error: unknown): number {
  const told = isRefusal(error) ? Number(error.metadata["retry_after_ms"]) : 0;
  return Number.isFinite(told) ? Math.max(0, told) : 0;
}
