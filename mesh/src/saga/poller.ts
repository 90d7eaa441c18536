import type { Clock } from "@shopmesh/kernel";
import type { Log } from "../log.ts";
import type { Sql } from "../sql.ts";
import { withoutTrace } from "../telemetry/spans.ts";
import { createPlaces, type Places } from "./places.ts";
import { findDue, findLeftBehind } from "./due.ts";

/** Looks for sagas that are due: after a crash, at a time, by a signal that was heard elsewhere. One for a service's drivers. */
export type Poller = {
  /** Those of `kind` are looked for too, and driven by `runner`. */
  add(kind: string, runner: DueRunner): void;
  /** Looks at once, then again and again; started twice it is started once. */
  start(): Promise<void>;
  /** Tells that one saga more is not driven: it looks for others soon, where more were due than it took. */
  ended(): void;
  /** What nobody waits for is driven in. */
  readonly places: Places;
  stop(): Promise<void>;
};

/** Who drives what was found. */
export type DueRunner = {
  wake(id: string): void;
  readonly runningCount: () => number;
};

/** What looking needs. */
export type PollerOptions = {
  readonly sql: Sql;
  /** The mesh's clock decides what is due, so that it may jump. */
  readonly clock: Clock;
  readonly realTime: Clock;
  readonly log: Log;
  readonly instanceId: string;
  /** Default 1 s. */
  readonly pollMs?: number;
  readonly places?: Places;
};

const POLL_MS = 1_000;
/** Sagas of a kind that one process has taken on; more are looked for as these end. */
const MAX_RUNNING = 64;
/** As many as it takes on at its first look: what a dead process of its name was at nobody else takes before the leases end. */
const MAX_LEFT_BEHIND = 1_000;
/** With so few left it looks for more, if there were more, and no sooner than that after the last look. */
const REFILL_AT = MAX_RUNNING / 4;
const REFILL_MS = 20;

/** Looks for the sagas of all its drivers by one statement. */
export function createPoller(options: PollerOptions): Poller {
  const runners = new Map<string, DueRunner>();
  let timer: NodeJS.Timeout | undefined;
  let started: Promise<void> | undefined;
  let looking: Promise<void> = Promise.resolve();
  let isStopped = false;
  let isMore = false;
  let isFirst = true;

  // A saga that ends asks for a look out of its own trace, to which what is found does not belong.
  const look = () => withoutTrace(findAndWake);

  async function findAndWake(): Promise<void> {
    try {
      const { clock, realTime, sql } = options;
      if (isFirst) wake(await leftBehind(runners, options), runners);
      isFirst = false;
      const kinds = Array.from(runners, ([kind, runner]) => ({ kind, limit: MAX_RUNNING - runner.runningCount() }));
      const free = kinds.filter(({ limit }) => limit > 0);
      const due = await findDue(sql, free, { nowMs: clock(), realMs: realTime() });
      isMore = kinds.some(({ kind, limit }) => limit <= 0 || (due.get(kind)?.length ?? 0) >= limit);
      wake(due, runners);
    } catch (error) {
      options.log.warn("due sagas could not be looked for", { kinds: [...runners.keys()].join(" ") }, error);
    }
  }

  function schedule(afterMs = options.pollMs ?? POLL_MS): void {
    if (isStopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      looking = look().then(() => schedule());
    }, afterMs);
  }

  function ended(): void {
    const running = [...runners.values()].reduce((sum, runner) => sum + runner.runningCount(), 0);
    if (!isMore || running > REFILL_AT) return;
    isMore = false;
    schedule(REFILL_MS);
  }

  return {
    add: (kind, runner) => void runners.set(kind, runner),
    start: () => (started ??= look().then(() => schedule())),
    ended,
    places: options.places ?? createPlaces(),
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

type Runners = ReadonlyMap<string, DueRunner>;
type Found = ReadonlyMap<string, readonly string[]>;

// Leases of this name are a dead process's at first; later its own: of what it drives, or has begun in this moment. Whatever else is
// due waits behind them: thousands at once would keep these from getting on.
function leftBehind(runners: Runners, { instanceId, clock, sql }: PollerOptions): Promise<Found> {
  const kinds = Array.from(runners.keys(), (kind) => ({ kind, limit: MAX_LEFT_BEHIND }));
  return findLeftBehind(sql, kinds, { owner: instanceId, nowMs: clock() });
}

function wake(found: Found, runners: Runners): void {
  for (const [kind, ids] of found) for (const id of ids) runners.get(kind)?.wake(id);
}
