import type { Clock } from "@shopmesh/kernel";
import type { Database } from "../database/database.ts";
import type { Log } from "../log.ts";
import { isAtRest, isOver } from "./machine.ts";
import { createRetries } from "./retries.ts";
import { type ActionResult, allFailed, logEntries, performActions, type RoundDeps, settle } from "./round.ts";
import { withOperation } from "../telemetry/spans.ts";
import { findSaga, insertLog, moveLease, releaseLeases, type SagaRow, takeLease, updateSaga } from "./store.ts";
import { within } from "./within.ts";

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
  /** For tests: true lets the runner die there, as a process does. */
  readonly failpoint?: ((point: Failpoint, saga: SagaRow<State>) => boolean) | undefined;
};

/** Drives sagas of one kind in this process, each by one loop at a time. */
export type Runner<State> = {
  /** Drives the saga until it rests or nobody may; joins the loop that does already. */
  drive(id: string): Promise<SagaRow<State> | undefined>;
  /** As drive for a saga that this process has just begun, and leased; where nobody waits for it, after those who are waited for. */
  begin(saga: SagaRow<State>): void;
  /** As drive, and done as soon as it is past its pivot; what is left goes on. */
  drivePastPivot(id: string): Promise<SagaRow<State> | undefined>;
  /** As drive; a loop that is near its end looks once more. */
  wake(id: string): void;
  readonly isRunning: (id: string) => boolean;
  readonly runningCount: () => number;
  /** It drives no more: another process goes on. */
  readonly isStopping: () => boolean;
  /** Lets the loops end after the stage they are at, and others go on with what is left. */
  stop(): Promise<void>;
};

export const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
const STOP_TIMEOUT_MS = 10_000;

const conflict = new Error("somebody else wrote the saga");
const crash = new Error("the runner died at a failpoint");

type Loop<State> = {
  isWanted: boolean;
  /** Somebody waits for its pivot, for its end: it gives way to nobody. */
  readonly awaited: Readonly<Record<End, PromiseWithResolvers<void>>>;
  readonly passed: PromiseWithResolvers<SagaRow<State> | undefined>;
  readonly done: PromiseWithResolvers<SagaRow<State> | undefined>;
};

/** The loops of one process. */
export function createRunner<State>(deps: RunnerDeps<State>): Runner<State> {
  const loops = new Map<string, Loop<State>>();
  const retries = createRetries(wake, deps.clock);
  let isStopping = false;
  let isDead = false;
  const loopDeps = { ...deps, isStopping: () => isStopping };

  function join(id: string, known?: SagaRow<State>, isPatient = false): Loop<State> | undefined {
    if (loops.has(id) || isStopping) return loops.get(id);
    const loop = newLoop<State>();
    loops.set(id, loop);
    const start = isPatient ? giveWay(loop, "pivot", deps) : Promise.resolve();
    void withOperation(`saga ${deps.plan.kind}`, () => start.then(() => turn(id, loop, known)));
    return loop;
  }

  async function turn(id: string, loop: Loop<State>, known: SagaRow<State> | undefined): Promise<void> {
    let saga = known;
    const isLeft = () => loop.isWanted && !isStopping && (saga === undefined || !isOver(saga.progress));
    for (let first = known; isLeft(); first = undefined) {
      loop.isWanted = false;
      saga = await runToRest(id, first, { ...loopDeps, onPassed: (at) => letGo(loop, at, deps) }).catch(notDriven(id));
      if (saga !== undefined) retries.add(saga);
    }
    loops.delete(id);
    loop.passed.resolve(saga);
    loop.done.resolve(saga);
  }

  const notDriven = (id: string) => (error: unknown) => {
    if (error === crash) isStopping = isDead = true;
    else deps.log.error("a saga could not be driven", { kind: deps.plan.kind, sagaId: id }, error);
    return undefined;
  };

  function wake(id: string): void {
    const running = loops.get(id);
    if (running !== undefined) running.isWanted = true;
    else join(id);
  }

  async function stop(): Promise<void> {
    isStopping = true;
    retries.clear();
    await within(STOP_TIMEOUT_MS, Promise.all(Array.from(loops.values(), ({ done }) => done.promise)));
    if (!isDead) await giveBack(deps);
  }

  return {
    drive: async (id) => hurry(join(id), "pivot", "rest")?.done.promise,
    drivePastPivot: async (id) => hurry(join(id), "pivot")?.passed.promise,
    begin: (saga) => void join(saga.id, saga, true),
    wake,
    isRunning: (id) => loops.has(id),
    runningCount: () => loops.size,
    isStopping: () => isStopping,
    stop,
  };
}

type End = "pivot" | "rest";

function newLoop<State>(): Loop<State> {
  return {
    isWanted: true,
    awaited: { pivot: Promise.withResolvers(), rest: Promise.withResolvers() },
    passed: Promise.withResolvers(),
    done: Promise.withResolvers(),
  };
}

function hurry<State>(loop: Loop<State> | undefined, ...ends: readonly End[]): Loop<State> | undefined {
  for (const end of ends) loop?.awaited[end].resolve();
  return loop;
}

function giveWay<State>({ awaited }: Loop<State>, end: End, { lull }: RunnerDeps<State>): Promise<void> {
  return Promise.race([lull(), awaited[end].promise]);
}

function letGo<State>(loop: Loop<State>, passed: SagaRow<State>, deps: RunnerDeps<State>): Promise<void> {
  loop.passed.resolve(passed);
  return giveWay(loop, "rest", deps);
}

// Those too that the last calls and events began and that this process did not come to drive.
async function giveBack<State>({ database, plan, instanceId, log }: RunnerDeps<State>): Promise<void> {
  try {
    await releaseLeases(database.sql, plan.kind, instanceId);
  } catch (error) {
    log.warn("sagas were not given back: others take them over when their leases end", { kind: plan.kind }, error);
  }
}

type LoopDeps<State> = RunnerDeps<State> & {
  readonly isStopping: () => boolean;
  /** Hears that it is past its pivot; awaited. */
  readonly onPassed: (saga: SagaRow<State>) => Promise<void>;
};

async function runToRest<State>(
  id: string,
  known: SagaRow<State> | undefined,
  deps: LoopDeps<State>,
): Promise<SagaRow<State> | undefined> {
  let held = known === undefined ? await acquire(id, deps) : { saga: known, isHeld: true };
  while (held?.isHeld === true) {
    const { saga } = held;
    // Counted apart: nobody waits for what is past the pivot.
    const next = await (saga.progress.phase === "forward"
      ? withOperation(`saga ${deps.plan.kind} forward`, () => round(saga, deps))
      : round(saga, deps));
    if (next?.progress.phase === "forward") await deps.onPassed(next);
    // Somebody wrote meanwhile, a wish to turn back: read it again.
    if (next === undefined) held = await acquire(id, deps);
    else if (next.leaseOwner === undefined) return next;
    else if (deps.isStopping()) {
      await moveLease(deps.database.sql, { kind: deps.plan.kind, id }, deps.instanceId, 0);
      return next;
    } else held = { saga: next, isHeld: true };
  }
  return held?.saga;
}

async function acquire<State>(
  id: string,
  deps: RunnerDeps<State>,
): Promise<{ readonly saga: SagaRow<State>; readonly isHeld: boolean } | undefined> {
  const key = { kind: deps.plan.kind, id };
  const saga = await findSaga<State>(deps.database.sql, key);
  if (saga === undefined) return undefined;
  const nowMs = deps.realTime();
  const isLeased = saga.leaseUntilMs > nowMs && saga.leaseOwner !== deps.instanceId;
  if (saga.wakeMs === undefined || saga.wakeMs > deps.clock() || isLeased) return { saga, isHeld: false };
  const lease = { owner: deps.instanceId, nowMs, untilMs: nowMs + LEASE_MS };
  const isHeld = await takeLease(deps.database.sql, { ...key, version: saga.version }, lease, deps.clock());
  return {
    saga: isHeld ? { ...saga, leaseOwner: lease.owner, leaseUntilMs: lease.untilMs } : saga,
    isHeld,
  };
}

// One stage: its steps, then one transaction. Undefined where somebody else wrote first.
async function round<State>(saga: SagaRow<State>, deps: RunnerDeps<State>): Promise<SagaRow<State> | undefined> {
  dieAt("before-steps", saga, deps);
  const results = await renewing(saga.id, deps, () => performActions(saga, deps));
  dieAt("after-steps", saga, deps);
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

async function persist<State>(
  saga: SagaRow<State>,
  results: readonly ActionResult<State>[],
  deps: RunnerDeps<State>,
): Promise<SagaRow<State>> {
  const { plan, database, clock } = deps;
  const next = leased(settle(saga, results, deps), deps);
  const news = results.filter((result) => !isRepeatedWait(saga, result));
  const isNews = news.some(({ outcome }) => outcome.kind !== "failed") || next.progress.phase !== saga.progress.phase;
  await database.transaction(async (tx) => {
    if (!(await updateSaga(tx, plan.kind, next, clock()))) throw conflict;
    if (isNews) await plan.onProgress(tx, next.state, next.progress);
    insertLog(tx, { kind: plan.kind, id: next.id, version: next.version }, logEntries(saga, news, clock()));
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
