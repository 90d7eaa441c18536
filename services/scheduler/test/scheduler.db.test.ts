import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  MisfirePolicy,
  OverlapPolicy,
  RunCause,
  RunState,
  ScheduleState,
} from "@shopmesh/contracts/shop/scheduler/v1/scheduler_pb.ts";
import { SchedulerAdminService } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_service_pb.ts";
import {
  CancelScheduleSchema,
  RunCompletedSchema,
  RunDueSchema,
  ScheduleSchema,
} from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import test from "ava";
import { createLoop, fireDue, freeLapsed } from "../src/effects/loop.ts";
import { START_MS, schedulerWorld } from "./support.ts";

const { listSchedules, listRuns, runNow, pauseSchedule, resumeSchedule } = SchedulerAdminService.method;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const everyMinute = {
  scheduleId: "inventory/sweep-holds",
  service: "inventory",
  purpose: "sweep-holds",
  timing: { timing: { case: "cron", value: { expression: "* * * * *", timeZone: "" } } },
  misfirePolicy: MisfirePolicy.UNSPECIFIED,
} as const;

const once = (scheduleId: string, runMs: number) =>
  ({
    scheduleId,
    service: "order",
    purpose: "expire",
    timing: { timing: { case: "runTime", value: timestampFromMs(runMs) } },
    parameters: { orderId: "o-1" },
  }) as const;

test("what is due goes to its owner's queue, with the run's id as its key", async (t) => {
  const { give, sent, deps, time } = await schedulerWorld(t);
  await give(ScheduleSchema, once("a", START_MS + 5_000));
  t.is(await fireDue(deps), 0);
  time.nowMs += 5_000;
  t.is(await fireDue(deps), 1);
  t.is(await fireDue(deps), 0);
  const [run] = await sent();
  t.is(run?.subject, "tasks.order.shop.scheduler.v1.RunDue");
  t.is(run?.key, run?.task.runId);
  t.like(run?.task, {
    service: "order",
    scheduleId: "a",
    purpose: "expire",
    fencingToken: 1n,
    parameters: { orderId: "o-1" },
  });
  t.is((await sent()).length, 1);
});

test("every run of a schedule has a higher fencing token, a person's among them", async (t) => {
  const { give, sent, deps, time, ask } = await schedulerWorld(t);
  await give(ScheduleSchema, everyMinute);
  time.nowMs += MINUTE_MS;
  await fireDue(deps);
  const { run } = await ask(runNow, { requestId: "r", service: "inventory", scheduleId: everyMinute.scheduleId });
  t.like(run, { fencingToken: 2n, cause: RunCause.MANUAL });
  time.nowMs += MINUTE_MS;
  await fireDue(deps);
  t.deepEqual(
    (await sent()).map(({ task }) => task.fencingToken),
    [1n, 2n, 3n],
  );
});

test("running at once leaves the next time and the state as they are", async (t) => {
  const { give, deps, ask, sent, time } = await schedulerWorld(t);
  await give(ScheduleSchema, everyMinute);
  const key = { service: "inventory", scheduleId: everyMinute.scheduleId };
  await ask(pauseSchedule, key);
  await ask(runNow, { ...key, requestId: "r" });
  const { schedules } = await ask(listSchedules, {});
  t.is(schedules[0]?.nextRunTime && timestampMs(schedules[0].nextRunTime), START_MS + MINUTE_MS);
  t.is(schedules[0]?.state, ScheduleState.PAUSED);
  time.nowMs += MINUTE_MS;
  t.is(await fireDue(deps), 0);
  t.is((await sent()).length, 1);
});

test("a schedule that is not there is not found", async (t) => {
  const { ask } = await schedulerWorld(t);
  const key = { service: "order", scheduleId: "nothing" };
  for (const asked of [ask(runNow, { ...key, requestId: "r" }), ask(pauseSchedule, key), ask(resumeSchedule, key)]) {
    t.like(await t.throwsAsync(asked), { kind: "not-found", reason: "SCHEDULE_NOT_FOUND" });
  }
});

test("the same schedule asked for by all replicas at once is one", async (t) => {
  const { give, ask } = await schedulerWorld(t);
  await Promise.all(Array.from({ length: 6 }, () => give(ScheduleSchema, everyMinute)));
  t.is((await ask(listSchedules, {})).schedules.length, 1);
});

test("asking again changes nothing and a changed wish is the new schedule", async (t) => {
  const { give, ask, time } = await schedulerWorld(t);
  await give(ScheduleSchema, everyMinute);
  time.nowMs += 1;
  await give(ScheduleSchema, everyMinute);
  t.is((await ask(listSchedules, {})).schedules[0]?.updateTime?.nanos, 0);
  await give(ScheduleSchema, {
    ...everyMinute,
    timing: { timing: { case: "cron", value: { expression: "0 4 * * *", timeZone: "Europe/Berlin" } } },
  });
  const { schedules } = await ask(listSchedules, {});
  t.is(schedules.length, 1);
  t.is(schedules[0]?.nextRunTime && timestampMs(schedules[0].nextRunTime), START_MS + 3 * 60 * MINUTE_MS);
});

test("a cancelled schedule is not run, and a wish from before its cancellation does not bring it back", async (t) => {
  const { give, deps, time } = await schedulerWorld(t);
  await give(ScheduleSchema, once("a", START_MS + 10));
  await give(CancelScheduleSchema, { service: "order", scheduleId: "a" });
  await give(CancelScheduleSchema, { service: "order", scheduleId: "b" });
  await give(ScheduleSchema, once("b", START_MS + 10), START_MS - 1);
  time.nowMs += 10;
  t.is(await fireDue(deps), 0);
});

test("replicas that look at once run each due schedule once", async (t) => {
  const { give, deps, database, sent, time } = await schedulerWorld(t);
  await Promise.all(Array.from({ length: 30 }, (_, index) => give(ScheduleSchema, once(`s${index}`, START_MS + 1))));
  time.nowMs += 1;
  const other = await database.another();
  const replicas = [
    deps,
    { ...deps, transaction: other.transaction },
    deps,
    { ...deps, transaction: other.transaction },
  ];
  await Promise.all(replicas.map((replica) => fireDue(replica)));
  t.is((await sent()).length, 30);
  t.is(new Set((await sent()).map(({ task }) => task.scheduleId)).size, 30);
});

test("after a jump of a day each schedule runs what its policy says", async (t) => {
  const { give, deps, sent, time } = await schedulerWorld(t);
  const hourly = (scheduleId: string, misfirePolicy: MisfirePolicy) => ({
    ...everyMinute,
    scheduleId,
    misfirePolicy,
    timing: { timing: { case: "cron" as const, value: { expression: "30 * * * *", timeZone: "" } } },
  });
  await give(ScheduleSchema, hourly("skip", MisfirePolicy.SKIP));
  await give(ScheduleSchema, hourly("once", MisfirePolicy.ONCE));
  await give(ScheduleSchema, hourly("all", MisfirePolicy.ALL));
  time.nowMs += DAY_MS;
  await fireDue(deps);
  const counts = (await sent()).reduce<Record<string, number>>(
    (sum, { task }) => ({ ...sum, [task.scheduleId]: (sum[task.scheduleId] ?? 0) + 1 }),
    {},
  );
  t.deepEqual(counts, { once: 1, all: 24 });
  const each = (await sent()).filter(({ task }) => task.each).map(({ task }) => task.scheduleId);
  t.deepEqual([...new Set(each)], ["all"], "these count whatever ran after them");
  time.nowMs += 30 * MINUTE_MS;
  await fireDue(deps);
  t.is((await sent()).length, 28);
});

test("a run waits for the one before it, until its end is told or its lease is over", async (t) => {
  const { give, sent, deps, time, ask } = await schedulerWorld(t);
  const lease = { lease: { seconds: 90n, nanos: 0 } };
  await give(ScheduleSchema, { ...everyMinute, overlapPolicy: OverlapPolicy.QUEUE, ...lease });
  for (let index = 0; index < 3; index++) {
    time.nowMs += MINUTE_MS;
    await fireDue(deps);
  }
  const [first] = await sent();
  t.like(first?.task, { fencingToken: 1n, lease: { seconds: 90n } });
  t.is((await sent()).length, 2, "the first one's lease was over when the third was due");
  const key = { scheduleId: everyMinute.scheduleId, service: "inventory" };
  const states = async () => (await ask(listRuns, {})).runs.map(({ state }) => state);
  t.deepEqual(await states(), [RunState.WAITING, RunState.GOING, RunState.EXPIRED]);
  t.like((await ask(listSchedules, {})).schedules, [
    { waitingCount: 1, goingRunId: (await sent())[1]?.task.runId, overlapPolicy: OverlapPolicy.QUEUE },
  ]);
  const done = { ...key, runId: (await sent())[1]?.task.runId ?? "" };
  await give(RunCompletedSchema, done);
  await give(RunCompletedSchema, done);
  t.deepEqual(await states(), [RunState.GOING, RunState.DONE, RunState.EXPIRED]);
  t.deepEqual(
    (await sent()).map(({ task }) => task.fencingToken),
    [1n, 2n, 3n],
  );
});

test("what waits goes when the lease of the run before it is over, though nothing else is due", async (t) => {
  const { give, sent, deps, time, ask } = await schedulerWorld(t);
  const key = { service: "inventory", scheduleId: everyMinute.scheduleId };
  await give(ScheduleSchema, { ...everyMinute, overlapPolicy: OverlapPolicy.QUEUE });
  await ask(runNow, { requestId: "a", ...key });
  t.is((await ask(runNow, { requestId: "b", ...key })).run?.state, RunState.WAITING);
  t.is(await freeLapsed(deps), 0);
  time.nowMs += 5 * MINUTE_MS;
  t.is(await freeLapsed(deps), 1);
  t.is((await sent()).length, 2);
});

test("a schedule that is cancelled leaves out what waits", async (t) => {
  const { give, sent, ask, time } = await schedulerWorld(t);
  const key = { service: "inventory", scheduleId: everyMinute.scheduleId };
  await give(ScheduleSchema, { ...everyMinute, overlapPolicy: OverlapPolicy.QUEUE });
  await ask(runNow, { requestId: "a", ...key });
  await ask(runNow, { requestId: "b", ...key });
  time.nowMs += 1;
  await give(CancelScheduleSchema, key);
  await give(RunCompletedSchema, { ...key, runId: (await sent())[0]?.task.runId ?? "" });
  t.deepEqual(
    (await ask(listRuns, {})).runs.map(({ state }) => state),
    [RunState.SKIPPED, RunState.DONE],
  );
  t.is((await sent()).length, 1);
});

test("every run and every schedule comes on exactly one page", async (t) => {
  const { give, deps, time, ask } = await schedulerWorld(t);
  for (const id of ["a/1", "b", "c"])
    await give(ScheduleSchema, { ...everyMinute, scheduleId: id, misfirePolicy: MisfirePolicy.ALL });
  time.nowMs += 3 * MINUTE_MS;
  await fireDue(deps);
  const ids: string[] = [];
  let pageToken = "";
  do {
    const page = await ask(listRuns, { pageSize: 2, pageToken, service: "inventory", scheduleId: "b" });
    ids.push(...page.runs.map(({ fencingToken }) => String(fencingToken)));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  t.deepEqual(ids, ["3", "2", "1"]);
  const first = await ask(listSchedules, { pageSize: 2 });
  const second = await ask(listSchedules, {
    pageSize: 2,
    pageToken: first.nextPageToken,
    states: [ScheduleState.ACTIVE],
  });
  t.deepEqual(
    [...first.schedules, ...second.schedules].map(({ id }) => id),
    ["a/1", "b", "c"],
  );
  t.is(second.nextPageToken, "");
  await t.throwsAsync(ask(listRuns, { pageToken: "nonsense" }), { message: /page token invalid/ });
});

test("the history is kept for thirty days", async (t) => {
  const { give, deps, time, ask } = await schedulerWorld(t);
  await give(ScheduleSchema, once("a", START_MS));
  await fireDue(deps);
  const sweep = { service: "scheduler", scheduleId: "scheduler/sweep-history", purpose: "sweep-history" };
  time.nowMs += 30 * DAY_MS;
  await give(RunDueSchema, sweep);
  t.is((await ask(listRuns, {})).runs.length, 1);
  time.nowMs += 1;
  await give(RunDueSchema, sweep);
  t.is((await ask(listRuns, {})).runs.length, 0);
  t.is((await ask(listSchedules, {})).schedules.length, 0);
});

test("one sweep forgets all of the history that is old, however much", async (t) => {
  const { give, time, ask, database } = await schedulerWorld(t);
  await database.sql.execute(
    `INSERT INTO run (id, service, schedule_id, due_ms, start_ms, fencing_token, cause)
     SELECT UUID(), 'order', 'a', ?, ?, seq, 'due' FROM seq_1_to_10001`,
    [time.nowMs, time.nowMs],
  );
  time.nowMs += 30 * DAY_MS + 1;
  await give(RunDueSchema, { service: "scheduler", scheduleId: "scheduler/sweep-history", purpose: "sweep-history" });
  t.is((await ask(listRuns, {})).runs.length, 0);
});

test("the loop runs a new schedule as soon as it is asked for, and ends when it is stopped", async (t) => {
  const { give, deps, onWake, sent } = await schedulerWorld(t);
  const fired = Promise.withResolvers<void>();
  const transaction: typeof deps.transaction = async (work) => {
    const result = await deps.transaction(work);
    if (typeof result === "number" && result > 0) fired.resolve();
    return result;
  };
  const loop = createLoop({ ...deps, transaction });
  onWake(loop.wake);
  await loop.start();
  await give(ScheduleSchema, once("now", START_MS));
  await fired.promise;
  await loop.stop();
  t.is((await sent()).length, 1);
});
