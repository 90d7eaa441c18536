import { isRefusal } from "@shopmesh/kernel";
import { type Envelope, metaOf } from "./envelope.ts";

/** How a message fared in this process so far: tries that came to nothing, and those of them that may be its own fault. */
export type Tried = { readonly tries: number; readonly failures: number };

/**
 * What a reader's messages have come to in this process. A delivery that died with its process is no try: all that were in hand
 * share a death, and one of them at most is its cause. A try is no failure where somebody else is away or has too much to do.
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
  const known = new Map<string, Tried>();
  const of = (envelope: Envelope): Tried => {
    const { id } = metaOf(envelope);
    if (id === "") return { tries: envelope.attempt, failures: envelope.attempt };
    return known.get(id) ?? { tries: 0, failures: 0 };
  };
  return {
    of,
    add(envelope, error) {
      const { id } = metaOf(envelope);
      const { tries, failures } = of(envelope);
      if (id === "") return { tries, failures };
      const now = { tries: tries + 1, failures: failures + (isAway(error) ? 0 : 1) };
      known.set(id, now);
      if (known.size > MOST_KEPT) known.delete(known.keys().next().value ?? "");
      return now;
    },
    forget: (envelope) => void known.delete(metaOf(envelope).id),
  };
}

function isAway(error: unknown): boolean {
  return isRefusal(error) && (error.kind === "unavailable" || error.reason === "OVERLOADED");
}
