import { create } from "@bufbuild/protobuf";
import { SchedulerAdminService } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_service_pb.ts";
import { ScheduleSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import type { Actor, Origin } from "@shopmesh/mesh";
import { testService } from "@shopmesh/mesh/testing";
import test, { type ExecutionContext } from "ava";
import { scheduler } from "../src/service.ts";

const person = (...roles: Extract<Actor, { kind: "person" }>["roles"]): Actor => ({
  kind: "person",
  id: "p",
  roles,
  sellerId: undefined,
  sessionId: "s",
});
const key = { service: "order", scheduleId: "order/sweep-quotes" };

/** The service as the mesh runs it, with one schedule. */
async function startService(t: ExecutionContext) {
  const { as, parts } = await testService(t, scheduler, { clients: new Map(), nowMs: Date.now });
  const task = create(ScheduleSchema, {
    ...key,
    purpose: "sweep-quotes",
    timing: { timing: { case: "cron", value: { expression: "*/15 * * * *", timeZone: "UTC" } } },
  });
  const worker = parts.workers?.find((candidate) => candidate.task.typeName === ScheduleSchema.typeName);
  const meta = { id: "m", timeMs: Date.now(), region: "eu", aggregateId: "", version: 0n, attempt: 1 };
  await worker?.work(task as never, meta, {} as Origin);
  return as;
}

test("the same request runs a schedule once, another request once more", async (t) => {
  const client = (await startService(t))(person("admin"))(SchedulerAdminService);
  const first = await client.runNow({ ...key, requestId: "one" });
  const again = await client.runNow({ ...key, requestId: "one" });
  t.is(again.run?.id, first.run?.id);
  await client.runNow({ ...key, requestId: "two" });
  t.deepEqual(
    (await client.listRuns({})).runs.map(({ fencingToken }) => fencingToken),
    [2n, 1n],
  );
  const reused = client.runNow({ service: "order", scheduleId: "other", requestId: "one" });
  t.like(await t.throwsAsync(reused), { reason: "REQUEST_ID_REUSED" });
});

test("only administrators see and stop schedules", async (t) => {
  const as = await startService(t);
  for (const actor of [
    person("customer"),
    person("customer", "support"),
    { kind: "service", name: "order" } as const,
  ]) {
    await t.throwsAsync(as(actor)(SchedulerAdminService).listSchedules({}), { message: /access denied/ });
    await t.throwsAsync(as(actor)(SchedulerAdminService).pauseSchedule(key), { message: /access denied/ });
  }
  const admin = as(person("admin"))(SchedulerAdminService);
  t.is((await admin.listSchedules({ service: "order" })).schedules.length, 1);
  t.is((await admin.listSchedules({ service: "cart" })).schedules.length, 0);
});
