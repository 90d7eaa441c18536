import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Effect, ServiceContext, Tx } from "@shopmesh/mesh";
import { type DueTime, fire, type Run, type Schedule } from "../schedule.ts";
import { insertRuns } from "../store/runs.ts";
import { findNextTime, lockDue, updateFired } from "../store/schedules.ts";
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
    while ((await fireDue(deps)) === BATCH);
    const nextMs = await findNextTime(deps.sql);
    return nextMs === undefined ? MAX_SLEEP_MS : Math.min(MAX_SLEEP_MS, Math.max(MIN_SLEEP_MS, nextMs - deps.clock()));
  } catch (error) {
    deps.log.error("schedules could not be run, and are tried again", {}, error);
    return MAX_SLEEP_MS;
  }
}

/** Runs up to a batch of what is due, in one transaction with its history; how many schedules those were. */
export async function fireDue({
  transaction,
  clock,
  newId,
}: Pick<LoopDeps, "transaction" | "clock" | "newId">): Promise<number> {
  return transaction(async (tx) => {
    const nowMs = clock();
    const due = await lockDue(tx, nowMs, BATCH);
    const fired = due.map((schedule) => ({ before: schedule, ...fire(schedule, nowMs, nextTime) }));
    await updateFired(
      tx,
      fired.map(({ schedule }) => schedule),
    );
    const runs = fired.flatMap(({ before, times }) =>
      runsOf(before, times, nowMs, newId).map((run) => ({ run, schedule: before })),
    );
    await insertRuns(
      tx,
      runs.map(({ run }) => run),
    );
    for (const { run, schedule } of runs) sendRun(tx, schedule, run);
    return due.length;
  });
}

/** Hands a run to its owner's queue; its id keeps it from being done twice. */
export function sendRun(tx: Tx, { service, id, purpose, parameters }: Schedule, run: Run): void {
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
  }));
}
