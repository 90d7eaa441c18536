/** What was seen in a window of time. */
export type LoadWindow = {
  /** The longest of the queues, each by its shortest wait: a queue that never emptied is a standing one (as CoDel has it). */
  readonly delayMs: number;
  /** The most calls under way at once. */
  readonly peak: number;
};

/** Between what the limit moves, and how long a standing queue may be. */
export type LimitBounds = {
  readonly min: number;
  readonly max: number;
  readonly targetMs: number;
  /** Where it comes back to by itself while no queue stands: what was learned of a load is forgotten with it. */
  readonly rest: number;
};

const LEAST_DECREASE = 0.9;
const MOST_DECREASE = 0.5;

/**
 * How many calls may be under way in the next window: fewer where a queue stood, down to half of them where it was long; a few
 * more where none stood and the limit was made use of, or is below its rest; the same where it was not tried (additive
 * increase, multiplicative decrease).
 */
export function nextLimit(limit: number, { delayMs, peak }: LoadWindow, bounds: LimitBounds): number {
  const { min, max, targetMs, rest } = bounds;
  // With hardly anything under way the delay has another cause: fewer calls would not shorten it.
  if (delayMs > targetMs) {
    const share = Math.max(MOST_DECREASE, Math.min(LEAST_DECREASE, targetMs / delayMs));
    return peak <= min ? limit : Math.max(min, Math.floor(Math.min(limit, peak) * share));
  }
  const most = peak * 2 >= limit ? max : rest;
  return Math.max(limit, Math.min(most, limit + Math.ceil(Math.sqrt(limit) / 2)));
}

/** The limit after so many windows in which there was nothing to do. */
export function restedLimit(limit: number, windows: number, bounds: LimitBounds): number {
  let rested = limit;
  for (let left = windows; left > 0 && rested < bounds.rest; left--) {
    rested = nextLimit(rested, { delayMs: 0, peak: 0 }, bounds);
  }
  return rested;
}
