import { setTimeout } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import type { MigrationInterface, QueryRunner } from "typeorm";
import type { Database } from "../src/database/database.ts";
import type { Origin } from "../src/handler.ts";
import type { Log, LogFields } from "../src/log.ts";
import { createSagaDriver, type RunningSagaDriver, type SagaDriverOptions } from "../src/saga/driver.ts";
import type { Outcome, SagaPlan, SagaStep } from "../src/saga/plan.ts";
import { type TestDatabase, testDatabase } from "../src/testing/database.ts";

/** What the test's sagas carry. */
export type State = { readonly orderId: string; readonly payment?: string; readonly note?: string };

class Boundaries1800000000000 implements MigrationInterface {
  name = "Boundaries1800000000000";
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      "CREATE TABLE boundary (number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, saga VARCHAR(64) NOT NULL, position VARCHAR(64) NOT NULL)",
    );
  }
  async down(): Promise<void> {}
}

/** A database with the table that `onProgress` writes. */
export async function open(t: ExecutionContext, clock = Date.now): Promise<TestDatabase> {
  return testDatabase(t, { migrations: [Boundaries1800000000000], poolSize: 6, clock });
}

/** What the steps did, in order: "perform hold", "undo hold". */
export type Deeds = string[];

type Answers = Readonly<Record<string, (state: State, number: number) => Outcome<State> | Promise<Outcome<State>>>>;

/** A plan of hold ∥ coupon → pay → confirm (pivot) → ship; `answers` replaces what a step says. */
export function checkout(deeds: Deeds, answers: Answers = {}): SagaPlan<State> {
  const step = (name: string): SagaStep<State> => ({
    name,
    async perform(state, { key, number }) {
      deeds.push(`perform ${key}`);
      return (await answers[name]?.(state, number)) ?? { kind: "done" };
    },
    async undo(_, { key }) {
      deeds.push(`undo ${key}`);
      await answers[`undo ${name}`]?.(_, 1);
    },
  });
  return {
    kind: "checkout",
    stages: [
      { steps: [step("hold"), step("coupon")] },
      { steps: [step("pay")] },
      { steps: [step("confirm")], isPivot: true },
      { steps: [step("ship")] },
    ],
    async onProgress(tx, state, { phase, stage, waiting }) {
      const position = `${phase} ${stage}${waiting === undefined ? "" : ` waiting for ${waiting.for}`}`;
      await tx.insert("boundary", [{ saga: state.orderId, position }]);
    },
    alertAfterAttempts: 3,
  };
}

/** The boundaries that were committed, in order. */
export async function boundaries({ sql }: Database, saga = "s1"): Promise<readonly string[]> {
  const rows = await sql.rows<{ position: string }>("SELECT position FROM boundary WHERE saga = ? ORDER BY number", [
    saga,
  ]);
  return rows.map((row) => row.position);
}

/** A driver that is stopped when the test ends. */
export function driver(
  t: ExecutionContext,
  database: Database,
  plan: SagaPlan<State>,
  options: Partial<SagaDriverOptions<State>> = {},
): RunningSagaDriver<State> {
  const created = createSagaDriver<State>({
    plan,
    database,
    clock: Date.now,
    log: quiet,
    instanceId: "one",
    origin: () => origin,
    pollMs: 20,
    ...options,
  });
  t.teardown(() => created.stop());
  return created;
}

/** Starts a saga as a handler does. */
export async function start(database: Database, sagas: RunningSagaDriver<State>, id = "s1"): Promise<void> {
  await database.transaction((tx) => sagas.begin(tx, id, { orderId: id }));
}

/** Drives with time enough. */
export const soon = () => Date.now() + 10_000;

/** Looks until the saga is over, and says how; the test's own time-out is the bound. */
export async function ending(sagas: RunningSagaDriver<State>, id = "s1"): Promise<string> {
  for (;;) {
    const phase = (await sagas.find(id))?.progress.phase;
    if (phase === "done" || phase === "undone") return phase;
    await aMoment();
  }
}

/** Lets others work before one looks again. */
export const aMoment = () => setTimeout(5);

/** A log that keeps the errors. */
export function recordingLog(): Log & { readonly errors: LogFields[] } {
  const errors: LogFields[] = [];
  return { ...quiet, errors, error: (_, fields) => void errors.push(fields) };
}

/** A promise per name that a test resolves and a step awaits. */
export function gate(): {
  readonly reached: Promise<void>;
  readonly open: () => void;
  readonly pass: () => Promise<void>;
} {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    open: opened.resolve,
    async pass() {
      reached.resolve();
      await opened.promise;
    },
  };
}

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const origin: Origin = {
  actorToken: "",
  deadlineMs: Number.POSITIVE_INFINITY,
  signal: new AbortController().signal,
  requestId: "test",
  isInTransaction: false,
};
