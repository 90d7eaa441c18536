import test from "ava";
import fc from "fast-check";
import { nameOf, type Scenario, type Script } from "./saga-scenario.ts";
import { type Fault, faults, type Run, simulate } from "./saga-simulation.ts";

/** SEED=… repeats a run; a failure prints it, and the smallest run that fails so. */
const seed = Number(process.env["SEED"] ?? Math.trunc(Math.random() * 2 ** 31));
const RUNS = 3_000;
const STEPS = 100_000;

const script = fc.record<Script>({
  canUndo: fc.boolean(),
  waits: fc.nat(2),
  end: fc.constantFrom("done", "done", "done", "refused"),
  isSoonTooLate: fc.constant(false),
});
const choices = fc.array(fc.nat(10_000), { maxLength: 300, size: "max" });

/** Stages of steps side by side, a refusal perhaps before the pivot, never after it. */
const scenario = fc
  .record({
    stages: fc.array(fc.array(script, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 }),
    pivot: fc.nat(5),
    carried: fc.constantFrom([0, 1, 2, 3], [0], [1], []),
    maxAttempts: fc.constantFrom(2, 8, Number.POSITIVE_INFINITY),
    driverCount: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ stages, ...rest }): Scenario => {
    const agreeing = stages.map((steps, stage) =>
      stage > rest.pivot ? steps.map((step) => ({ ...step, end: "done" as const })) : steps,
    );
    return { ...rest, stages: agreeing };
  });

/** As a parcel that leaves: its planning can be taken back until then, and nothing that follows it can. */
const parcel = fc
  .record({
    waits: fc.nat(2),
    later: fc.array(script, { minLength: 1, maxLength: 2 }),
    driverCount: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ waits, later, driverCount }): Scenario => {
    const first: Script = { canUndo: true, waits: 0, end: "done", isSoonTooLate: false };
    const following = later.map((step): Script => ({ ...step, canUndo: false, end: "done" }));
    const stages = [[first], [{ ...first, waits, isSoonTooLate: true }], ...following.map((step) => [step])];
    return { stages, pivot: 2, carried: [], maxAttempts: Number.POSITIVE_INFINITY, driverCount };
  });

test("whatever gets lost, doubled, late or killed, a saga ends as if nothing had, and nothing is left half done", (t) => {
  const total = { steps: 0, met: new Map<Fault, number>() };
  const holds = (tried: Scenario, made: readonly number[]): void => {
    const run = simulate(tried, made);
    total.steps += run.steps;
    for (const fault of faults) total.met.set(fault, (total.met.get(fault) ?? 0) + run.met[fault]);
    const problems = problemsOf(tried, run);
    if (problems.length > 0) throw new Error(problems.join("; "));
  };
  fc.assert(fc.property(fc.oneof({ weight: 4, arbitrary: scenario }, parcel), choices, holds), { seed, numRuns: RUNS });
  t.log(`seed ${seed}: ${total.steps} steps`, Object.fromEntries(total.met));
  t.true(total.steps >= STEPS, `${total.steps} steps`);
  t.deepEqual(
    faults.filter((fault) => (total.met.get(fault) ?? 0) === 0),
    [],
    "every kind of fault was met",
  );
});

function problemsOf(tried: Scenario, run: Run): readonly string[] {
  return [...run.wrong, ...endProblems(tried, run), ...partyProblems(tried, run)];
}

/** It ends as it would have ended alone; otherwise only because somebody wished so, or a step was away for too long. */
function endProblems(tried: Scenario, { phase, refusal, met }: Run): readonly string[] {
  const alone = simulate({ ...tried, driverCount: 1 }, []);
  if (phase === alone.phase) return [];
  const isWished = met["turned back"] > 0 && refusal === "CANCELLED";
  const isGivenUp = tried.maxAttempts < Number.POSITIVE_INFINITY && refusal === "STEP_UNAVAILABLE";
  return isWished || isGivenUp ? [] : [`${phase} by ${refusal || "nobody"}, alone it is ${alone.phase}`];
}

/** Done: every step is. Undone: none is that can be taken back, however late a message came. */
function partyProblems({ stages }: Scenario, { phase, performed }: Run): readonly string[] {
  const steps = stages.flatMap((some, stage) => some.map((each, index) => ({ ...each, name: nameOf(stage, index) })));
  const isDone = (name: string): boolean => performed.includes(name);
  if (phase === "done") return steps.filter(({ name }) => !isDone(name)).map(({ name }) => `done without ${name}`);
  return steps.filter(({ name, canUndo }) => canUndo && isDone(name)).map(({ name }) => `undone with ${name} left`);
}
