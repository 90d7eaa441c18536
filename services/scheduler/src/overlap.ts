import { DomainError } from "@shopmesh/kernel";
import type { Run, Schedule, Waiting } from "./schedule.ts";

/** What a schedule's runs came to at one moment. */
export type Turn = {
  readonly schedule: Schedule;
  /** New runs, each with its state: "handed" and "going" ones go to the receiver now. */
  readonly runs: readonly Run[];
  /** Of those that waited: what goes to the receiver now. */
  readonly begun: readonly Run[];
  /** Of those that were going: how they ended. */
  readonly ended: readonly Ended[];
};

export type Ended = { readonly runId: string; readonly state: "done" | "expired" | "replaced"; readonly endMs: number };

/** As many runs of one schedule wait their turn; what is due then is left out. */
export const MAX_WAITING = 100;

/**
 * New runs taken in, in the order of their tokens. While one is going, "forbid" leaves the new one out, "queue" lets it wait and
 * "replace" puts the newest in its place; "allow" hands out each. A run goes until its end is told or its lease is over.
 */
export function takeIn(schedule: Schedule, runs: readonly Run[], nowMs: number): Turn {
  const lapsed = lookAfter(schedule, nowMs);
  if (schedule.overlapPolicy === "allow") return { ...lapsed, runs: runs.map((run) => ({ ...run, state: "handed" })) };
  return runs.reduce((turn, run, index) => takeOne(turn, run, { nowMs, isLast: index === runs.length - 1 }), lapsed);
}

/** A person's run; as takeIn. Throws SCHEDULE_BUSY where "forbid" would leave it out. */
export function takeAtOnce(schedule: Schedule, run: Run, nowMs: number): Turn {
  const turn = takeIn(schedule, [run], nowMs);
  if (turn.runs.some(({ state }) => state === "skipped")) {
    throw new DomainError("precondition", "SCHEDULE_BUSY", { service: schedule.service, schedule_id: schedule.id });
  }
  return turn;
}

/** The run `runId` has ended: the next one's turn. Any other changes nothing. */
export function complete(schedule: Schedule, runId: string, nowMs: number): Turn {
  if (schedule.going?.runId !== runId) return unchanged(schedule);
  const free = { ...schedule, going: undefined, updateMs: nowMs };
  return beginNext({ ...unchanged(free), ended: [{ runId, state: "done", endMs: nowMs }] }, nowMs);
}

/** A lease that is over frees the way for what waits. */
export function lookAfter(schedule: Schedule, nowMs: number): Turn {
  const { going } = schedule;
  if (going === undefined) return beginNext(unchanged(schedule), nowMs);
  if (going.untilMs > nowMs) return unchanged(schedule);
  const free = { ...schedule, going: undefined, updateMs: nowMs };
  return beginNext({ ...unchanged(free), ended: [{ runId: going.runId, state: "expired", endMs: nowMs }] }, nowMs);
}

/** When what waits is to be looked after, though nobody told an end; undefined for never. */
export function lookMs({ going, waiting }: Schedule): number | undefined {
  return waiting.length === 0 ? undefined : going?.untilMs;
}

function unchanged(schedule: Schedule): Turn {
  return { schedule, runs: [], begun: [], ended: [] };
}

function takeOne(turn: Turn, run: Run, at: { readonly nowMs: number; readonly isLast: boolean }): Turn {
  const { going, waiting, overlapPolicy } = turn.schedule;
  const isFree = going === undefined && waiting.length === 0;
  // Of several that are due at once only the last would stay.
  if (overlapPolicy === "replace") return at.isLast ? replace(turn, run, at.nowMs) : leaveOut(turn, run, at.nowMs);
  if (isFree) return begin(turn, run, at.nowMs);
  return overlapPolicy === "queue" && waiting.length < MAX_WAITING ? wait(turn, run) : leaveOut(turn, run, at.nowMs);
}

function begin({ schedule, runs, ...turn }: Turn, run: Run, nowMs: number): Turn {
  const going = { runId: run.id, untilMs: nowMs + schedule.leaseMs };
  return { ...turn, schedule: { ...schedule, going, updateMs: nowMs }, runs: [...runs, { ...run, state: "going" }] };
}

function replace(turn: Turn, run: Run, nowMs: number): Turn {
  const { going } = turn.schedule;
  const ended: readonly Ended[] = going === undefined ? [] : [{ runId: going.runId, state: "replaced", endMs: nowMs }];
  return begin({ ...turn, ended: [...turn.ended, ...ended] }, run, nowMs);
}

function wait({ schedule, runs, ...turn }: Turn, run: Run): Turn {
  const { id: runId, fencingToken, dueMs, cause } = run;
  const waiting = [...schedule.waiting, { runId, fencingToken, dueMs, cause }];
  return { ...turn, schedule: { ...schedule, waiting }, runs: [...runs, { ...run, state: "waiting" }] };
}

function leaveOut(turn: Turn, run: Run, nowMs: number): Turn {
  return { ...turn, runs: [...turn.runs, { ...run, state: "skipped", endMs: nowMs }] };
}

/** The first that waits begins, unless a person has stopped the schedule. */
function beginNext(turn: Turn, nowMs: number): Turn {
  const { schedule } = turn;
  const [first, ...waiting] = schedule.waiting;
  if (first === undefined || schedule.state === "paused") return turn;
  const going = { runId: first.runId, untilMs: nowMs + schedule.leaseMs };
  const begun = [...turn.begun, runOf(schedule, first, nowMs)];
  return { ...turn, schedule: { ...schedule, going, waiting, updateMs: nowMs }, begun };
}

function runOf({ service, id }: Schedule, { runId, ...of }: Waiting, nowMs: number): Run {
  return { ...of, id: runId, service, scheduleId: id, startMs: nowMs, state: "going", endMs: undefined };
}
