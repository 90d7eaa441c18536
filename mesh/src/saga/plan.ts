import type { Origin } from "../handler.ts";
import type { Tx } from "../sql.ts";

/** What came of one attempt at a step. An attempt that throws DomainError unavailable/deadline/aborted/exhausted/internal is tried again with backoff; any other DomainError is a refusal. */
export type Outcome<State> =
  /** Done; `state` carries what was learnt (a payment's state, allocated locations). */
  | {
      readonly kind: "done";
      readonly state?: Partial<State>;
      /**
       * What the next stage waits for cannot be there yet, and will come with a signal that only this stage's end makes possible: it
       * is first asked then, or at `until` (epoch ms of the mesh's clock).
       */
      readonly rest?: { readonly until: number; readonly for: string };
    }
  /** It can never be done: before the pivot the saga turns back, naming `reason`. */
  | {
      readonly kind: "refused";
      readonly reason: string;
      readonly metadata?: Readonly<Record<string, string>>;
      readonly state?: Partial<State>;
    }
  /** Not yet: asked again at `until` (epoch ms of the mesh's clock), or as soon as the saga is signalled. */
  | {
      readonly kind: "waiting";
      readonly until: number;
      readonly for: string;
      readonly state?: Partial<State>;
    };

/** One thing to do and the way back from it. */
export type SagaStep<State> = {
  readonly name: string;
  /** Tries it, or tries again: same `key` (`<sagaId>/<name>`), same answer. */
  readonly perform: (state: State, attempt: StepAttempt) => Promise<Outcome<State>>;
  /** Takes it back, done or not (its answer may have been lost): succeeds when there is nothing to undo and leaves a tombstone that refuses a late `perform`. `too-late`: what was done can be taken back no more, so the saga goes forward again from here. Absent: nothing to take back. */
  readonly undo?: (state: State, attempt: StepAttempt) => Promise<void | "too-late">;
};

/** What a step is given. */
export type StepAttempt = {
  /** `<sagaId>/<stepName>`: the request_id of the calls it makes; undo uses `<key>/undo`. */
  readonly key: string;
  /** 1 for the first. */
  readonly number: number;
  readonly origin: Origin;
};

/** Steps that do not depend on one another: run side by side. The saga is persisted after each stage, unless that is carried. */
export type SagaStage<State> = {
  readonly steps: readonly SagaStep<State>[];
  /** True: once this stage is done there is no way back, only forward. At most one stage. */
  readonly isPivot?: boolean;
  /**
   * True: where all of it is done at once the next stage begins at once, and both are written down together. After a crash
   * between them it is asked again, by the same keys; whoever turns the saga back undoes the next stage too, begun or not.
   * Only before the pivot, and not where an undo may come too late.
   */
  readonly isCarried?: boolean;
};

/** A saga as data. `State` must survive JSON (bigint as string is the store's own business: keep ids and strings). */
export type SagaPlan<State> = {
  /** Unique in the service, never renamed: rows in flight carry it. */
  readonly kind: string;
  readonly stages: readonly SagaStage<State>[];
  /** Runs in the transaction that persists a stage boundary: moves the aggregates, emits events. `progress` is where the saga now is. */
  readonly onProgress: (tx: Tx, state: State, progress: SagaProgress) => Promise<void>;
  /** Failed rounds of a stage before the pivot after which it counts as refused STEP_UNAVAILABLE. Default 8; infinite where only a person or a refusal may turn it back. */
  readonly maxAttempts?: number;
  /** Attempts past the pivot before a person is alerted (it still goes on). Default 20. */
  readonly alertAfterAttempts?: number;
};

/** Where a saga is. */
export type SagaProgress = {
  readonly phase: "doing" | "undoing" | "forward" | "done" | "undone";
  /** The stage to do, or to undo, next. */
  readonly stage: number;
  /** Steps of that stage that are settled. */
  readonly settled: readonly string[];
  /** The last stage that may have begun, where that is a later one. */
  readonly reach?: number;
  /** Why it turned back. */
  readonly refusal?: {
    readonly step: string;
    readonly reason: string;
    readonly metadata: Readonly<Record<string, string>>;
  };
  /** Set while it waits. */
  readonly waiting?: { readonly step: string; readonly for: string; readonly until: number };
};

/** One line of a saga's history, for timelines and ExplainOrder. */
export type SagaLogEntry = {
  readonly sequence: number;
  readonly timeMs: number;
  readonly step: string;
  readonly action: "perform" | "undo";
  readonly result: "done" | "refused" | "waiting" | "failed";
  readonly attempt: number;
  readonly detail: string;
  readonly traceId: string;
};

/** How a service starts, wakes and reads its sagas of one kind. */
export type SagaDriver<State> = {
  /** Writes the saga in the caller's transaction; it is driven after the commit (by `drive`, or by the background driver at once if nobody does). Same id twice: no second saga. */
  begin(tx: Tx, id: string, state: State): Promise<void>;
  /** As begin, for several by one statement. */
  beginAll(tx: Tx, sagas: readonly { readonly id: string; readonly state: State }[]): Promise<void>;
  /** As beginAll for ids that nobody has used, written with the commit. */
  beginNew(tx: Tx, sagas: readonly { readonly id: string; readonly state: State }[]): void;
  /** Drives it inline until it rests (done, undone, waiting) or `deadlineMs` (real epoch ms) nears; returns where it is. */
  drive(id: string, deadlineMs: number): Promise<{ state: State; progress: SagaProgress }>;
  /**
   * As drive, and done as soon as the saga is past its pivot: from there it only goes on, and by itself. A wait that ends
   * before `deadlineMs` is sat out.
   */
  drivePastPivot(id: string, deadlineMs: number): Promise<{ state: State; progress: SagaProgress }>;
  /** What it waited for may have come: wakes it after the transaction's commit, in whichever replica. Nothing for an unknown or finished saga. */
  signal(tx: Tx, id: string): Promise<void>;
  /** Asks a saga that has not passed its pivot to turn back, naming `reason`; "too late" once past it. */
  cancel(tx: Tx, id: string, reason: string): Promise<"cancelling" | "too-late">;
  find(id: string): Promise<{ state: State; progress: SagaProgress; attempts: number } | undefined>;
  history(id: string): Promise<readonly SagaLogEntry[]>;
};
