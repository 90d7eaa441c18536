import { MisfirePolicy, OverlapPolicy } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_pb.ts";
import {
  type RunDue,
  RunCompletedSchema,
  RunDueSchema,
  ScheduleSchema,
} from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { isNewestRun, type ServiceContext, type ServiceDefinition, type TaskWorker, type Tx } from "@shopmesh/mesh";

const overlapPolicies = {
  allow: OverlapPolicy.ALLOW,
  forbid: OverlapPolicy.FORBID,
  queue: OverlapPolicy.QUEUE,
  replace: OverlapPolicy.REPLACE,
} as const;

/** Asks the scheduler for what a service declares; the same schedule asked for again changes nothing. */
export function registerSchedules(tx: Tx, { name, schedules }: ServiceDefinition): void {
  for (const { name: purpose, cron, timeZone = "UTC", overlap } of schedules) {
    tx.enqueue(
      ScheduleSchema,
      {
        scheduleId: `${name}/${purpose}`,
        service: name,
        purpose,
        timing: { timing: { case: "cron", value: { expression: cron, timeZone } } },
        misfirePolicy: MisfirePolicy.ONCE,
        overlapPolicy: overlapPolicies[overlap ?? "allow"],
      },
      [name, purpose, cron, timeZone, ...(overlap === undefined ? [] : [overlap])].join("/"),
    );
  }
}

/**
 * The service, refusing runs that are out of date, and telling the scheduler the end of each that somebody waits for: after the
 * work, so that who dies in between does the run again and tells it then. What is never told ends with the run's lease.
 */
export function guardingRuns(definition: ServiceDefinition): ServiceDefinition {
  return {
    ...definition,
    async start(context) {
      const parts = await definition.start(context);
      const workers = parts.workers?.map((worker) => guarding(worker, context));
      return { ...parts, ...(workers === undefined ? {} : { workers }) };
    },
  };
}

function guarding(worker: TaskWorker, { sql, transaction, log }: ServiceContext): TaskWorker {
  if (worker.task.typeName !== RunDueSchema.typeName) return worker;
  return {
    ...worker,
    async work(task, meta, origin) {
      const { lease, scheduleId, service, runId, each, fencingToken }: RunDue = task;
      if (!each && !(await isNewestRun(sql, { scheduleId, runId, fencingToken }))) {
        log.warn("a run is out of date", { schedule_id: scheduleId, run_id: runId });
        return;
      }
      await worker.work(task, meta, origin);
      if (lease === undefined) return;
      await transaction(async (tx) => tx.enqueue(RunCompletedSchema, { scheduleId, service, runId }, runId));
    },
  };
}
