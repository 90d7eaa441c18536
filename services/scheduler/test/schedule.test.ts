import { isRefusal } from "@shopmesh/kernel";
import test from "ava";
import { nextTime } from "../src/effects/cron.ts";
import {
  ask,
  cancel,
  fire,
  MAX_MISSED_RUNS,
  type MisfirePolicy,
  pause,
  resume,
  type Schedule,
  type ScheduleState,
  STANDARD_LEASE_MS,
  type Timing,
  tombstone,
  type Wish,
} from "../src/schedule.ts";

const NOW_MS = Date.UTC(2026, 10, 1, 12, 0, 30);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function wish(overrides: Partial<Wish> = {}): Wish {
  const timing: Timing = { kind: "cron", expression: "* * * * *", timeZone: "UTC" };
  return {
    service: "order",
    id: "sweep",
    purpose: "sweepQuotes",
    timing,
    misfirePolicy: "once",
    overlapPolicy: "allow",
    leaseMs: STANDARD_LEASE_MS,
    parameters: { a: "1", b: "2" },
    ...overrides,
  };
}

function asked(overrides: Partial<Wish> = {}): Schedule {
  return ask(undefined, wish(overrides), { askedMs: NOW_MS, nowMs: NOW_MS }, nextTime);
}

const utc = (text: string) => Date.parse(text);

function times(expression: string, timeZone: string, from: string, count: number): readonly string[] {
  const found: string[] = [];
  let atMs = utc(from);
  for (let index = 0; index < count; index++) {
    atMs = nextTime({ kind: "cron", expression, timeZone }, atMs) ?? Number.NaN;
    found.push(new Date(atMs).toISOString());
  }
  return found;
}

test("a local time that the zone skips is due once, after the gap", (t) => {
  const expected = ["2026-03-28T01:30:00.000Z", "2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"];
  t.deepEqual(times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00Z", 3), expected);
});

test("a local time that the zone repeats is due once", (t) => {
  const expected = ["2026-10-24T00:30:00.000Z", "2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"];
  t.deepEqual(times("30 2 * * *", "Europe/Berlin", "2026-10-24T00:00Z", 3), expected);
});

test("an interval is due in every hour that passes, the repeated one too", (t) => {
  const expected = ["2026-10-25T00:00:00.000Z", "2026-10-25T01:00:00.000Z", "2026-10-25T02:00:00.000Z"];
  t.deepEqual(times("0 * * * *", "Europe/Berlin", "2026-10-24T23:30Z", 3), expected);
});

test("six fields begin with the seconds", (t) => {
  t.deepEqual(times("*/20 * * * * *", "UTC", "2026-11-01T00:00Z", 2), [
    "2026-11-01T00:00:20.000Z",
    "2026-11-01T00:00:40.000Z",
  ]);
});

const invalid = test.macro({
  exec: (t, expression: string, timeZone: string) =>
    void t.true(
      isRefusal(
        t.throws(() => nextTime({ kind: "cron", expression, timeZone }, NOW_MS)),
        "CRON_INVALID",
      ),
    ),
  title: (_, expression, timeZone) => `"${expression}" in ${timeZone} is refused`,
});
test(invalid, "61 * * * *", "UTC");
test(invalid, "* * * *", "UTC");
test(invalid, "* * * * *", "Mars/Olympus");

test("an identical schedule asked for again changes nothing, whatever the order of its parameters", (t) => {
  const known = asked();
  const later = { askedMs: NOW_MS + HOUR_MS, nowMs: NOW_MS + HOUR_MS };
  t.is(ask(known, wish({ parameters: { b: "2", a: "1" } }), later, nextTime), known);
  const finished = fire(asked({ timing: { kind: "once", runMs: NOW_MS } }), NOW_MS, nextTime).schedule;
  t.is(ask(finished, wish({ timing: { kind: "once", runMs: NOW_MS } }), later, nextTime), finished);
});

test("a changed schedule replaces the one before and keeps its fencing token", (t) => {
  const known = fire(asked(), NOW_MS + MINUTE_MS, nextTime).schedule;
  const nowMs = NOW_MS + HOUR_MS;
  const changed = ask(known, wish({ timing: { kind: "once", runMs: nowMs + 5 } }), { askedMs: nowMs, nowMs }, nextTime);
  t.like(changed, { state: "active", nextMs: nowMs + 5, fencingToken: 1, createMs: NOW_MS });
});

test("what was said earlier and comes later is out of date", (t) => {
  const known = asked();
  t.is(ask(known, wish({ purpose: "older" }), { askedMs: NOW_MS - 1, nowMs: NOW_MS }, nextTime), known);
  t.is(cancel(known, { askedMs: NOW_MS - 1, nowMs: NOW_MS }), known);
});

test("a schedule cancelled before it was heard of is not made by the late wish, and is by a new one", (t) => {
  const cancelled = tombstone("order", "sweep", { askedMs: NOW_MS, nowMs: NOW_MS });
  t.is(ask(cancelled, wish(), { askedMs: NOW_MS - 1, nowMs: NOW_MS }, nextTime), cancelled);
  t.is(ask(cancelled, wish(), { askedMs: NOW_MS, nowMs: NOW_MS }, nextTime), cancelled);
  t.like(ask(cancelled, wish(), { askedMs: NOW_MS + 1, nowMs: NOW_MS }, nextTime), {
    state: "active",
    purpose: "sweepQuotes",
  });
});

test("a cancelled schedule is due no more, and cancelling it again is a no-op", (t) => {
  const cancelled = cancel(asked(), { askedMs: NOW_MS, nowMs: NOW_MS });
  t.like(cancelled, { state: "cancelled", nextMs: undefined });
  t.is(cancel(cancelled, { askedMs: NOW_MS + 1, nowMs: NOW_MS }), cancelled);
  t.deepEqual(fire(cancelled, NOW_MS + HOUR_MS, nextTime).times, []);
});

test("a one-shot runs once, also when its time was past as it was asked for", (t) => {
  const past = asked({ timing: { kind: "once", runMs: NOW_MS - HOUR_MS }, misfirePolicy: "skip" });
  const fired = fire(past, NOW_MS, nextTime);
  t.deepEqual(fired.times, [{ dueMs: NOW_MS, cause: "due" }]);
  t.like(fired.schedule, { state: "finished", nextMs: undefined, lastMs: NOW_MS, fencingToken: 1 });
  t.deepEqual(fire(fired.schedule, NOW_MS + HOUR_MS, nextTime).times, []);
});

test("nothing runs before its time", (t) => {
  const schedule = asked();
  t.is(fire(schedule, NOW_MS + 29_999, nextTime).schedule, schedule);
  t.deepEqual(fire(schedule, NOW_MS + 30_000, nextTime).times, [{ dueMs: NOW_MS + 30_000, cause: "due" }]);
});

const missed = test.macro({
  exec(t, misfirePolicy: MisfirePolicy, expected: readonly (readonly [number, string])[]) {
    // Due at 12:01, 12:02 and 12:03; looked at 5 s after the last.
    const nowMs = NOW_MS + 2 * MINUTE_MS + 35_000;
    const fired = fire(asked({ misfirePolicy }), nowMs, nextTime);
    t.deepEqual(
      fired.times.map(({ dueMs, cause }) => [new Date(dueMs).getUTCMinutes(), cause]),
      expected.map((each) => [...each]),
    );
    t.like(fired.schedule, { nextMs: utc("2026-11-01T12:04Z"), fencingToken: expected.length, state: "active" });
  },
  title: (_, policy) => `missed runs follow the policy ${policy}`,
});
test(missed, "skip", [[3, "due"]]);
test(missed, "once", [[1, "misfire"]]);
test(missed, "all", [
  [1, "misfire"],
  [2, "misfire"],
  [3, "due"],
]);

test("a one-shot that was missed runs, except under the policy skip", (t) => {
  const fired = (misfirePolicy: MisfirePolicy) =>
    fire(asked({ misfirePolicy, timing: { kind: "once", runMs: NOW_MS + 1 } }), NOW_MS + HOUR_MS, nextTime);
  t.deepEqual(fired("once").times, [{ dueMs: NOW_MS + 1, cause: "misfire" }]);
  t.deepEqual(fired("all").times, [{ dueMs: NOW_MS + 1, cause: "misfire" }]);
  t.like(fired("skip"), { times: [], schedule: { state: "finished", fencingToken: 0 } });
});

test("of what was missed no more than a thousand run, and the schedule goes on from now", (t) => {
  const nowMs = NOW_MS + 48 * HOUR_MS;
  const fired = fire(asked({ misfirePolicy: "all" }), nowMs, nextTime);
  t.is(fired.times.length, MAX_MISSED_RUNS);
  t.is(fired.schedule.nextMs, nowMs + 30_000);
});

test("what was missed while paused follows the policy when resumed", (t) => {
  const paused = pause(asked(), NOW_MS);
  t.deepEqual(fire(paused, NOW_MS + HOUR_MS, nextTime).times, []);
  t.deepEqual(fire(resume(paused, NOW_MS + HOUR_MS), NOW_MS + HOUR_MS, nextTime).times, [
    { dueMs: NOW_MS + 30_000, cause: "misfire" },
  ]);
});

test("what a person has paused stays so when its owner changes it", (t) => {
  const paused = pause(asked(), NOW_MS);
  t.like(ask(paused, wish({ purpose: "other" }), { askedMs: NOW_MS + 1, nowMs: NOW_MS + 1 }, nextTime), {
    state: "paused",
    purpose: "other",
  });
});

const transition = test.macro({
  exec(t, from: ScheduleState, change: (schedule: Schedule, nowMs: number) => Schedule, to: ScheduleState | "refused") {
    const schedule: Schedule = { ...asked(), state: from };
    if (to === "refused")
      t.true(
        isRefusal(
          t.throws(() => change(schedule, NOW_MS)),
          "SCHEDULE_STATE",
        ),
      );
    else t.is(change(schedule, NOW_MS).state, to);
  },
  title: (_, from: ScheduleState, change: typeof pause, to: string) => `${change.name} of ${from}: ${to}`,
});
test(transition, "active", pause, "paused");
test(transition, "paused", pause, "paused");
test(transition, "finished", pause, "refused");
test(transition, "cancelled", pause, "refused");
test(transition, "paused", resume, "active");
test(transition, "active", resume, "active");
test(transition, "finished", resume, "refused");
test(transition, "cancelled", resume, "refused");
