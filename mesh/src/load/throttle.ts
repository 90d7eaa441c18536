import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";

/**
 * Keeps a client from sending what its target would refuse anyway: adaptive throttling, by itself on the client's side
 * (Site Reliability Engineering, chapter 21).
 */
export type Throttle = {
  /** Whether a call may be sent. One that may not counts as asked. */
  admits(criticality: Criticality): boolean;
  /** Tells how a call that was sent ended: taken up, whatever its answer, or refused for overload. */
  sent(criticality: Criticality, isTaken: boolean): void;
};

/** What a throttle is made of; everything has a default. */
export type ThrottleOptions = {
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** In [0, 1). */
  readonly random?: () => number;
  /** How long a call is remembered; 3 s. Longer where a target is asked seldom. */
  readonly windowMs?: number;
};

/** Asked and taken of late. */
export type Asked = { readonly requests: number; readonly accepts: number };

/**
 * How many times what is taken may be sent: the more a call matters, the longer it is tried. What is sent in vain is refused
 * late, by a process that is busy: of what matters least that is one in a hundred refusals at most, with ten times the load.
 */
const factors: Readonly<Record<number, number>> = {
  [Criticality.CRITICAL]: 3,
  [Criticality.NORMAL]: 1.1,
  [Criticality.SHEDDABLE]: 1.03,
};

const BUCKETS = 10;
const WINDOW_MS = 3_000;

/** With which probability a call is not sent. */
export function refusalProbability({ requests, accepts }: Asked, factor: number): number {
  return Math.max(0, (requests - factor * accepts) / (requests + 1));
}

/** A throttle for one target; each criticality is counted by itself, over the window. */
export function createThrottle({
  now = () => performance.now(),
  random = Math.random,
  windowMs = WINDOW_MS,
}: ThrottleOptions = {}): Throttle {
  const windows = new Map<Criticality, SlidingWindow>();
  const windowOf = (criticality: Criticality): SlidingWindow => {
    const known = windows.get(criticality);
    if (known !== undefined) return known;
    const made = createWindow(now, windowMs / BUCKETS);
    windows.set(criticality, made);
    return made;
  };
  return {
    admits(criticality) {
      const window = windowOf(criticality);
      const probability = refusalProbability(window.sum(), factors[criticality] ?? 1.1);
      if (probability === 0 || random() >= probability) return true;
      window.add(1, 0);
      return false;
    },
    sent(criticality, isTaken) {
      windowOf(criticality).add(1, isTaken ? 1 : 0);
    },
  };
}

type SlidingWindow = { add(requests: number, accepts: number): void; sum(): Asked };

function createWindow(now: () => number, bucketMs: number): SlidingWindow {
  const bucketAt = (nowMs: number): number => Math.floor(nowMs / bucketMs);
  const requests = new Float64Array(BUCKETS);
  const accepts = new Float64Array(BUCKETS);
  let total = { requests: 0, accepts: 0 };
  let newest = bucketAt(now());

  /** Empties what has become too old since it was last looked at. */
  function advance(): number {
    const current = bucketAt(now());
    for (let bucket = Math.max(newest + 1, current - BUCKETS + 1); bucket <= current; bucket++) {
      const index = bucket % BUCKETS;
      total = {
        requests: total.requests - (requests[index] ?? 0),
        accepts: total.accepts - (accepts[index] ?? 0),
      };
      requests[index] = 0;
      accepts[index] = 0;
    }
    newest = current;
    return current % BUCKETS;
  }

  return {
    add(asked, taken) {
      const index = advance();
      requests[index] = (requests[index] ?? 0) + asked;
      accepts[index] = (accepts[index] ?? 0) + taken;
      total = { requests: total.requests + asked, accepts: total.accepts + taken };
    },
    sum() {
      advance();
      return total;
    },
  };
}
