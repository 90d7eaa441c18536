import type { SagaPlan, SagaProgress } from "./plan.ts";

/** A plan without its functions: what the two functions below need of it. */
export type PlanShape = readonly StageShape[];

/** One stage's steps, side by side. */
export type StageShape = {
  readonly steps: readonly { readonly name: string; readonly canUndo: boolean }[];
  readonly isPivot: boolean;
  /** Its end is written with the next stage's. */
  readonly isCarried?: boolean;
};

/** One thing to do now. */
export type SagaAction = { readonly step: string; readonly action: "perform" | "undo" };

/** What came of one action; `failed` says nothing: it may have happened or not. */
export type ActionOutcome = SagaAction &
  (
    | { readonly kind: "done" }
    | { readonly kind: "failed" }
    | {
        readonly kind: "refused";
        readonly reason: string;
        readonly metadata: Readonly<Record<string, string>>;
      }
    | { readonly kind: "waiting"; readonly for: string; readonly until: number }
  );

/** The shape of `plan`. Throws where it has no step, two of one name or two pivots. */
export function shapeOf<State>(plan: SagaPlan<State>): PlanShape {
  const names = plan.stages.flatMap((stage) => stage.steps.map((step) => step.name));
  if (names.length === 0) throw new Error(`saga ${plan.kind} has no step`);
  if (new Set(names).size !== names.length) throw new Error(`saga ${plan.kind} has two steps of one name`);
  if (plan.stages.filter((stage) => stage.isPivot === true).length > 1)
    throw new Error(`saga ${plan.kind} has two pivots`);
  const pivot = plan.stages.findIndex((stage) => stage.isPivot === true);
  if (plan.stages.some((stage, index) => stage.isCarried === true && !(index < pivot)))
    throw new Error(`saga ${plan.kind} carries a stage that is not before its pivot`);
  return plan.stages.map((stage) => ({
    steps: stage.steps.map((step) => ({ name: step.name, canUndo: step.undo !== undefined })),
    isPivot: stage.isPivot === true,
    isCarried: stage.isCarried === true,
  }));
}

/**
 * A saga of which only `progress` is written, and which somebody else may have driven since: stages whose ends are carried
 * may have been done, and the one after them begun.
 */
export function perhapsFurther(plan: PlanShape, progress: SagaProgress): SagaProgress {
  if (progress.phase !== "doing" || plan[progress.stage]?.isCarried !== true) return progress;
  const written = plan.findIndex(({ isCarried }, stage) => stage >= progress.stage && !isCarried);
  return { ...progress, reach: Math.max(written, progress.reach ?? 0) };
}

/** Whether what a stage has come to need not be written down: it was done as it should, and the next one begins. */
export function isCarried(plan: PlanShape, before: SagaProgress, after: SagaProgress): boolean {
  return (
    before.phase === "doing" &&
    after.phase === "doing" &&
    after.stage === before.stage + 1 &&
    plan[before.stage]?.isCarried === true
  );
}

/** Where a saga begins. */
export function begin(plan: PlanShape): SagaProgress {
  return onward(plan, { phase: "doing", stage: 0, settled: [] });
}

/** What to do now, all of it side by side; nothing once the saga is done or undone. */
export function nextActions(plan: PlanShape, { phase, stage, settled }: SagaProgress): readonly SagaAction[] {
  const steps = plan[stage]?.steps ?? [];
  switch (phase) {
    case "doing":
    case "forward":
      return steps.filter(({ name }) => !settled.includes(name)).map(({ name }) => ({ step: name, action: "perform" }));
    case "undoing":
      return steps
        .filter(({ name, canUndo }) => canUndo && !settled.includes(name))
        .map(({ name }) => ({ step: name, action: "undo" }));
    case "done":
    case "undone":
      return [];
  }
}

/**
 * Where `outcomes` leave the saga. A refusal before the pivot turns it back: the stage's steps are all undone, for a
 * refused or unanswered one may have happened. Past the pivot a refusal counts as a failure; on the way back it says that it is
 * too late, and the saga goes forward from there. Outcomes of what is not to be
 * done now (any more) change nothing.
 */
export function advance(plan: PlanShape, progress: SagaProgress, outcomes: readonly ActionOutcome[]): SagaProgress {
  const news = nextActions(plan, progress).flatMap(
    ({ step, action }) => outcomes.find((outcome) => outcome.step === step && outcome.action === action) ?? [],
  );
  if (news.length === 0) return progress;
  const { waiting: _, ...position } = progress;
  const settled = [...progress.settled, ...news.filter(({ kind }) => kind === "done").map(({ step }) => step)];
  if (progress.phase === "undoing") {
    return news.some(({ kind }) => kind === "refused")
      ? forwardAgain(plan, position)
      : onward(plan, { ...position, settled });
  }
  const refused = news.find((outcome) => outcome.kind === "refused");
  if (refused !== undefined && progress.phase === "doing") {
    return backward(plan, progress, {
      step: refused.step,
      reason: refused.reason,
      metadata: refused.metadata,
    });
  }
  const waiting = earliest(news);
  return onward(plan, { ...position, settled, ...(waiting === undefined ? {} : { waiting }) });
}

/** Where a wish to turn back leaves the saga: as it was where it turns already, undefined where it is too late. */
export function turnBack(plan: PlanShape, progress: SagaProgress, reason: string): SagaProgress | undefined {
  switch (progress.phase) {
    case "doing":
      return backward(plan, progress, { step: "", reason, metadata: {} });
    case "undoing":
    case "undone":
      return progress;
    case "forward":
    case "done":
      return undefined;
  }
}

/** Whether nothing is left to do, or nothing before a time or a signal. */
export function isAtRest(progress: SagaProgress): boolean {
  return isOver(progress) || progress.waiting !== undefined;
}

/** Whether nothing is left to do. */
export function isOver({ phase }: SagaProgress): boolean {
  return phase === "done" || phase === "undone";
}

function backward(
  plan: PlanShape,
  { stage, reach = 0 }: SagaProgress,
  refusal: NonNullable<SagaProgress["refusal"]>,
): SagaProgress {
  return onward(plan, { phase: "undoing", stage: Math.max(stage, reach), settled: [], refusal });
}

// What cannot be taken back stands: past this stage as past the pivot.
function forwardAgain(plan: PlanShape, { stage }: SagaProgress): SagaProgress {
  const settled = (plan[stage]?.steps ?? []).map(({ name }) => name);
  return onward(plan, { phase: "forward", stage, settled });
}

// The first position from `progress` on at which something is to be done.
function onward(plan: PlanShape, progress: SagaProgress): SagaProgress {
  if (isOver(progress) || nextActions(plan, progress).length > 0) return progress;
  const { waiting: _, ...position } = progress;
  if (progress.phase === "undoing") {
    if (progress.stage === 0) return { ...position, phase: "undone", settled: [] };
    return onward(plan, { ...position, stage: progress.stage - 1, settled: [] });
  }
  const phase = plan[progress.stage]?.isPivot === true ? "forward" : progress.phase;
  const stage = progress.stage + 1;
  const { reach, ...certain } = position;
  if (stage >= plan.length) return { ...certain, phase: "done", stage: plan.length, settled: [] };
  const isCertain = reach === undefined || stage >= reach;
  return onward(plan, { ...certain, ...(isCertain ? {} : { reach }), phase, stage, settled: [] });
}

function earliest(outcomes: readonly ActionOutcome[]): SagaProgress["waiting"] {
  const [first] = outcomes
    .filter((outcome) => outcome.kind === "waiting")
    .sort((left, right) => left.until - right.until);
  return first === undefined ? undefined : { step: first.step, for: first.for, until: first.until };
}
