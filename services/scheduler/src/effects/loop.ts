import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Effect, ServiceContext, Tx } from "@shopmesh/mesh";
import { lookAfter, takeIn, type Turn } from "../overlap.ts";
import { type DueTime, fire, type Run, type Schedule } from "../schedule.ts";
import { beginRuns, endRuns, insertRuns } from "../store/runs.ts";
import { findNextTimes, lockDue, lockLapsed, type NextTimes, updateFired } from "../store/schedules.ts";
import { nextTime } from "./cron.ts";

export type LoopDeps = Pick<ServiceContext, "sql" | "transaction" | "clock" | "newId" | "log">;

/** Runs what is due, in every replica; each due schedule is taken by one of them. */
export type Loop = Effect & {
  /** Looks again now: something is due sooner than it knew. */
  wake(): void;
};

/** The clock may jump, and another replica may have been asked: it never sleeps longer. */
const MAX_SLEEP_MS = 1_000;
/** What is due and still there is in another replica's hands. */
const MIN_SLEEP_MS = 20;
const BATCH = 50;

/** Sleeps until something is due, then runs it. */
export function createLoop(deps: LoopDeps): Loop {
  let isRunning = false;
  let isWoken = false;
  let endSleep = (): void => undefined;
  let ended = Promise.resolve();

  function wake(): void {
    isWoken = true;
    endSleep();
  }

  function sleep(ms: number): Promise<void> {
    if (isWoken) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(end, ms);
      function end(): void {
        clearTimeout(timer);
        resolve();
      }
      endSleep = end;
    });
  }

  async function run(): Promise<void> {
    while (isRunning) {
      isWoken = false;
      const sleepMs = await round(deps);
      await sleep(sleepMs);
    }
  }

  return {
    name: "due schedules",
    wake,
    async start() {
      isRunning = true;
      ended = run();
    },
    async stop() {
      isRunning = false;
      wake();
      await ended;
    },
  };
}

/** Runs everything that is due; how long nothing more will be. */
async function round(deps: LoopDeps): Promise<number> {
  try {
    const first = await findNextTimes(deps.sql);
    const isDue = (timeMs: number | undefined): boolean => timeMs !== undefined && timeMs <= deps.clock();
    if (!isDue(first.dueMs) && !isDue(first.lookMs)) return sleepUntil(first, deps.clock());
    if (isDue(first.dueMs)) while ((await fireDue(deps)) === BATCH);
    const next = await findNextTimes(deps.sql);
    if (isDue(next.lookMs)) while ((await freeLapsed(deps)) === BATCH);
    return sleepUntil(next, deps.clock());
  } catch (error) {
    deps.log.error("schedules could not be run, and are tried again", {}, error);
    return MAX_SLEEP_MS;
  }
}

function sleepUntil({ dueMs = Infinity, lookMs = Infinity }: NextTimes, nowMs: number): number {
  return Math.min(MAX_SLEEP_MS, Math.max(MIN_SLEEP_MS, Math.min(dueMs, lookMs) - nowMs));
}

type FireDeps = Pick<LoopDeps, "transaction" | "clock" | "newId">;

/** Runs up to a batch of what is due, in one transaction with its history; how many schedules those were. */
export async function fireDue({ transaction, clock, newId }: FireDeps): Promise<number> {
  return transaction(async (tx) => {
    const nowMs = clock();
    const due = await lockDue(tx, nowMs, BATCH);
    const turns = due.map((schedule) => {
      const { times, schedule: fired } = fire(schedule, nowMs, nextTime);
      return takeIn(fired, runsOf(schedule, times, nowMs, newId), nowMs);
    });
    await writeTurns(tx, turns);
    return due.length;
  });
}

/** Lets up to a batch of what waits for a run whose lease is over have its turn; how many schedules those were. */
export async function freeLapsed({ transaction, clock }: Omit<FireDeps, "newId">): Promise<number> {
  return transaction(async (tx) => {
    const nowMs = clock();
    const lapsed = await lockLapsed(tx, nowMs, BATCH);
    await writeTurns(
      tx,
      lapsed.map((schedule) => lookAfter(schedule, nowMs)),
    );
    return lapsed.length;
  });
}

/** Writes what became of locked schedules and of their runs, and hands out what goes now. */
export async function writeTurns(tx: Tx, turns: readonly Turn[]): Promise<void> {
  await updateFired(
    tx,
    turns.map(({ schedule }) => schedule),
  );
  await insertRuns(
    tx,
    turns.flatMap(({ runs }) => runs),
  );
  await beginRuns(
    tx,
    turns.flatMap(({ begun }) => begun),
  );
  await endRuns(
    tx,
    turns.flatMap(({ ended }) => ended),
  );
  for (const { schedule, runs, begun } of turns) {
    for (const run of [...begun, ...runs]) {
      if (run.state === "handed" || run.state === "going") sendRun(tx, schedule, run);
    }
  }
}

/** Hands a run to its owner's queue; its id keeps it from being done twice. */
function sendRun(tx: Tx, schedule: Schedule, run: Run): void {
  const { service, id, purpose, parameters, leaseMs, misfirePolicy } = schedule;
  tx.enqueue(
    RunDueSchema,
    {
      service,
      scheduleId: id,
      purpose,
      runId: run.id,
      fencingToken: BigInt(run.fencingToken),
      dueTime: timestampFromMs(run.dueMs),
      parameters: { ...parameters },
      ...(run.state === "going" ? { lease: durationFromMs(leaseMs) } : { each: misfirePolicy === "all" }),
    },
    run.id,
  );
}

function runsOf(
  { service, id, fencingToken }: Schedule,
  times: readonly DueTime[],
  nowMs: number,
  newId: () => string,
): readonly Run[] {
  return times.map(({ dueMs, cause }, index) => ({
    id: newId(),
    service,
    scheduleId: id,
    dueMs,
    startMs: nowMs,
    fencingToken: fencingToken + index + 1,
    cause,
    state: "handed",
    endMs: undefined,
  }));
}
