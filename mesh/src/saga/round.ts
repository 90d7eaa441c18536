import { type Clock, DomainError, type Entropy, type ErrorKind, isRefusal } from "@shopmesh/kernel";
import { backoffMs, pause as realPause } from "../backoff.ts";
import type { Origin } from "../handler.ts";
import { withSpan } from "../telemetry/spans.ts";
import { type ActionOutcome, advance, isOver, nextActions, type PlanShape, type SagaAction } from "./machine.ts";
import type { Outcome, SagaLogEntry, SagaPlan, SagaProgress, SagaStep } from "./plan.ts";
import type { SagaRow } from "./store.ts";
import { activeTraceId, traceOf } from "./trace.ts";

/** One action's end: what the plan's functions need, and what the driver keeps. */
export type ActionResult<State> = {
  readonly outcome: ActionOutcome;
  readonly state: Partial<State>;
  /** For the history: why, without personal data. */
  readonly detail: string;
  readonly cause?: unknown;
  /** How long the next stage has nothing to see. */
  readonly rest?: { readonly until: number; readonly for: string } | undefined;
  readonly traceId: string;
};

/** What performing needs. */
export type RoundDeps<State> = {
  readonly plan: SagaPlan<State>;
  readonly shape: PlanShape;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly origin: (options: { readonly timeoutMs: number; readonly requestId?: string }) => Origin;
  /** Failed attempts before the pivot after which a step counts as refused. */
  readonly maxAttempts: number;
  /** Whether somebody waits for it by now. */
  readonly isAwaited?: () => boolean;
  /** Waits so long of real time; for tests. */
  readonly pause?: ((ms: number) => Promise<void>) | undefined;
  /** Whose spans the steps' are. */
  readonly service?: string | undefined;
};

/** Longer than any call that a step makes. */
const STEP_TIMEOUT_MS = 60_000;
/** A refusal for want of room is no failure of the step, unless it goes on for longer than these tries. */
const OVERLOADED_TRIES = 5;
const OVERLOADED_PAUSE_MS = 500;
const BACKOFF = { firstMs: 200, maxMs: 30_000 };

/** Refusals that say "not now": the step is tried again. Any other is an answer. */
const transient: ReadonlySet<ErrorKind> = new Set([
  "unavailable",
  "deadline",
  "aborted",
  "exhausted",
  "internal",
  "cancelled",
]);

/** Does what the saga has to do now, all of it side by side. */
export async function performActions<State>(
  saga: SagaRow<State>,
  deps: RoundDeps<State>,
): Promise<readonly ActionResult<State>[]> {
  const steps = deps.plan.stages[saga.progress.stage]?.steps ?? [];
  return Promise.all(
    nextActions(deps.shape, saga.progress).map((action) => {
      const step = steps.find(({ name }) => name === action.step);
      if (step === undefined) throw new Error(`saga ${deps.plan.kind} has no step ${action.step}`);
      return performTraced(saga, step, action, deps);
    }),
  );
}

/** Where `results` leave the saga: what is to be written over its last version. */
export function settle<State>(
  saga: SagaRow<State>,
  results: readonly ActionResult<State>[],
  deps: RoundDeps<State>,
): SagaRow<State> {
  const isExhausted = saga.progress.phase === "doing" && saga.attempts + 1 >= deps.maxAttempts;
  const reached = advance(
    deps.shape,
    saga.progress,
    results.map(({ outcome, cause }) => (isExhausted && outcome.kind === "failed" ? givenUp(outcome, cause) : outcome)),
  );
  const progress = resting(saga.progress, reached, results, deps.shape);
  const isSameStage = progress.phase === saga.progress.phase && progress.stage === saga.progress.stage;
  const attempts = isSameStage && hasFailure(results, saga) ? saga.attempts + 1 : 0;
  return {
    ...saga,
    version: saga.version + 1n,
    progress,
    state: results.reduce((state, result) => ({ ...state, ...result.state }), saga.state),
    rounds: isSameStage ? saga.rounds + 1 : 0,
    attempts,
    wakeMs: isOver(progress) ? undefined : wakeMs(progress.waiting?.until, attempts, deps),
  };
}

/** Where one step's end began a stage of one step, and said that it is to wait. */
function resting<State>(
  before: SagaProgress,
  after: SagaProgress,
  results: readonly ActionResult<State>[],
  shape: PlanShape,
): SagaProgress {
  const [result, ...others] = results;
  const [next, ...more] = nextActions(shape, after);
  const isAlone = others.length === 0 && more.length === 0;
  if (result?.rest === undefined || next === undefined || !isAlone) return after;
  return after.stage === before.stage + 1 ? { ...after, waiting: { step: next.step, ...result.rest } } : after;
}

/** Every action of this round as failed by `cause`: its results could not be kept. */
export function allFailed<State>(
  saga: SagaRow<State>,
  cause: unknown,
  { shape }: RoundDeps<State>,
): readonly ActionResult<State>[] {
  return nextActions(shape, saga.progress).map((action) => failed(action, cause, saga.traceId));
}

/** The lines of history that `results` make. */
export function logEntries<State>(
  saga: SagaRow<State>,
  results: readonly ActionResult<State>[],
  timeMs: number,
): readonly Omit<SagaLogEntry, "sequence">[] {
  return results.map(({ outcome, detail, traceId }) => ({
    timeMs,
    step: outcome.step,
    action: outcome.action,
    result: outcome.kind,
    attempt: saga.rounds + 1,
    detail,
    traceId,
  }));
}

async function performTraced<State>(
  saga: SagaRow<State>,
  step: SagaStep<State>,
  action: SagaAction,
  deps: RoundDeps<State>,
): Promise<ActionResult<State>> {
  const { kind } = deps.plan;
  const name = action.action === "undo" ? `saga ${kind}: undo ${step.name}` : `saga ${kind}: ${step.name}`;
  const attributes = { "saga.kind": kind, "saga.id": saga.id, "saga.attempt": saga.rounds + 1 };
  return withSpan(name, { attributes, ...serviceOf(deps), ...traceOf(saga.traceId) }, async (span) => {
    const traceId = activeTraceId() ?? saga.traceId;
    const result = await performOne(saga, step, deps, { action, traceId });
    span.setAttribute("saga.result", result.outcome.kind);
    return result;
  });
}

function serviceOf<State>({ service }: RoundDeps<State>): { readonly service?: string } {
  return service === undefined ? {} : { service };
}

async function performOne<State>(
  saga: SagaRow<State>,
  step: SagaStep<State>,
  deps: RoundDeps<State>,
  { action, traceId }: { readonly action: SagaAction; readonly traceId: string },
): Promise<ActionResult<State>> {
  const attempt = {
    key: `${saga.id}/${step.name}`,
    number: saga.rounds + 1,
    origin: deps.origin({ timeoutMs: STEP_TIMEOUT_MS, requestId: saga.id }),
  };
  try {
    if (action.action === "undo") {
      const isTooLate = (await whereThereIsRoom(async () => step.undo?.(saga.state, attempt), deps)) === "too-late";
      return fromOutcome(action, isTooLate ? { kind: "refused", reason: "TOO_LATE" } : { kind: "done" }, traceId);
    }
    return fromOutcome(action, await whereThereIsRoom(() => step.perform(saga.state, attempt), deps), traceId);
  } catch (error) {
    if (error instanceof DomainError && action.action === "perform" && !transient.has(error.kind)) {
      const { reason, metadata } = error;
      return {
        outcome: { ...action, kind: "refused", reason, metadata },
        state: {},
        detail: reason,
        cause: error,
        traceId,
      };
    }
    return failed(action, error, traceId);
  }
}

/**
 * What `ask` gives; who was refused for want of room asks again after the pause that it was told, some times. Not where somebody
 * waits: that is tried as any failure, sooner.
 */
async function whereThereIsRoom<T, State>(
  ask: () => Promise<T>,
  { entropy, isAwaited, pause = realPause }: RoundDeps<State>,
): Promise<T> {
  for (let left = OVERLOADED_TRIES; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isRefusal(error, "OVERLOADED") || left <= 1 || isAwaited?.() === true) throw error;
      const toldMs = Number(error.metadata["retry_after_ms"] ?? OVERLOADED_PAUSE_MS);
      // Not all at once again.
      await pause(toldMs * (0.5 + (entropy(1)[0] ?? 0) / 255));
    }
  }
}

function fromOutcome<State>(action: SagaAction, outcome: Outcome<State>, traceId: string): ActionResult<State> {
  const state = outcome.state ?? {};
  switch (outcome.kind) {
    case "done":
      return { outcome: { ...action, kind: "done" }, state, detail: "", rest: outcome.rest, traceId };
    case "refused": {
      const { reason, metadata = {} } = outcome;
      return {
        outcome: { ...action, kind: "refused", reason, metadata },
        state,
        detail: reason,
        traceId,
      };
    }
    case "waiting":
      return {
        outcome: { ...action, kind: "waiting", for: outcome.for, until: outcome.until },
        state,
        detail: outcome.for,
        traceId,
      };
  }
}

function failed<State>(action: SagaAction, cause: unknown, traceId: string): ActionResult<State> {
  return {
    outcome: { ...action, kind: "failed" },
    state: {},
    detail: reasonOf(cause),
    cause,
    traceId,
  };
}

function givenUp({ step, action }: SagaAction, cause: unknown): ActionOutcome {
  return {
    step,
    action,
    kind: "refused",
    reason: "STEP_UNAVAILABLE",
    metadata: { step, cause: reasonOf(cause) },
  };
}

// Past the pivot and on the way back there is no refusing: it counts as a failure.
function hasFailure<State>(results: readonly ActionResult<State>[], { progress }: SagaRow<State>): boolean {
  return results.some(
    ({ outcome }) => outcome.kind === "failed" || (outcome.kind === "refused" && progress.phase !== "doing"),
  );
}

function wakeMs<State>(untilMs: number | undefined, attempts: number, { clock, entropy }: RoundDeps<State>): number {
  if (attempts === 0) return untilMs ?? clock();
  const retryMs = clock() + backoffMs(attempts, BACKOFF, (entropy(1)[0] ?? 0) / 255);
  return Math.min(untilMs ?? retryMs, retryMs);
}

function reasonOf(cause: unknown): string {
  if (cause instanceof DomainError) return cause.reason;
  return cause instanceof Error ? cause.message : String(cause);
}
