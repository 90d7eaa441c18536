import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { type LimitBounds, type LoadWindow, nextLimit, restedLimit } from "./limit.ts";
import { type After, afterRealTime, createLull } from "./lull.ts";

/** Gives a place back, once. */
export type Leave = () => void;

/**
 * How much one process takes on at once. The limit is not configured: it follows how long work waits in the process's own
 * queues (its event loop, its connections), and what matters least is refused first.
 */
export type Admission = {
  /** Whether a call is worth reading: there would be a place for it now. */
  hasRoom(criticality: Criticality, isStream: boolean): boolean;
  /** A place for a call that is answered once; undefined where it is to be refused. */
  enter(criticality: Criticality): Leave | undefined;
  /** A place for a stream, however long it lasts; undefined where it is to be refused. */
  openStream(criticality: Criticality): Leave | undefined;
  /** Another queue that work waits in: it is told each wait, the short ones too. */
  queue(name: string): (waitMs: number) => void;
  /** Resolves once nobody has waited for an answer for some milliseconds, and after a second in any case. */
  lull(): Promise<void>;
  /** As lull, as soon as nobody waits; sooner in any case, too: for what may be done at once for several. */
  gathered(): Promise<void>;
  /** What is under way, and how many were refused since the start. */
  readonly usage: () => {
    readonly limit: number;
    readonly inFlight: number;
    readonly streams: number;
    readonly refused: number;
  };
  stop(): void;
};

/** What an admission is made of; everything has a default. */
export type AdmissionOptions = {
  readonly bounds?: LimitBounds;
  readonly maxStreams?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly after?: After;
};

/** How much of the limit a call may find in use and still enter: what matters least is shed first. */
const shares: Readonly<Record<number, number>> = {
  [Criticality.CRITICAL]: 1,
  [Criticality.NORMAL]: 0.8,
  [Criticality.SHEDDABLE]: 0.5,
};

/** A reply that has left its handler is on its way to the wire for so long. */
const LULL_MS = 5;
const LULL_AT_MOST_MS = 1_000;
const GATHER_AT_MOST_MS = 20;
const SAMPLE_MS = 20;
const WINDOW_MS = 100;
const defaultBounds: LimitBounds = { min: 32, max: 1_000, targetMs: 8, rest: 100 };

/** An admission that watches its process while there is work; at rest it does nothing. */
export function createAdmission(options: AdmissionOptions = {}): Admission {
  const { bounds = defaultBounds, maxStreams = 10_000, after = afterRealTime } = options;
  const limit = followLoad(bounds);
  let inFlight = 0;
  let streams = 0;
  let refused = 0;
  let entered = 0;
  let peak = 0;
  const queues = watchQueues(options, {
    rested: limit.rest,
    isGoingOn(delayMs) {
      limit.follow({ delayMs, peak });
      const isBusy = peak > 0;
      peak = inFlight;
      return isBusy;
    },
  });
  function hasRoom(criticality: Criticality, isStream: boolean): boolean {
    const share = shareOf(criticality);
    if (inFlight < limit.places(criticality) && !(isStream && streams >= Math.ceil(maxStreams * share))) return true;
    refused += 1;
    // Who is refused has tried the limit, too.
    peak = Math.max(peak, inFlight);
    queues.watch();
    return false;
  }
  const serving = () => ({ inFlight, entered });
  const lull = createLull({ quietMs: LULL_MS, atMostMs: LULL_AT_MOST_MS, serving, after });
  const gathering = createLull({ quietMs: 0, atMostMs: GATHER_AT_MOST_MS, serving, after });
  function leave(): void {
    inFlight -= 1;
    if (inFlight === 0) for (const wait of [lull, gathering]) wait.emptied();
  }

  return {
    hasRoom,
    lull: lull.wait,
    gathered: async () => {
      if (inFlight > 0) await gathering.wait();
    },
    enter(criticality) {
      if (!hasRoom(criticality, false)) return undefined;
      inFlight += 1;
      entered += 1;
      peak = Math.max(peak, inFlight);
      queues.watch();
      return once(leave);
    },
    openStream(criticality) {
      if (!hasRoom(criticality, true)) return undefined;
      streams += 1;
      return once(() => (streams -= 1));
    },
    queue: (name) => (waitMs) => queues.note(name, waitMs),
    usage: () => ({ limit: limit.now(), inFlight, streams, refused }),
    stop: queues.stop,
  };
}

/** The limit of now, which follows what is told of the load. */
function followLoad(bounds: LimitBounds) {
  let limit = bounds.rest;
  return {
    now: () => limit,
    /** How many calls under way leave room for one more of that kind. What has begun is let through, also where the limit fell. */
    places: (criticality: Criticality) =>
      criticality === Criticality.CRITICAL ? Math.max(limit, bounds.rest) : Math.ceil(limit * shareOf(criticality)),
    rest(windows: number): void {
      limit = restedLimit(limit, windows, bounds);
    },
    follow(window: LoadWindow): void {
      limit = nextLimit(limit, window, bounds);
    },
  };
}

type Watched = {
  /** Hears of so many windows in which there was nothing to watch. */
  readonly rested: (windows: number) => void;
  /** Hears of each window's longest queue; answers whether there still is something to watch. */
  readonly isGoingOn: (delayMs: number) => boolean;
};

/** Watches the queues from a call of `watch` until there is nothing to watch. */
function watchQueues(
  { now = () => performance.now(), after = afterRealTime }: AdmissionOptions,
  { rested, isGoingOn }: Watched,
) {
  const shortest = new Map<string, number>();
  let windowEndMs = now();
  let cancel: (() => void) | undefined;

  function watch(): void {
    if (cancel !== undefined) return;
    rested(Math.floor((now() - windowEndMs) / WINDOW_MS));
    begin();
  }

  function begin(): void {
    shortest.clear();
    windowEndMs = now() + WINDOW_MS;
    sample();
  }

  function sample(): void {
    const dueMs = now() + SAMPLE_MS;
    cancel = after(SAMPLE_MS, () => {
      note("event loop", Math.max(0, now() - dueMs));
      if (now() < windowEndMs) return sample();
      cancel = undefined;
      if (isGoingOn(Math.max(0, ...shortest.values()))) begin();
    });
  }

  function note(name: string, waitMs: number): void {
    const known = shortest.get(name);
    if (known === undefined || waitMs < known) shortest.set(name, waitMs);
  }

  return { watch, note, stop: () => cancel?.() };
}

function shareOf(criticality: Criticality): number {
  return shares[criticality] ?? 0.8;
}

function once(work: () => unknown): Leave {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
