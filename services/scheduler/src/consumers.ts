import {
  CancelScheduleSchema,
  RunCompletedSchema,
  RunDueSchema,
  ScheduleSchema,
} from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { isRefusal } from "@shopmesh/kernel";
import { type ServiceContext, type TaskWorker, type Tx, worker } from "@shopmesh/mesh";
import { nextTime } from "./effects/cron.ts";
import { writeTurns } from "./effects/loop.ts";
import { wishFromProto } from "./handlers/proto.ts";
import { complete } from "./overlap.ts";
import { ask, cancel, type Schedule, tombstone } from "./schedule.ts";
import { skipWaiting, sweepRuns } from "./store/runs.ts";
import { insertSchedule, lockSchedule, sweepSchedules, updateSchedule } from "./store/schedules.ts";

export type WorkerDeps = Pick<ServiceContext, "sql" | "transaction" | "clock"> & {
  /** Tells the loop that something may be due sooner. */
  readonly wake: () => void;
};

const HISTORY_MS = 30 * 86_400_000;
const SWEEP_BATCH = 5_000;

/** What other services ask for, and what is due here. */
export function schedulerWorkers({ sql, transaction, clock, wake }: WorkerDeps): readonly TaskWorker[] {
  const change = (service: string, id: string, decide: (known: Schedule | undefined) => Schedule): Promise<void> =>
    insertedOnce(() => transaction((tx) => write(tx, { service, id, decide, wake })));

  return [
    worker(ScheduleSchema, async (task, { timeMs }) => {
      const wish = wishFromProto(task);
      await change(wish.service, wish.id, (known) => ask(known, wish, { askedMs: timeMs, nowMs: clock() }, nextTime));
    }),
    worker(CancelScheduleSchema, async ({ service, scheduleId }, { timeMs }) => {
      const moment = { askedMs: timeMs, nowMs: clock() };
      await change(service, scheduleId, (known) =>
        known === undefined ? tombstone(service, scheduleId, moment) : cancel(known, moment),
      );
    }),
    worker(RunCompletedSchema, ({ service, scheduleId, runId }) =>
      transaction(async (tx) => {
        const known = await lockSchedule(tx, service, scheduleId);
        if (known === undefined) return;
        const turn = complete(known, runId, clock());
        if (turn.schedule !== known) await writeTurns(tx, [turn]);
      }),
    ),
    worker(RunDueSchema, async () => {
      const beforeMs = clock() - HISTORY_MS;
      while ((await sweepRuns(sql, beforeMs, SWEEP_BATCH)) === SWEEP_BATCH);
      while ((await sweepSchedules(sql, beforeMs, SWEEP_BATCH)) === SWEEP_BATCH);
    }),
  ];
}

type Change = {
  readonly service: string;
  readonly id: string;
  readonly decide: (known: Schedule | undefined) => Schedule;
  readonly wake: () => void;
};

async function write(tx: Tx, { service, id, decide, wake }: Change): Promise<void> {
  const known = await lockSchedule(tx, service, id);
  const schedule = decide(known);
  if (schedule === known) return;
  await (known === undefined ? insertSchedule(tx, schedule) : updateSchedule(tx, schedule));
  const waited = known?.waiting.map(({ runId }) => runId) ?? [];
  if (schedule.waiting.length === 0) await skipWaiting(tx, waited, schedule.updateMs);
  tx.onCommit(wake);
}

/** There is no row to lock before the first wish: where another one inserts it meanwhile, the second try finds it. */
async function insertedOnce(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isRefusal(error, "DUPLICATE")) throw error;
    await work();
  }
}
