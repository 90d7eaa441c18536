import { isRefusal } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import { complete, lookAfter, lookMs, MAX_WAITING, takeAtOnce, takeIn, type Turn } from "../src/overlap.ts";
import type { OverlapPolicy, Run, RunState, Schedule } from "../src/schedule.ts";

const NOW_MS = 1_000_000;
const LEASE_MS = 60_000;

function schedule(overlapPolicy: OverlapPolicy, overrides: Partial<Schedule> = {}): Schedule {
  return {
    service: "order",
    id: "s",
    purpose: "sweep",
    timing: { kind: "cron", expression: "* * * * *", timeZone: "UTC" },
    misfirePolicy: "all",
    overlapPolicy,
    leaseMs: LEASE_MS,
    parameters: {},
    state: "active",
    nextMs: NOW_MS,
    lastMs: undefined,
    fencingToken: 0,
    going: undefined,
    waiting: [],
    askedMs: 0,
    createMs: 0,
    updateMs: 0,
    ...overrides,
  };
}

function run(fencingToken: number): Run {
  const at = { dueMs: NOW_MS, startMs: NOW_MS, endMs: undefined } as const;
  return {
    id: `r${fencingToken}`,
    service: "order",
    scheduleId: "s",
    ...at,
    fencingToken,
    cause: "due",
    state: "handed",
  };
}

const runs = (...tokens: readonly number[]): readonly Run[] => tokens.map(run);
const states = (turn: Turn): readonly RunState[] => turn.runs.map(({ state }) => state);

const overlapping = test.macro({
  exec(t, policy: OverlapPolicy, expected: { second: RunState; going: string | undefined; ended: readonly string[] }) {
    const first = takeIn(schedule(policy), runs(1), NOW_MS);
    t.is(first.runs[0]?.state, policy === "allow" ? "handed" : "going");
    const second = takeIn(first.schedule, runs(2), NOW_MS + 1);
    t.deepEqual(states(second), [expected.second]);
    t.is(second.schedule.going?.runId, expected.going);
    t.deepEqual(
      second.ended.map(({ runId, state }) => `${runId} ${state}`),
      [...expected.ended],
    );
  },
  title: (_, policy) => `overlap policy ${policy}: what a run that is due becomes while one is going`,
});
test(overlapping, "allow", { second: "handed", going: undefined, ended: [] });
test(overlapping, "forbid", { second: "skipped", going: "r1", ended: [] });
test(overlapping, "queue", { second: "waiting", going: "r1", ended: [] });
test(overlapping, "replace", { second: "going", going: "r2", ended: ["r1 replaced"] });

test("runs that wait have their turn one after another, in the order of their tokens", (t) => {
  let turn = takeIn(schedule("queue"), runs(1, 2, 3), NOW_MS);
  t.deepEqual(states(turn), ["going", "waiting", "waiting"]);
  for (const token of [2, 3]) {
    turn = complete(turn.schedule, `r${token - 1}`, NOW_MS + token);
    t.like(turn.begun, [{ id: `r${token}`, fencingToken: token, state: "going", startMs: NOW_MS + token }]);
    t.like(turn.ended, [{ runId: `r${token - 1}`, state: "done" }]);
  }
  turn = complete(turn.schedule, "r3", NOW_MS + 9);
  t.like(turn, { begun: [], schedule: { going: undefined, waiting: [] } });
});

test("the end of a run that is not going changes nothing: it is told twice, or too late", (t) => {
  const { schedule: going } = takeIn(schedule("replace"), runs(1, 2), NOW_MS);
  t.is(complete(going, "r1", NOW_MS).schedule, going);
  const { schedule: free } = complete(going, "r2", NOW_MS);
  t.is(complete(free, "r2", NOW_MS).schedule, free);
});

test("a run whose end nobody tells is over with its lease", (t) => {
  const { schedule: queued } = takeIn(schedule("queue"), runs(1, 2), NOW_MS);
  t.is(lookMs(queued), NOW_MS + LEASE_MS);
  t.is(lookAfter(queued, NOW_MS + LEASE_MS - 1).schedule, queued);
  t.like(lookAfter(queued, NOW_MS + LEASE_MS), { ended: [{ runId: "r1", state: "expired" }], begun: [{ id: "r2" }] });
  const { schedule: alone } = takeIn(schedule("forbid"), runs(1), NOW_MS);
  t.is(lookMs(alone), undefined);
  t.deepEqual(states(takeIn(alone, runs(2), NOW_MS + LEASE_MS - 1)), ["skipped"]);
  t.deepEqual(states(takeIn(alone, runs(2), NOW_MS + LEASE_MS)), ["going"]);
});

test("of several runs that are due at once the last replaces, the others are left out", (t) => {
  t.deepEqual(states(takeIn(schedule("replace"), runs(1, 2, 3), NOW_MS)), ["skipped", "skipped", "going"]);
});

test("no more than a hundred runs wait", (t) => {
  const all = Array.from({ length: MAX_WAITING + 2 }, (_, index) => run(index + 1));
  t.is(takeIn(schedule("queue"), all, NOW_MS).runs.at(-1)?.state, "skipped");
});

test("what waits while a person has stopped the schedule has its turn when it is resumed", (t) => {
  const { schedule: queued } = takeIn(schedule("queue"), runs(1, 2), NOW_MS);
  const ended = complete({ ...queued, state: "paused" }, "r1", NOW_MS);
  t.deepEqual(ended.begun, []);
  t.like(lookAfter({ ...ended.schedule, state: "active" }, NOW_MS).begun, [{ id: "r2" }]);
});

test("a person's run is refused while one is going that forbids it", (t) => {
  const { schedule: going } = takeIn(schedule("forbid"), runs(1), NOW_MS);
  t.true(
    isRefusal(
      t.throws(() => takeAtOnce(going, run(2), NOW_MS)),
      "SCHEDULE_BUSY",
    ),
  );
  t.is(takeAtOnce(schedule("forbid"), run(1), NOW_MS).schedule.going?.runId, "r1");
});

test("whatever happens, at most one run goes, and those handed out have ever higher tokens", (t) => {
  const steps = fc.array(fc.constantFrom("due", "due twice", "done", "lease over"), { maxLength: 60 });
  const policies = fc.constantFrom<OverlapPolicy>("forbid", "queue", "replace");
  const hold = () =>
    fc.assert(
      fc.property(policies, steps, (policy, all) => {
        let [current, nowMs, token] = [schedule(policy), NOW_MS, 0];
        const handed: number[] = [];
        const open = new Set<string>();
        for (const step of all) {
          nowMs += 1;
          const turn = (() => {
            if (step === "due") return takeIn(current, runs(++token), nowMs);
            if (step === "due twice") return takeIn(current, runs(++token, ++token), nowMs);
            if (step === "done") return complete(current, current.going?.runId ?? "", nowMs);
            nowMs += LEASE_MS;
            return lookAfter(current, nowMs);
          })();
          for (const { runId } of turn.ended) open.delete(runId);
          const begun = [...turn.begun, ...turn.runs.filter(({ state }) => state === "going")];
          for (const { id, fencingToken } of begun) {
            open.add(id);
            handed.push(fencingToken);
          }
          current = turn.schedule;
          if (open.size > 1 || (current.going !== undefined) !== (open.size === 1)) return false;
          if (current.going !== undefined && !open.has(current.going.runId)) return false;
        }
        return handed.every((each, index) => index === 0 || each > (handed[index - 1] ?? 0));
      }),
    );
  t.notThrows(hold);
});
