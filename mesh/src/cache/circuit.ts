/** When a circuit opens and for how long. */
export type CircuitOptions = {
  /** Failures in a row that open it. */
  readonly maxFailures: number;
  /** How long it then answers nothing at once; the first attempt after that decides anew. */
  readonly pauseMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

/** Runs work that may fail: undefined instead of an error, and at once while the circuit is open. */
export function createCircuit({
  maxFailures,
  pauseMs,
  now,
}: CircuitOptions): <T>(work: () => Promise<T>) => Promise<T | undefined> {
  let failures = 0;
  let openUntil = 0;
  return async (work) => {
    if (now() < openUntil) return undefined;
    try {
      const value = await work();
      failures = 0;
      return value;
    } catch {
      // Whatever went wrong with an optional store, its caller goes on without it.
      failures += 1;
      if (failures >= maxFailures) openUntil = now() + pauseMs;
      return undefined;
    }
  };
}
