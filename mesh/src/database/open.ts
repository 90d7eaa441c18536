import { metrics } from "@opentelemetry/api";
import type { Clock } from "@shopmesh/kernel";
import mysql, { type Pool, type PoolConnection, type PoolOptions } from "mysql2";
import { DataSource, type EntitySchema, type MigrationInterface } from "typeorm";
import type { Log } from "../log.ts";
import type { Sql, Tx } from "../sql.ts";
import { backoffMs, pause } from "./backoff.ts";
import { type Connections, createConnections, sessionStatements } from "./connections.ts";
import type { CommitHooks, Database } from "./database.ts";
import { isConnectionLoss, isContention } from "./errors.ts";
import { MeshTables1750000000000 } from "./mesh-tables.ts";
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

/**
 * The service's schema, migrated: one replica at a time migrates. Waits a bounded time for a server that is not there;
 * throws an Error that names the service, the address and the cause.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { dataSource, pool } = await connect(options);
  try {
    await migrate(dataSource);
  } catch (error) {
    await dataSource.destroy();
    throw new Error(`the migrations of ${options.service} failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const connections = createConnections(() => pool, options.poolSize, options.onWait);
  const statements = createStatements(options.service);
  observePool(connections, options.service);
  return createDatabase({
    connections,
    statements,
    dataSource,
    world: options,
    hooks: options.hooks,
  });
}

function createDatabase(deps: TransactionDeps): Database {
  const { connections, statements, dataSource } = deps;
  const sql = poolSql(connections, statements, dataSource);
  return {
    sql,
    transaction: (work) => repeatedly(async () => inTransaction(deps, work)),
    begin: async () => beginTransaction(deps),
    async ping() {
      await sql.row("SELECT 1");
    },
    close: () => dataSource.destroy(),
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
  return {
    async rows<Row>(statement: string, values: readonly Parameter[] = []) {
      return (await run(statement, values)) as Row[];
    },
    async row<Row>(statement: string, values: readonly Parameter[] = []) {
      return ((await run(statement, values)) as Row[])[0];
    },
    async execute(statement, values = []) {
      return affected(await run(statement, values));
    },
    async insert(table, rows) {
      const insert = insertStatement(table, rows);
      if (insert !== undefined) await run(insert.statement, insert.parameters);
    },
    manager: dataSource.manager,
  };
}

async function connect(options: OpenDatabaseOptions): Promise<{ dataSource: DataSource; pool: Pool }> {
  const giveUpMs = Date.now() + (options.retry?.forMs ?? DEFAULT_RETRY_MS);
  for (let attempt = 1; ; attempt++) {
    const { dataSource, pool } = createDataSource(options);
    try {
      await dataSource.initialize();
      return { dataSource, pool: pool() };
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
  pool: () => Pool;
} {
  const url = new URL(options.url);
  let pool: Pool | undefined;
  // The pool is made by us, so that its first connection too gets the session's settings.
  const driver = {
    createPool(poolOptions: PoolOptions): Pool {
      pool = mysql.createPool({ ...poolOptions, enableKeepAlive: true });
      pool.on("connection", (connection) => prepare(connection, options.log));
      return pool;
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
    migrations: [MeshTables1750000000000, ...options.migrations],
  });
  return {
    dataSource,
    pool: () => {
      if (pool === undefined) throw new Error("the driver made no pool");
      return pool;
    },
  };
}

function prepare(connection: PoolConnection, log: Log | undefined): void {
  connection.on("error", (error) => log?.warn("a database connection ended", { cause: messageOf(error) }));
  for (const statement of sessionStatements) {
    connection.query(statement, (error) => {
      if (error) connection.destroy();
    });
  }
}

function observePool(connections: Connections, service: string): void {
  const gauge = metrics.getMeter("mesh").createObservableGauge("mesh.sql.connections", {
    description: "Connections of the pool.",
  });
  gauge.addCallback((result) => {
    for (const [state, count] of Object.entries(connections.usage())) result.observe(count, { service, state });
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
