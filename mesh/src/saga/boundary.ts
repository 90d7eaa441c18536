import type { Clock } from "@shopmesh/kernel";
import type { Database } from "../database/database.ts";
import type { Log } from "../log.ts";
import { isAtRest, isCarried, isOver } from "./machine.ts";
import { type ActionResult, allFailed, logEntries, performActions, type RoundDeps, settle } from "./round.ts";
import type { Places } from "./places.ts";
import { insertLog, moveLease, type SagaRow, updateSagaLast } from "./store.ts";

/** Where a test lets the process die: before and after the steps of a stage, in its transaction, after it. */
export type Failpoint = "before-steps" | "after-steps" | "in-boundary" | "after-boundary";

/** What driving needs. */
export type RunnerDeps<State> = RoundDeps<State> & {
  readonly database: Database;
  readonly realTime: Clock;
  readonly log: Log;
  readonly instanceId: string;
  /** Resolves when this process has time for what nobody waits for. */
  readonly lull: () => Promise<void>;
  /** Shared by all kinds of a service. */
  readonly places: Places;
  /** Hears that one more is not driven any more. */
  readonly onEnded: () => void;
  /** For tests: true lets the runner die there, as a process does. */
  readonly failpoint?: ((point: Failpoint, saga: SagaRow<State>) => boolean) | undefined;
};

export const LEASE_MS = 10_000;
const RENEW_MS = 3_000;

/** What a runner throws that a test lets die. */
export const crash = new Error("the runner died at a failpoint");
const conflict = new Error("somebody else wrote the saga");

/** One stage: its steps, then one transaction, unless its end is carried. Undefined where somebody else wrote first. */
export async function doStage<State>(
  saga: SagaRow<State>,
  deps: RunnerDeps<State>,
): Promise<SagaRow<State> | undefined> {
  dieAt("before-steps", saga, deps);
  const results = await renewing(saga.id, deps, () => performActions(saga, deps));
  dieAt("after-steps", saga, deps);
  const next = carry(saga, results, deps);
  if (next !== undefined) {
    dieAt("after-boundary", saga, deps);
    return next;
  }
  try {
    return await persist(saga, results, deps);
  } catch (error) {
    if (error === conflict) return undefined;
    if (error === crash) throw error;
    // The boundary itself failed: the stage is asked again, by the same keys, after a while.
    deps.log.warn("a saga's stage could not be kept", { kind: deps.plan.kind, sagaId: saga.id }, error);
    return await persist(saga, allFailed(saga, error, deps), deps).catch((second: unknown) => {
      if (second === conflict) return undefined;
      throw second;
    });
  }
}

// The saga at its next stage, with what is to be written once that has ended; undefined where this one's end is.
function carry<State>(
  saga: SagaRow<State>,
  results: readonly ActionResult<State>[],
  deps: RunnerDeps<State>,
): SagaRow<State> | undefined {
  const next = settle(saga, results, deps);
  if (!isCarried(deps.shape, saga.progress, next.progress)) return undefined;
  const { version, leaseOwner, leaseUntilMs } = saga;
  const unwritten = [...(saga.unwritten ?? []), ...logEntries(saga, results, deps.clock())];
  return { ...next, version, leaseOwner, leaseUntilMs, unwritten };
}

async function persist<State>(
  saga: SagaRow<State>,
  results: readonly ActionResult<State>[],
  deps: RunnerDeps<State>,
): Promise<SagaRow<State>> {
  const { plan, database, clock } = deps;
  const { unwritten = [] } = saga;
  const next = { ...leased(settle(saga, results, deps), deps), unwritten: undefined };
  const news = results.filter((result) => !isRepeatedWait(saga, result));
  const isNews =
    unwritten.length > 0 ||
    news.some(({ outcome }) => outcome.kind !== "failed") ||
    next.progress.phase !== saga.progress.phase;
  await database.transaction(async (tx) => {
    updateSagaLast(tx, plan.kind, next, { nowMs: clock(), otherwise: () => conflict });
    if (isNews) await plan.onProgress(tx, next.state, next.progress);
    const entries = [...unwritten, ...logEntries(saga, news, clock())];
    insertLog(tx, { kind: plan.kind, id: next.id, version: next.version }, entries);
    dieAt("in-boundary", saga, deps);
  });
  dieAt("after-boundary", saga, deps);
  alertWhenStuck(next, results, deps);
  return next;
}

// Asked again and again while a payer is away: no news, no line of history.
function isRepeatedWait<State>({ progress }: SagaRow<State>, { outcome, state }: ActionResult<State>): boolean {
  return (
    outcome.kind === "waiting" &&
    outcome.step === progress.waiting?.step &&
    outcome.for === progress.waiting.for &&
    Object.keys(state).length === 0
  );
}

// Goes on at once with the lease it has, or gives it back to whoever is there when the time comes.
function leased<State>(saga: SagaRow<State>, { instanceId, realTime }: RunnerDeps<State>): SagaRow<State> {
  return isAtRest(saga.progress) || saga.attempts > 0
    ? { ...saga, leaseOwner: undefined, leaseUntilMs: 0 }
    : { ...saga, leaseOwner: instanceId, leaseUntilMs: realTime() + LEASE_MS };
}

async function renewing<State, T>(id: string, deps: RunnerDeps<State>, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    const renewal = moveLease(
      deps.database.sql,
      { kind: deps.plan.kind, id },
      deps.instanceId,
      deps.realTime() + LEASE_MS,
    );
    // Only saves work: the version decides who writes.
    renewal.catch(() => undefined);
  }, RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function alertWhenStuck<State>(
  saga: SagaRow<State>,
  results: readonly ActionResult<State>[],
  { plan, log }: RunnerDeps<State>,
): void {
  const alertAfter = plan.alertAfterAttempts ?? 20;
  if (saga.attempts === 0 || saga.attempts % alertAfter !== 0 || isOver(saga.progress)) return;
  const stuck = results.find(({ outcome }) => outcome.kind !== "done");
  const fields = {
    kind: plan.kind,
    sagaId: saga.id,
    step: stuck?.outcome.step,
    attempts: saga.attempts,
  };
  log.error("a saga cannot go on: a person is needed", fields, stuck?.cause);
}

function dieAt<State>(point: Failpoint, saga: SagaRow<State>, { failpoint }: RunnerDeps<State>): void {
  if (failpoint?.(point, saga) === true) throw crash;
}
