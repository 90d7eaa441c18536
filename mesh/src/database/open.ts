import { metrics } from "@opentelemetry/api";
import type { Clock } from "@shopmesh/kernel";
import mysql, { type Pool, type PoolConnection, type PoolOptions } from "mysql2";
import { DataSource, type EntitySchema, type MigrationInterface } from "typeorm";
import type { Log } from "../log.ts";
import { position } from "../failpoint.ts";
import type { Sql, Tx } from "../sql.ts";
import { backoffMs, pause } from "../backoff.ts";
import { type Connections, createConnections, sessionStatements, transactionStatements } from "./connections.ts";
import type { CommitHooks, Database } from "./database.ts";
import { isConnectionLoss, isContention } from "./errors.ts";
import { MeshRuns1796000000000, MeshTables1750000000000 } from "./mesh-tables.ts";
import { runInside } from "./inside.ts";
import { migrate } from "./migrate.ts";
import { affected, createStatements, insertStatement, type Parameter, type Statements } from "./statements.ts";
import { beginTransaction, type TransactionDeps } from "./transaction.ts";

/** How a service's schema is opened. */
export type OpenDatabaseOptions = {
  /** mysql://user:password@host:port/schema */
  readonly url: string;
  readonly service: string;
  readonly migrations: readonly (new () => MigrationInterface)[];
  readonly tables: readonly EntitySchema[];
  readonly poolSize: number;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly region: string;
  readonly hooks: CommitHooks;
  readonly log?: Log;
  /** Hears how long each connection was waited for, in ms. */
  readonly onWait?: (waitMs: number) => void;
  /** How long a server that is not there yet is waited for. Default 30 s. */
  readonly retry?: { readonly forMs: number };
};

const MAX_TRANSACTION_ATTEMPTS = 6;
const CONTENTION_BACKOFF = { firstMs: 5, maxMs: 200 };
const CONNECT_BACKOFF = { firstMs: 100, maxMs: 2_000 };
const DEFAULT_RETRY_MS = 30_000;
const TRANSACTIONS_SHARE = 0.6;

/**
 * The service's schema, migrated: one replica at a time migrates. Waits a bounded time for a server that is not there;
 * throws an Error that names the service, the address and the cause.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const opened = await connect(options);
  const { dataSource } = opened;
  try {
    await migrate(dataSource);
  } catch (error) {
    await opened.close();
    throw new Error(`the migrations of ${options.service} failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const sizes = sizesOf(options);
  const statements = createStatements(options.service);
  const single = createConnections(opened.pools.single, sizes.single, options.onWait);
  const connections = createConnections(opened.pools.transactions, sizes.transactions, options.onWait);
  observePools({ statements: single, transactions: connections }, options.service);
  const deps = { connections, statements, dataSource, world: options, hooks: options.hooks };
  return createDatabase(deps, poolSql(single, statements, dataSource), opened.close);
}

/** A connection is for one of two things: statements by themselves, or transactions, which then need not be begun. */
function sizesOf({ poolSize }: OpenDatabaseOptions): { readonly single: number; readonly transactions: number } {
  const transactions = Math.ceil(poolSize * TRANSACTIONS_SHARE);
  return { transactions, single: Math.max(1, poolSize - transactions) };
}

function createDatabase(deps: TransactionDeps, sql: Sql, close: () => Promise<void>): Database {
  return {
    sql,
    transaction: (work) => repeatedly(async () => inTransaction(deps, work)),
    begin: async () => beginTransaction(deps),
    async ping() {
      await sql.row("SELECT 1");
    },
    close,
  };
}

async function inTransaction<T>(deps: TransactionDeps, work: (tx: Tx) => Promise<T>): Promise<T> {
  const open = beginTransaction(deps);
  try {
    const result = await runInside(() => work(open.tx));
    await open.commit();
    return result;
  } catch (error) {
    await open.rollback();
    throw error;
  }
}

/** What `attempt` gives; it runs again, a bounded number of times, after losing a race for locks. */
export async function repeatedly<T>(attempt: () => Promise<T>): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isContention(error) || number >= MAX_TRANSACTION_ATTEMPTS) throw error;
      await pause(backoffMs(number, CONTENTION_BACKOFF, Math.random()));
    }
  }
}

function poolSql(connections: Connections, statements: Statements, dataSource: DataSource): Sql {
  async function run(statement: string, parameters: readonly Parameter[]): Promise<unknown> {
    const connection = await connections.acquire();
    try {
      return await statements.run(connection, statement, parameters);
    } finally {
      connections.release(connection);
    }
  }
  // It commits by itself.
  async function write(statement: string, parameters: readonly Parameter[]): Promise<unknown> {
    position("before-commit");
    const result = await run(statement, parameters);
    position("after-commit");
    statements.committed();
    return result;
  }
  return {
    async rows<Row>(statement: string, values: readonly Parameter[] = []) {
      return (await run(statement, values)) as Row[];
    },
    async row<Row>(statement: string, values: readonly Parameter[] = []) {
      return ((await run(statement, values)) as Row[])[0];
    },
    async execute(statement, values = []) {
      return affected(await write(statement, values));
    },
    async insert(table, rows) {
      const insert = insertStatement(table, rows);
      if (insert !== undefined) await write(insert.statement, insert.parameters);
    },
    manager: dataSource.manager,
  };
}

type Opened = {
  readonly dataSource: DataSource;
  readonly pools: { readonly single: Pool; readonly transactions: Pool };
  close(): Promise<void>;
};

async function connect(options: OpenDatabaseOptions): Promise<Opened> {
  const giveUpMs = Date.now() + (options.retry?.forMs ?? DEFAULT_RETRY_MS);
  for (let attempt = 1; ; attempt++) {
    const { dataSource, pools } = createDataSource(options);
    try {
      await dataSource.initialize();
      const { single, transactions } = pools();
      const close = async (): Promise<void> => {
        await Promise.all([dataSource.destroy(), transactions.promise().end()]);
      };
      return { dataSource, pools: { single, transactions }, close };
    } catch (error) {
      const waitMs = backoffMs(attempt, CONNECT_BACKOFF, Math.random());
      if (!isConnectionLossAtStart(error) || Date.now() + waitMs > giveUpMs) throw cannotOpen(options, error);
      options.log?.warn("the database is not there yet", {
        attempt,
        cause: messageOf(error),
      });
      await pause(waitMs);
    }
  }
}

function createDataSource(options: OpenDatabaseOptions): {
  dataSource: DataSource;
  pools: () => Opened["pools"];
} {
  const url = new URL(options.url);
  const sizes = sizesOf(options);
  let pools: Opened["pools"] | undefined;
  // The pools are made by us, so that their first connections too get the session's settings.
  const driver = {
    createPool(poolOptions: PoolOptions): Pool {
      const open = (connectionLimit: number, settings: readonly string[], multipleStatements = false): Pool => {
        const pool = mysql.createPool({ ...poolOptions, connectionLimit, multipleStatements, enableKeepAlive: true });
        pool.on("connection", (connection) => prepare(connection, settings, options.log));
        return pool;
      };
      pools = {
        single: open(sizes.single, sessionStatements),
        transactions: open(sizes.transactions, transactionStatements, true),
      };
      return pools.single;
    },
  };
  const dataSource = new DataSource({
    type: "mariadb",
    driver,
    host: url.hostname,
    port: Number(url.port || "3306"),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    charset: "utf8mb4_unicode_520_ci",
    timezone: "Z",
    supportBigNumbers: true,
    bigNumberStrings: true,
    synchronize: false,
    logging: false,
    poolSize: options.poolSize,
    entities: [...options.tables],
    migrations: [MeshTables1750000000000, MeshRuns1796000000000, ...options.migrations],
  });
  return {
    dataSource,
    pools: () => {
      if (pools === undefined) throw new Error("the driver made no pool");
      return pools;
    },
  };
}

function prepare(connection: PoolConnection, settings: readonly string[], log: Log | undefined): void {
  connection.on("error", (error) => log?.warn("a database connection ended", { cause: messageOf(error) }));
  for (const statement of settings) {
    connection.query(statement, (error) => {
      if (error) connection.destroy();
    });
  }
}

function observePools(pools: Readonly<Record<string, Connections>>, service: string): void {
  const gauge = metrics.getMeter("mesh").createObservableGauge("mesh.sql.connections", {
    description: "Connections of the pools.",
  });
  gauge.addCallback((result) => {
    for (const [pool, connections] of Object.entries(pools)) {
      for (const [state, count] of Object.entries(connections.usage())) result.observe(count, { service, pool, state });
    }
  });
}

function isConnectionLossAtStart(error: unknown): boolean {
  // Wrong names and passwords are fatal too, and do not get right by waiting.
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return (
    !["ER_ACCESS_DENIED_ERROR", "ER_DBACCESS_DENIED_ERROR", "ER_BAD_DB_ERROR"].includes(code) && isConnectionLoss(error)
  );
}

function cannotOpen({ url, service }: OpenDatabaseOptions, error: unknown): Error {
  const { host, pathname } = new URL(url);
  return new Error(`the database of ${service} at ${host}${pathname} cannot be opened: ${messageOf(error)}`, {
    cause: error,
  });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node's AggregateError of a refused connection has no message of its own.
  return error.message || ("code" in error ? String(error.code) : error.name);
}
