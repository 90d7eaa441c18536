import type { PoolConnection } from "mysql2";
import type { DataSource, QueryRunner } from "typeorm";
import { position } from "../failpoint.ts";
import type { Matching, Tx } from "../sql.ts";
import type { Connections } from "./connections.ts";
import type { CommitHooks, OpenTransaction } from "./database.ts";
import { translate } from "./errors.ts";
import { eventRow, isPatient, type NewOutboxRow, type OutgoingWorld, taskRow } from "./outgoing.ts";
import {
  affected,
  type Insert,
  insertStatement,
  type Parameter,
  type Statement,
  type Statements,
} from "./statements.ts";

/** What a transaction works with. */
export type TransactionDeps = {
  readonly connections: Connections;
  readonly statements: Statements;
  readonly dataSource: DataSource;
  readonly world: OutgoingWorld;
  readonly hooks: CommitHooks;
};

/** A connection of those that commit nothing by themselves: the first statement begins its transaction, no statement none. */
type Session = {
  run(statement: string, parameters: readonly Parameter[]): Promise<unknown>;
  /** Several at once; their results. */
  runAll(batch: readonly Statement[]): Promise<readonly unknown[]>;
  /** The transaction's connection. */
  begun(): Promise<PoolConnection>;
  /** Sends `last` and the commit at once. */
  commit(last: readonly Statement[]): Promise<void>;
  rollback(): Promise<void>;
};

/** A transaction that nothing has been sent for yet. */
export function beginTransaction(deps: TransactionDeps): OpenTransaction {
  const session = createSession(deps);
  const outbox: NewOutboxRow[] = [];
  const last: Statement[] = [];
  const topics = new Set<string>();
  const actions: (() => void)[] = [];
  const hurry = { isUrgent: false };
  const tx = createTx(session, deps, { outbox, hurry, last, topics, actions });

  async function commit(): Promise<void> {
    const told = insertStatement("mesh_outbox", outbox);
    await session.commit(told === undefined ? last : [...last, told]);
    if (outbox.length > 0) deps.hooks.outboxWritten(!hurry.isUrgent);
    if (topics.size > 0) deps.hooks.wake([...topics]);
    for (const action of actions) action();
  }

  return { tx, commit, rollback: () => session.rollback() };
}

type Pending = {
  readonly outbox: NewOutboxRow[];
  /** Whether somebody waits for one of them. */
  readonly hurry: { isUrgent: boolean };
  readonly last: Statement[];
  readonly topics: Set<string>;
  readonly actions: (() => void)[];
};

function createTx(session: Session, deps: TransactionDeps, { outbox, hurry, last, topics, actions }: Pending): Tx {
  let runner: QueryRunner | undefined;
  return {
    async rows<Row>(statement: string, values: readonly Parameter[] = []) {
      return (await session.run(statement, values)) as Row[];
    },
    async row<Row>(statement: string, values: readonly Parameter[] = []) {
      return ((await session.run(statement, values)) as Row[])[0];
    },
    async execute(statement, values = []) {
      return affected(await session.run(statement, values));
    },
    async insert(table, rows) {
      const insert = insertStatement(table, rows);
      if (insert !== undefined) await session.run(insert.statement, insert.parameters);
    },
    async allRows(...queries) {
      return (await session.runAll(
        queries.map(({ statement, values = [] }) => ({ statement, parameters: values })),
      )) as unknown[][];
    },
    executeLast: (statement, values = [], matching?: Matching) =>
      void last.push({ statement, parameters: values, matching }),
    insertLast(table, rows) {
      const insert = insertStatement(table, rows);
      if (insert !== undefined) last.push(...withRows(last.pop(), insert));
    },
    get manager() {
      runner ??= runnerOn(session, deps.dataSource);
      return runner.manager;
    },
    emit(event, fields, aggregate) {
      outbox.push(eventRow(event, fields, aggregate, deps.world));
      hurry.isUrgent ||= !isPatient(event);
    },
    enqueue(task, fields, key) {
      outbox.push(taskRow(task, fields, key, deps.world));
      hurry.isUrgent = true;
    },
    wake: (topic) => void topics.add(topic),
    onCommit: (action) => void actions.push(action),
  };
}

/** `insert` after what is to be sent before it: one statement where that inserts the same columns into the same table. */
function withRows(before: Statement | undefined, insert: Insert): readonly Statement[] {
  if (before === undefined) return [insert];
  if (before.statement !== insert.statement) return [before, insert];
  const rows = [before, insert].flatMap(({ parameters: [given] }) => given as Insert["parameters"][0]);
  return [{ ...insert, parameters: [rows] }];
}

function createSession(deps: TransactionDeps): Session {
  const { connections, statements } = deps;
  let opening: Promise<PoolConnection> | undefined;
  let isOver = false;
  // The server has rolled back already: what follows would be committed by itself.
  let broken: Promise<never> | undefined;

  async function begun(): Promise<PoolConnection> {
    if (isOver) throw new Error("a statement came after its transaction had ended");
    opening ??= connections.acquire();
    return broken ?? opening;
  }

  async function run(statement: string, parameters: readonly Parameter[]): Promise<unknown> {
    return (await runAll([{ statement, parameters }]))[0];
  }

  const runAll = inOneBreath(async (batch) => {
    try {
      return await statements.runAll(await begun(), batch);
    } catch (error) {
      if (endsTransaction(error)) broken ??= refused(error);
      throw error;
    }
  });

  async function commit(last: readonly Statement[]): Promise<void> {
    if (opening === undefined && last.length === 0) {
      isOver = true;
      return;
    }
    const connection = await begun();
    isOver = true;
    position("before-commit");
    try {
      await statements.runAll(connection, [...last, { statement: "COMMIT", parameters: [] }]);
    } catch (error) {
      await takeBack(connection, deps);
      throw error;
    }
    position("after-commit");
    statements.committed();
    connections.release(connection);
  }

  async function rollback(): Promise<void> {
    if (isOver) return;
    isOver = true;
    const connection = await opening?.catch(() => undefined);
    if (connection !== undefined) await takeBack(connection, deps);
  }

  return { run, runAll, begun, commit, rollback };
}

type SendAll = (batch: readonly Statement[]) => Promise<readonly unknown[]>;

/** What is asked in one breath (`Promise.all`) is sent at once, in its order: one way to the server and back. */
function inOneBreath(send: SendAll): SendAll {
  let waiting: Statement[] = [];
  let sending: Promise<readonly unknown[]> | undefined;

  async function sendWaiting(): Promise<readonly unknown[]> {
    await Promise.resolve();
    const batch = waiting;
    waiting = [];
    sending = undefined;
    return send(batch);
  }

  return async (batch) => {
    const first = waiting.length;
    waiting.push(...batch);
    sending ??= sendWaiting();
    return (await sending).slice(first, first + batch.length);
  };
}

async function takeBack(connection: PoolConnection, { connections, statements }: TransactionDeps): Promise<void> {
  try {
    await statements.run(connection, "ROLLBACK", []);
    connections.release(connection);
  } catch {
    // The connection is gone, and the server rolls back by itself.
    connections.release(connection, true);
  }
}

// A promise that is refused already, and that nobody need await.
function refused(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return promise;
}

function endsTransaction(error: unknown): boolean {
  const reason = (error as { readonly reason?: unknown }).reason;
  return reason === "DATABASE_CONTENTION" || reason === "DATABASE_UNAVAILABLE";
}

// TypeORM's own way to the same transaction: its runner takes our connection and believes that it has begun one.
function runnerOn(session: Session, dataSource: DataSource): QueryRunner {
  const runner = dataSource.createQueryRunner("master");
  const query = runner.query.bind(runner);
  return Object.assign(runner, {
    isTransactionActive: true,
    transactionDepth: 1,
    connect: () => session.begun(),
    query: async (...call: Parameters<typeof query>) => {
      try {
        return await query(...call);
      } catch (error) {
        throw translate((error as { readonly driverError?: unknown }).driverError ?? error, call[0]);
      }
    },
  });
}
