import test from "ava";
import {
  type ActionOutcome,
  advance,
  begin,
  nextActions,
  type PlanShape,
  shapeOf,
  turnBack,
} from "../src/saga/machine.ts";
import type { SagaProgress } from "../src/saga/plan.ts";

const step = (name: string, canUndo = true) => ({ name, canUndo });
const stage = (isPivot: boolean, ...steps: ReturnType<typeof step>[]) => ({ steps, isPivot });

/** The checkout of DOMAIN.md. */
const checkout: PlanShape = [
  stage(false, step("holdStock"), step("reserveCoupon")),
  stage(false, step("authorise")),
  stage(false, step("allocate", false)),
  stage(true, step("confirm", false)),
  stage(false, step("ship"), step("capture")),
];

const at = (phase: SagaProgress["phase"], stageNumber: number, settled: readonly string[] = []): SagaProgress => ({
  phase,
  stage: stageNumber,
  settled,
});
const done = (name: string, action: "perform" | "undo" = "perform"): ActionOutcome => ({
  step: name,
  action,
  kind: "done",
});
const failed = (name: string, action: "perform" | "undo" = "perform"): ActionOutcome => ({
  step: name,
  action,
  kind: "failed",
});
const refused = (name: string): ActionOutcome => ({
  step: name,
  action: "perform",
  kind: "refused",
  reason: "NO",
  metadata: { why: "x" },
});
const waiting = (name: string, until: number): ActionOutcome => ({
  step: name,
  action: "perform",
  kind: "waiting",
  for: "a payer",
  until,
});
const because = (name: string) => ({
  refusal: { step: name, reason: "NO", metadata: { why: "x" } },
});

const acts = test.macro({
  exec: (t, progress: SagaProgress, expected: readonly string[]) => {
    t.deepEqual(
      nextActions(checkout, progress).map(({ step: name, action }) => `${action} ${name}`),
      [...expected],
    );
  },
  title: (_, progress: SagaProgress, expected: readonly string[]) =>
    `at ${progress.phase} ${progress.stage} [${progress.settled.join()}] it is to ${expected.join(" and ") || "do nothing"}`,
});

test(acts, at("doing", 0), ["perform holdStock", "perform reserveCoupon"]);
test(acts, at("doing", 0, ["holdStock"]), ["perform reserveCoupon"]);
test(acts, at("undoing", 0), ["undo holdStock", "undo reserveCoupon"]);
test(acts, at("undoing", 2), []);
test(acts, at("forward", 4, ["ship"]), ["perform capture"]);
test(acts, at("done", 5), []);
test(acts, at("undone", 0), []);

const leads = test.macro({
  exec: (t, from: SagaProgress, outcomes: readonly ActionOutcome[], to: SagaProgress) => {
    t.deepEqual(advance(checkout, from, outcomes), to);
  },
  title: (_, from: SagaProgress, outcomes: readonly ActionOutcome[], to: SagaProgress) =>
    `${from.phase} ${from.stage} [${from.settled.join()}] + ${outcomes.map((o) => `${o.kind} ${o.step}`).join(", ")} -> ${to.phase} ${to.stage} [${to.settled.join()}]${to.waiting ? " waiting" : ""}`,
});

test(leads, at("doing", 0), [done("holdStock"), done("reserveCoupon")], at("doing", 1));
test(leads, at("doing", 0), [done("holdStock"), failed("reserveCoupon")], at("doing", 0, ["holdStock"]));
test(leads, at("doing", 0, ["holdStock"]), [done("reserveCoupon")], at("doing", 1));
test(leads, at("doing", 0), [refused("holdStock"), failed("reserveCoupon")], {
  ...at("undoing", 0),
  ...because("holdStock"),
});
test(leads, at("doing", 0), [waiting("holdStock", 9), refused("reserveCoupon")], {
  ...at("undoing", 0),
  ...because("reserveCoupon"),
});
test(leads, at("doing", 1), [refused("authorise")], {
  ...at("undoing", 1),
  ...because("authorise"),
});
test(leads, at("doing", 1), [waiting("authorise", 9)], {
  ...at("doing", 1),
  waiting: { step: "authorise", for: "a payer", until: 9 },
});
test(
  leads,
  { ...at("doing", 1), waiting: { step: "authorise", for: "a payer", until: 9 } },
  [done("authorise")],
  at("doing", 2),
);
test(
  leads,
  { ...at("doing", 1), waiting: { step: "authorise", for: "a payer", until: 9 } },
  [failed("authorise")],
  at("doing", 1),
);
test(leads, at("doing", 2), [refused("allocate")], { ...at("undoing", 1), ...because("allocate") });
test(leads, at("doing", 3), [done("confirm")], at("forward", 4));
test(leads, at("doing", 3), [refused("confirm")], { ...at("undoing", 1), ...because("confirm") });
test(leads, at("forward", 4), [refused("ship"), done("capture")], at("forward", 4, ["capture"]));
test(leads, at("forward", 4, ["capture"]), [done("ship")], at("done", 5));
test(leads, at("undoing", 1), [done("authorise", "undo")], at("undoing", 0));
test(leads, at("undoing", 1), [failed("authorise", "undo")], at("undoing", 1));
test(leads, at("undoing", 0, ["holdStock"]), [done("reserveCoupon", "undo")], at("undone", 0));
test(leads, at("undoing", 1), [done("authorise")], at("undoing", 1));
test(leads, at("doing", 1), [done("holdStock")], at("doing", 1));
test(leads, at("done", 5), [done("ship")], at("done", 5));

test("the earliest of several waits counts", (t) => {
  const progress = advance(checkout, at("forward", 4), [waiting("ship", 20), waiting("capture", 10)]);
  t.deepEqual(progress.waiting, { step: "capture", for: "a payer", until: 10 });
});

test("a wish to turn back undoes the present stage too, is heard once, and is too late past the pivot", (t) => {
  const turned = turnBack(checkout, at("doing", 1), "buyer's wish");
  t.deepEqual(turned, {
    ...at("undoing", 1),
    refusal: { step: "", reason: "buyer's wish", metadata: {} },
  });
  t.is(turned && turnBack(checkout, turned, "again"), turned);
  t.is(turnBack(checkout, at("forward", 4), "late"), undefined);
  t.is(turnBack(checkout, at("done", 5), "late"), undefined);
  t.is(turnBack([stage(false, step("mail", false))], at("doing", 0), "wish")?.phase, "undone");
});

test("stages without a step are passed over", (t) => {
  t.deepEqual(begin([stage(false), stage(true), stage(false, step("ship"))]), at("forward", 2));
});

test("a plan with two steps of one name, two pivots or no step is refused", (t) => {
  const perform = async () => ({ kind: "done" as const });
  const onProgress = async () => {};
  const plan = (...names: string[]) => ({
    kind: "k",
    stages: [{ steps: names.map((name) => ({ name, perform })) }],
    onProgress,
  });
  t.throws(() => shapeOf(plan("a", "a")), { message: /two steps/ });
  t.throws(() => shapeOf(plan()), { message: /no step/ });
  const pivot = (name: string) => ({ steps: [{ name, perform }], isPivot: true });
  t.throws(() => shapeOf({ kind: "k", stages: [pivot("a"), pivot("b")], onProgress }), {
    message: /two pivots/,
  });
});
