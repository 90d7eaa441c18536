import { SchedulerAdminService } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_service_pb.ts";
import { defineService, implement } from "@shopmesh/mesh";
import { schedulerWorkers } from "./consumers.ts";
import { createLoop } from "./effects/loop.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { Schedules1760000000000 } from "./migrations/0001-schedules.ts";
import { Overlaps1795360000000 } from "./migrations/0002-overlaps.ts";
import { RunTable, ScheduleTable } from "./schema.ts";

/** What is to happen when: asked for by tasks, answered by tasks. */
export const scheduler = defineService({
  name: "scheduler",
  contracts: [SchedulerAdminService],
  database: { tables: [ScheduleTable, RunTable], migrations: [Schedules1760000000000, Overlaps1795360000000] },
  schedules: [{ name: "sweep-history", cron: "41 * * * *", overlap: "forbid" }],
  start(context) {
    const loop = createLoop(context);
    return {
      implementations: [implement(SchedulerAdminService, adminHandlers({ ...context, wake: loop.wake }))],
      workers: schedulerWorkers({ ...context, wake: loop.wake }),
      effects: [loop],
    };
  },
});
