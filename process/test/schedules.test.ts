import { create } from "@bufbuild/protobuf";
import {
  type RunDue,
  RunCompletedSchema,
  RunDueSchema,
} from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { defineService, type ServiceContext, worker } from "@shopmesh/mesh";
import { silentLog } from "@shopmesh/mesh/testing";
import test from "ava";
import { guardingRuns } from "../schedules.ts";

const due = {
  service: "noun",
  scheduleId: "noun/sweep",
  purpose: "sweep",
  runId: "0198a000-0000-7000-8000-000000000001",
};

/** The worker of a service's runs as the process wraps it, and what it told the scheduler. */
async function guarding(work: () => Promise<void>, isNewest = true) {
  const told: unknown[] = [];
  const tx = { enqueue: (task: unknown, fields: unknown, key: string) => told.push([task, fields, key]) };
  const context = {
    transaction: (inside: (tx: unknown) => Promise<unknown>) => inside(tx),
    sql: { execute: async () => (isNewest ? 1 : 0) },
    log: silentLog,
  } as unknown as ServiceContext;
  const noun = defineService({
    name: "noun",
    contracts: [],
    start: () => ({ implementations: [], workers: [worker(RunDueSchema, work)] }),
  });
  const [wrapped] = (await guardingRuns(noun).start(context)).workers ?? [];
  return { told, run: (task: RunDue) => wrapped?.work(task as never, undefined as never, undefined as never) };
}

test("the end of a run that somebody waits for is told once the work is done", async (t) => {
  const done: string[] = [];
  const { told, run } = await guarding(async () => void done.push("work"));
  await run(create(RunDueSchema, { ...due, lease: { seconds: 60n } }));
  const { purpose: _purpose, ...fields } = due;
  t.deepEqual(told, [[RunCompletedSchema, fields, due.runId]]);
  await run(create(RunDueSchema, due));
  t.is(told.length, 1, "nobody waits for a run without a lease");
  t.is(done.length, 2);
});

test("the end of a run whose work failed is not told", async (t) => {
  const { told, run } = await guarding(() => Promise.reject(new Error("down")));
  await t.throwsAsync(async () => run(create(RunDueSchema, { ...due, lease: { seconds: 60n } })), { message: "down" });
  t.deepEqual(told, []);
});

test("a run that is out of date is not done, and its end is not told; each run of those that all count is done", async (t) => {
  const done: string[] = [];
  const { told, run } = await guarding(async () => void done.push("work"), false);
  await run(create(RunDueSchema, { ...due, lease: { seconds: 60n } }));
  t.deepEqual([done, told], [[], []]);
  await run(create(RunDueSchema, { ...due, each: true }));
  t.deepEqual(done, ["work"]);
});
