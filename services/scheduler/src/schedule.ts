import { DomainError } from "@shopmesh/kernel";

/** When something is due: once, or again and again. */
export type Timing =
  | { readonly kind: "once"; readonly runMs: number }
  | { readonly kind: "cron"; readonly expression: string; readonly timeZone: string };

/** What becomes of runs that were missed. */
export type MisfirePolicy = "skip" | "once" | "all";

/** What becomes of a run that is due while one before it is still going. */
export type OverlapPolicy = "allow" | "forbid" | "queue" | "replace";

export type ScheduleState = "active" | "paused" | "finished" | "cancelled";

/** What its owner asks for. */
export type Wish = {
  readonly service: string;
  readonly id: string;
  readonly purpose: string;
  readonly timing: Timing;
  readonly misfirePolicy: MisfirePolicy;
  readonly overlapPolicy: OverlapPolicy;
  /** How long a run counts as going whose end nobody tells. */
  readonly leaseMs: number;
  readonly parameters: Readonly<Record<string, string>>;
};

/** What is to happen when, and how far it is. */
export type Schedule = Wish & {
  readonly state: ScheduleState;
  readonly nextMs: number | undefined;
  readonly lastMs: number | undefined;
  /** That of the last run; 0 before. */
  readonly fencingToken: number;
  /** The run that is going; undefined for none, and under the policy "allow". */
  readonly going: Going | undefined;
  /** Those that wait for it, in the order of their tokens. */
  readonly waiting: readonly Waiting[];
  /** When its owner said what holds now: what was said earlier and comes later is out of date. */
  readonly askedMs: number;
  readonly createMs: number;
  readonly updateMs: number;
};

export type RunCause = "due" | "misfire" | "manual";

/** How far a run is; "handed": nobody waits for its end. */
export type RunState = "handed" | "going" | "waiting" | "done" | "expired" | "replaced" | "skipped";

/** A run whose end is waited for, until its lease is over. */
export type Going = { readonly runId: string; readonly untilMs: number };

/** A run that waits its turn. */
export type Waiting = {
  readonly runId: string;
  readonly fencingToken: number;
  readonly dueMs: number;
  readonly cause: RunCause;
};

/** One time that a schedule was due. */
export type Run = {
  readonly id: string;
  readonly service: string;
  readonly scheduleId: string;
  readonly dueMs: number;
  readonly startMs: number;
  readonly fencingToken: number;
  readonly cause: RunCause;
  readonly state: RunState;
  /** When it ended, as far as it is known. */
  readonly endMs: number | undefined;
};

/** The first time after `afterMs` at which a timing is due; undefined for never. */
export type NextTime = (timing: Timing, afterMs: number) => number | undefined;

/** Later than this after its time a run counts as missed. */
export const MISFIRE_GRACE_MS = 10_000;
export const MAX_MISSED_RUNS = 1_000;
export const STANDARD_LEASE_MS = 300_000;

/** When something happens: the message's own time, and now. */
export type Moment = { readonly askedMs: number; readonly nowMs: number };

/**
 * The schedule that a wish makes of `known`. The same one where it changes nothing, or is out of date. A changed one
 * replaces it; one that a person has paused stays so.
 */
export function ask(known: Schedule | undefined, wish: Wish, { askedMs, nowMs }: Moment, next: NextTime): Schedule {
  if (known !== undefined && isOutdated(known, askedMs)) return known;
  if (known !== undefined && known.state !== "cancelled" && isSameWish(known, wish)) return known;
  return {
    ...wish,
    state: known?.state === "paused" ? "paused" : "active",
    nextMs: firstTime(wish.timing, nowMs, next),
    lastMs: known?.lastMs,
    fencingToken: known?.fencingToken ?? 0,
    going: known?.going,
    waiting: known?.waiting ?? [],
    askedMs,
    createMs: known?.createMs ?? nowMs,
    updateMs: nowMs,
  };
}

/** The schedule cancelled; the same one where it is, or where the wish to cancel is out of date. */
export function cancel(known: Schedule, { askedMs, nowMs }: Moment): Schedule {
  if (askedMs < known.askedMs || known.state === "cancelled") return known;
  return { ...known, state: "cancelled", nextMs: undefined, waiting: [], askedMs, updateMs: nowMs };
}

/** What is remembered of a schedule that was cancelled before it was heard of: a wish from before then is out of date. */
export function tombstone(service: string, id: string, { askedMs, nowMs }: Moment): Schedule {
  return {
    service,
    id,
    purpose: "",
    timing: { kind: "once", runMs: 0 },
    misfirePolicy: "once",
    overlapPolicy: "allow",
    leaseMs: STANDARD_LEASE_MS,
    parameters: {},
    state: "cancelled",
    nextMs: undefined,
    lastMs: undefined,
    fencingToken: 0,
    going: undefined,
    waiting: [],
    askedMs,
    createMs: nowMs,
    updateMs: nowMs,
  };
}

/** The schedule stopped; repeating it is a no-op. Throws SCHEDULE_STATE. */
export function pause(schedule: Schedule, nowMs: number): Schedule {
  return change(schedule, "active", "paused", nowMs);
}

/** The schedule running again; what was missed meanwhile follows its policy. Throws SCHEDULE_STATE. */
export function resume(schedule: Schedule, nowMs: number): Schedule {
  return change(schedule, "paused", "active", nowMs);
}

/** A run's time and cause. */
export type DueTime = { readonly dueMs: number; readonly cause: RunCause };

/**
 * What an active schedule that is due by `nowMs` runs, oldest first, and when it is due then. A run counts as missed when
 * its time is more than MISFIRE_GRACE_MS ago: "skip" leaves missed ones out, "once" lets one stand for everything that is
 * due, "all" runs each, the oldest MAX_MISSED_RUNS of them.
 */
export function fire(
  schedule: Schedule,
  nowMs: number,
  next: NextTime,
): { readonly times: readonly DueTime[]; readonly schedule: Schedule } {
  const { timing, nextMs } = schedule;
  if (schedule.state !== "active" || nextMs === undefined || nextMs > nowMs) return { times: [], schedule };
  const times = dueTimes({ ...schedule, nextMs }, nowMs, next);
  return {
    times,
    schedule: {
      ...schedule,
      nextMs: timing.kind === "once" ? undefined : next(timing, nowMs),
      lastMs: times.at(-1)?.dueMs ?? schedule.lastMs,
      fencingToken: schedule.fencingToken + times.length,
      state: timing.kind === "once" ? "finished" : "active",
      updateMs: nowMs,
    },
  };
}

function dueTimes(
  { timing, nextMs, misfirePolicy }: Schedule & { readonly nextMs: number },
  nowMs: number,
  next: NextTime,
): readonly DueTime[] {
  const onTimeFromMs = nowMs - MISFIRE_GRACE_MS;
  const isMissed = nextMs < onTimeFromMs;
  if (isMissed && misfirePolicy === "once") return [{ dueMs: nextMs, cause: "misfire" }];
  const firstMs = isMissed && misfirePolicy === "skip" ? following(timing, onTimeFromMs - 1, next) : nextMs;
  const times: DueTime[] = [];
  for (
    let dueMs = firstMs;
    dueMs !== undefined && dueMs <= nowMs && times.length < MAX_MISSED_RUNS;
    dueMs = following(timing, dueMs, next)
  ) {
    times.push({ dueMs, cause: dueMs < onTimeFromMs ? "misfire" : "due" });
  }
  return times;
}

function following(timing: Timing, afterMs: number, next: NextTime): number | undefined {
  return timing.kind === "once" ? undefined : next(timing, afterMs);
}

// What is past when it is asked for is due at once, and not missed.
function firstTime(timing: Timing, nowMs: number, next: NextTime): number | undefined {
  return timing.kind === "once" ? Math.max(timing.runMs, nowMs) : next(timing, nowMs);
}

// Of what was said in the same moment, the cancellation holds.
function isOutdated(known: Schedule, askedMs: number): boolean {
  return askedMs < known.askedMs || (known.state === "cancelled" && askedMs === known.askedMs);
}

function isSameWish(left: Wish, right: Wish): boolean {
  return wishText(left) === wishText(right);
}

function wishText({ purpose, timing, misfirePolicy, overlapPolicy, leaseMs, parameters }: Wish): string {
  const pairs = Object.entries(parameters).sort(([left], [right]) => (left < right ? -1 : 1));
  const when = timing.kind === "once" ? [timing.runMs] : [timing.expression, timing.timeZone];
  return JSON.stringify([purpose, timing.kind, ...when, misfirePolicy, overlapPolicy, leaseMs, pairs]);
}

function change(schedule: Schedule, from: ScheduleState, to: ScheduleState, nowMs: number): Schedule {
  if (schedule.state === to) return schedule;
  if (schedule.state !== from) throw new DomainError("precondition", "SCHEDULE_STATE", { from: schedule.state, to });
  return { ...schedule, state: to, updateMs: nowMs };
}
