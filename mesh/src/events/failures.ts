import { type Envelope, metaOf } from "./envelope.ts";

/**
 * How often a reader failed at each message in this process. A delivery that died with its process is none: all that were in
 * hand share a death, and one of them at most is its cause.
 */
export type Failures = {
  /** One more; how many there are now, from 1 on. */
  add(envelope: Envelope): number;
  /** How many there are, from 0 on. */
  of(envelope: Envelope): number;
  /** It is answered for good. */
  forget(envelope: Envelope): void;
};

/** Far more than a reader has unanswered; beyond it the oldest is forgotten. */
const MOST_KEPT = 10_000;

/** Failures of a reader from now on. A message without an id is known by its deliveries alone. */
export function createFailures(): Failures {
  const counts = new Map<string, number>();
  const of = (envelope: Envelope): number => {
    const { id } = metaOf(envelope);
    return id === "" ? envelope.attempt : (counts.get(id) ?? 0);
  };
  return {
    of,
    add(envelope) {
      const { id } = metaOf(envelope);
      if (id === "") return envelope.attempt;
      const count = of(envelope) + 1;
      counts.set(id, count);
      if (counts.size > MOST_KEPT) counts.delete(counts.keys().next().value ?? "");
      return count;
    },
    forget: (envelope) => void counts.delete(metaOf(envelope).id),
  };
}
