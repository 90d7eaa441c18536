import { randomBytes } from "node:crypto";
import { type Clock, DomainError, type Entropy } from "@shopmesh/kernel";
import type { Database } from "../database/database.ts";
import { pause } from "../backoff.ts";
import { isDuplicate } from "../database/errors.ts";
import type { Origin } from "../handler.ts";
import type { Log } from "../log.ts";
import type { Tx } from "../sql.ts";
import { observeGauge } from "../telemetry/metrics.ts";
import { begin, isAtRest, isOver, shapeOf, turnBack } from "./machine.ts";
import type { SagaDriver, SagaPlan, SagaProgress } from "./plan.ts";
import { createPoller, type Poller } from "./poller.ts";
import { type Failpoint, LEASE_MS, type RunnerDeps } from "./boundary.ts";
import { createRunner, drivenSince, type Runner } from "./runner.ts";
import {
  countStuck,
  findLog,
  findSaga,
  insertLog,
  insertSagas,
  insertSagasLast,
  lockSaga,
  type SagaRow,
  updateSaga,
  wakeSaga,
} from "./store.ts";
import { activeTraceId, NO_TRACE } from "./trace.ts";
import { within } from "./within.ts";

/** How sagas of one kind are driven. */
export type SagaDriverOptions<State> = {
  readonly plan: SagaPlan<State>;
  readonly database: Database;
  /** The mesh's clock: waits and backoff. */
  readonly clock: Clock;
  readonly log: Log;
  /** Names this process's leases; the same after its restart lets it take them over at once. */
  readonly instanceId: string;
  /** The service, for its spans. */
  readonly service?: string;
  /** An origin that acts as the service. */
  readonly origin: (options: { readonly timeoutMs: number; readonly requestId?: string }) => Origin;
  /** Instead of the plan's own. */
  readonly maxAttempts?: number;
  /** Resolves when this process has time for what nobody waits for. Default: at once. */
  readonly lull?: () => Promise<void>;
  /** Looks for what is due, together with the service's other drivers. Default: one of its own. */
  readonly poller?: Poller;
  /** Of a poller of its own. Default 1 s. */
  readonly pollMs?: number;
  readonly entropy?: Entropy;
  /** For tests: waits so long before who was refused OVERLOADED asks again. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Real epoch ms, for leases and deadlines. Default Date.now. */
  readonly realTime?: Clock;
  /** For tests: true lets this driver die there. */
  readonly failpoint?: (point: Failpoint, saga: SagaRow<State>) => boolean;
};

/** A driver with its background loop. */
export type RunningSagaDriver<State> = SagaDriver<State> & {
  /** Takes over what a crash left, then looks for what is due every second. */
  start(): Promise<void>;
  /** Ends the loop after the stages that are being done, and lets others go on with what is left. */
  stop(): Promise<void>;
};

/** Kept back from a caller's deadline, for its answer. */
const RESERVE_MS = 100;
const LOOK_AGAIN_MS = 100;
/** So long a signal to a wait that somebody sits out may go unheard here. */
const WAITED_MS = 500;

/** Drives the sagas of `plan` over mesh_saga. Throws at once for a plan that cannot be. */
export function createSagaDriver<State>(options: SagaDriverOptions<State>): RunningSagaDriver<State> {
  const { plan, database } = options;
  const realTime = options.realTime ?? Date.now;
  const poller = options.poller ?? createPoller({ ...options, realTime, sql: database.sql });
  const deps: RunnerDeps<State> = {
    ...options,
    places: poller.places,
    onEnded: poller.ended,
    shape: shapeOf(plan),
    maxAttempts: options.maxAttempts ?? plan.maxAttempts ?? 8,
    entropy: options.entropy ?? randomBytes,
    realTime,
    lull: options.lull ?? (() => Promise.resolve()),
    failpoint: options.failpoint,
  };
  const runner = createRunner(deps);
  poller.add(plan.kind, runner);
  const key = (id: string) => ({ kind: plan.kind, id });
  observeGauge(
    "mesh.saga.stuck",
    "Sagas that nobody drives though they are due, or whose step fails again and again.",
    async () => {
      const counts = await countStuck(database.sql, plan.kind, { nowMs: deps.clock(), realMs: deps.realTime() });
      return Object.entries(counts).map(([how, value]) => ({ value, labels: { kind: plan.kind, how } }));
    },
  );
  return {
    begin: (tx, id, state) => beginSagas(tx, [{ id, state }], { deps, runner }),
    beginAll: (tx, sagas) => beginSagas(tx, sagas, { deps, runner }),
    beginNew(tx, begun) {
      const sagas = newRows(begun, deps);
      insertSagasLast(tx, plan.kind, sagas, deps.clock());
      for (const saga of sagas) tx.onCommit(() => runner.begin(saga));
    },
    drive: (id, deadlineMs) => driveUntil(id, deadlineMs, "rest", { deps, runner }),
    drivePastPivot: (id, deadlineMs) => driveUntil(id, deadlineMs, "forward", { deps, runner }),
    async signal(tx, id) {
      wakeSaga(tx, key(id));
      tx.onCommit(() => runner.wake(id));
    },
    cancel: (tx, id, reason) => cancelSaga(tx, { id, reason }, { deps, runner }),
    async find(id) {
      const saga = await findSaga<State>(database.sql, key(id));
      return saga === undefined ? undefined : { state: saga.state, progress: saga.progress, attempts: saga.attempts };
    },
    history: (id) => findLog(database.sql, key(id)),
    start: () => poller.start(),
    async stop() {
      await poller.stop();
      await runner.stop();
    },
  };
}

type Ground<State> = { readonly deps: RunnerDeps<State>; readonly runner: Runner<State> };

async function beginSagas<State>(
  tx: Tx,
  begun: readonly { readonly id: string; readonly state: State }[],
  { deps, runner }: Ground<State>,
): Promise<void> {
  const sagas = newRows(begun, deps);
  try {
    await insertSagas(tx, deps.plan.kind, sagas, deps.clock());
  } catch (error) {
    if (!isDuplicate(error, "PRIMARY")) throw error;
    // One of them is there already: the others are begun without it.
    if (begun.length > 1) for (const saga of begun) await beginSagas(tx, [saga], { deps, runner });
    return;
  }
  for (const saga of sagas) tx.onCommit(() => runner.begin(saga));
}

function newRows<State>(
  begun: readonly { readonly id: string; readonly state: State }[],
  deps: RunnerDeps<State>,
): readonly SagaRow<State>[] {
  return begun.map(
    ({ id, state }): SagaRow<State> => ({
      id,
      version: 1n,
      progress: begin(deps.shape),
      // As it will be read again: a later owner must not see other values than the first.
      state: JSON.parse(JSON.stringify(state)) as State,
      rounds: 0,
      attempts: 0,
      wakeMs: deps.clock(),
      leaseOwner: deps.instanceId,
      leaseUntilMs: deps.realTime() + LEASE_MS,
      traceId: activeTraceId() ?? NO_TRACE,
    }),
  );
}

async function driveUntil<State>(
  id: string,
  deadlineMs: number,
  end: "rest" | "forward",
  { deps, runner }: Ground<State>,
): Promise<{ state: State; progress: SagaProgress }> {
  const drive = end === "rest" ? runner.drive : runner.drivePastPivot;
  for (;;) {
    const hadMs = deadlineMs - deps.realTime() - RESERVE_MS;
    const driven = hadMs > 0 ? await within(hadMs, drive(id)) : undefined;
    const saga = driven ?? (await findSaga<State>(deps.database.sql, { kind: deps.plan.kind, id }));
    if (saga === undefined) throw new DomainError("not-found", "SAGA_NOT_FOUND", { kind: deps.plan.kind, id });
    const leftMs = runner.isStopping() ? 0 : deadlineMs - deps.realTime() - RESERVE_MS;
    // Signalled or due, it rests no more: another replica is at it.
    const waitMs = isAtRest(saga.progress) ? (saga.wakeMs ?? Number.POSITIVE_INFINITY) - deps.clock() : 0;
    const isHere = isOver(saga.progress) || saga.progress.phase === end;
    if (isHere || leftMs <= 0 || waitMs > (end === "rest" ? 0 : leftMs))
      return { state: saga.state, progress: saga.progress };
    await pause(Math.max(1, Math.min(leftMs, waitMs > 0 ? Math.min(waitMs, WAITED_MS) : LOOK_AGAIN_MS)));
  }
}

async function cancelSaga<State>(
  tx: Tx,
  { id, reason }: { readonly id: string; readonly reason: string },
  { deps, runner }: Ground<State>,
): Promise<"cancelling" | "too-late"> {
  const { plan, shape, clock } = deps;
  const found = await lockSaga<State>(tx, { kind: plan.kind, id });
  if (found === undefined) throw new DomainError("not-found", "SAGA_NOT_FOUND", { kind: plan.kind, id });
  const saga = drivenSince(found, shape);
  const progress = turnBack(shape, saga.progress, reason);
  if (progress === undefined) return "too-late";
  if (progress === saga.progress) return "cancelling";
  const wakeMs = isOver(progress) ? undefined : clock();
  const next = { ...saga, version: saga.version + 1n, progress, rounds: 0, attempts: 0, wakeMs };
  await updateSaga(tx, plan.kind, next, clock());
  await plan.onProgress(tx, next.state, progress);
  const traceId = activeTraceId() ?? saga.traceId;
  insertLog(tx, { kind: plan.kind, id, version: next.version }, [
    {
      timeMs: clock(),
      step: "",
      action: "undo",
      result: "refused",
      attempt: 1,
      detail: reason,
      traceId,
    },
  ]);
  tx.onCommit(() => runner.wake(id));
  return "cancelling";
}
