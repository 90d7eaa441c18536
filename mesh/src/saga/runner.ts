import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { LeanMap } from "@shopmesh/kernel";
import { withOperation } from "../telemetry/spans.ts";
import { crash, doStage, LEASE_MS, type RunnerDeps } from "./boundary.ts";
import { isOver, perhapsFurther, type PlanShape } from "./machine.ts";
import type { Place } from "./places.ts";
import { createRetries } from "./retries.ts";
import { findSaga, moveLease, releaseLeases, type SagaRow, takeLease } from "./store.ts";
import { within } from "./within.ts";

/** Drives sagas of one kind in this process, each by one loop at a time; those that nobody waits for as there are places. */
export type Runner<State> = {
  /** Drives the saga until it rests or nobody may; joins the loop that does already. */
  drive(id: string): Promise<SagaRow<State> | undefined>;
  /** As drive for a saga that this process has just begun, and leased; where nobody waits for it, after those who are waited for. */
  begin(saga: SagaRow<State>): void;
  /** As drive, and done as soon as it is past its pivot; what is left goes on. */
  drivePastPivot(id: string): Promise<SagaRow<State> | undefined>;
  /** As drive; a loop that is near its end looks once more. */
  wake(id: string): void;
  readonly runningCount: () => number;
  /** It drives no more: another process goes on. */
  readonly isStopping: () => boolean;
  /** Lets the loops end after the stage they are at, and others go on with what is left. */
  stop(): Promise<void>;
};

const STOP_TIMEOUT_MS = 10_000;

type Loop<State> = {
  isWanted: boolean;
  /** What somebody waits for by now. */
  readonly hurried: Set<End>;
  /** What it is driven in while nobody waits. */
  place: Place | undefined;
  /** Somebody waits for its pivot, for its end: it gives way to nobody. */
  readonly awaited: Readonly<Record<End, PromiseWithResolvers<void>>>;
  readonly passed: PromiseWithResolvers<SagaRow<State> | undefined>;
  readonly done: PromiseWithResolvers<SagaRow<State> | undefined>;
};

/** The loops of one process. */
export function createRunner<State>(deps: RunnerDeps<State>): Runner<State> {
  const loops = new LeanMap<string, Loop<State>>();
  const retries = createRetries(wake, deps.clock);
  const stopping = Promise.withResolvers<void>();
  const ground = { ...deps, stopping: stopping.promise };
  let isStopping = false;
  let isDead = false;

  function join(id: string, known?: SagaRow<State>, isPatient = false): Loop<State> | undefined {
    if (loops.has(id) || isStopping) return loops.get(id);
    const loop = newLoop<State>();
    loops.set(id, loop);
    void withOperation(`saga ${deps.plan.kind}`, () =>
      comeIn(loop, isPatient, ground).then(() => turn(id, loop, known)),
    );
    return loop;
  }

  async function turn(id: string, loop: Loop<State>, known: SagaRow<State> | undefined): Promise<void> {
    let saga = known;
    const loopDeps = loopDepsOf(loop, ground, () => isStopping);
    const isLeft = () => loop.isWanted && !isStopping && (saga === undefined || !isOver(saga.progress));
    for (let first = known; isLeft(); first = undefined) {
      loop.isWanted = false;
      saga = await runToRest(id, first, loopDeps).catch(notDriven(id));
      if (saga !== undefined) retries.add(saga);
    }
    loops.delete(id);
    leave(loop, saga, deps);
  }

  const notDriven = (id: string) => (error: unknown) => {
    if (error === crash) isStopping = isDead = true;
    else deps.log.error("a saga could not be driven", { kind: deps.plan.kind, sagaId: id }, error);
    return retries.again(id);
  };

  function wake(id: string): void {
    const loop = join(id);
    if (loop !== undefined) loop.isWanted = true;
  }

  async function stop(): Promise<void> {
    isStopping = true;
    stopping.resolve();
    retries.clear();
    await within(STOP_TIMEOUT_MS, Promise.all([...loops.values()].map(({ done }) => done.promise)));
    if (!isDead) await giveBack(deps);
  }

  return {
    drive: async (id) => hurry(join(id), "pivot", "rest")?.done.promise,
    drivePastPivot: async (id) => hurry(join(id), "pivot")?.passed.promise,
    begin: (saga) => void join(saga.id, saga, true),
    wake,
    runningCount: () => loops.size,
    isStopping: () => isStopping,
    stop,
  };
}

type End = "pivot" | "rest";

function newLoop<State>(): Loop<State> {
  return {
    isWanted: true,
    hurried: new Set(),
    place: undefined,
    awaited: { pivot: Promise.withResolvers(), rest: Promise.withResolvers() },
    passed: Promise.withResolvers(),
    done: Promise.withResolvers(),
  };
}

function hurry<State>(loop: Loop<State> | undefined, ...ends: readonly End[]): Loop<State> | undefined {
  for (const end of ends) {
    loop?.hurried.add(end);
    loop?.awaited[end].resolve();
  }
  return loop;
}

function giveWay<State>({ awaited }: Loop<State>, end: End, { lull }: RunnerDeps<State>): Promise<void> {
  return Promise.race([lull(), awaited[end].promise]);
}

type Placing<State> = RunnerDeps<State> & { readonly stopping: Promise<void> };

async function comeIn<State>(loop: Loop<State>, isPatient: boolean, deps: Placing<State>): Promise<void> {
  if (isPatient) await giveWay(loop, "pivot", deps);
  await findPlace(loop, "pivot", deps);
}

function leave<State>(loop: Loop<State>, saga: SagaRow<State> | undefined, { onEnded }: RunnerDeps<State>): void {
  loop.place?.leave();
  loop.passed.resolve(saga);
  loop.done.resolve(saga);
  onEnded();
}

// Whoever is waited for needs none.
async function findPlace<State>(loop: Loop<State>, end: End, { places, stopping }: Placing<State>): Promise<void> {
  if (loop.hurried.has(end) || loop.place !== undefined) return;
  loop.place = places.take();
  await Promise.race([loop.place.taken, loop.awaited[end].promise, stopping]);
}

function loopDepsOf<State>(loop: Loop<State>, deps: Placing<State>, isStopping: () => boolean): LoopDeps<State> {
  return {
    ...deps,
    origin: originOf(loop, deps),
    isAwaited: () => loop.hurried.size > 0,
    isStopping,
    async onPassed(saga) {
      loop.passed.resolve(saga);
      await giveWay(loop, "rest", deps);
      await findPlace(loop, "rest", deps);
    },
  };
}

// What nobody waits for asks after those who are waited for, wherever there is not room for both.
function originOf<State>({ hurried }: Loop<State>, { origin }: RunnerDeps<State>): RunnerDeps<State>["origin"] {
  return (options) => (hurried.size > 0 ? origin(options) : { ...origin(options), criticality: Criticality.NORMAL });
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
      ? withOperation(`saga ${deps.plan.kind} forward`, () => doStage(saga, deps))
      : doStage(saga, deps));
    if (next?.progress.phase === "forward") await deps.onPassed(next);
    // Somebody wrote meanwhile, a wish to turn back: read it again.
    if (next === undefined) held = await acquire(id, deps, saga.unwritten);
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
  unwritten?: SagaRow<State>["unwritten"],
): Promise<{ readonly saga: SagaRow<State>; readonly isHeld: boolean } | undefined> {
  const key = { kind: deps.plan.kind, id };
  const found = await findSaga<State>(deps.database.sql, key);
  if (found === undefined) return undefined;
  const saga = { ...drivenSince(found, deps.shape), unwritten };
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

/** Whoever had the lease may have come further than is written. */
export function drivenSince<State>(saga: SagaRow<State>, shape: PlanShape): SagaRow<State> {
  return saga.leaseOwner === undefined ? saga : { ...saga, progress: perhapsFurther(shape, saga.progress) };
}
