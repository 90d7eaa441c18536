import { randomBytes } from "node:crypto";
import { uuidv7 } from "@shopmesh/kernel";
import type { ExecutionContext } from "ava";
import mysql from "mysql2/promise";
import type { EntitySchema, MigrationInterface } from "typeorm";
import type { CommitHooks, Database } from "../database/database.ts";
import { openDatabase } from "../database/open.ts";
import type { ServiceDefinition } from "../service.ts";

/** What a test's schema is made of; times and hooks where the test looks at them. */
export type TestDatabaseOptions = {
  /** Whose schema it is: its migrations run. */
  readonly service?: Pick<ServiceDefinition, "database">;
  /** Those that run where it is no service's. */
  readonly migrations?: readonly (new () => MigrationInterface)[];
  readonly tables?: readonly EntitySchema<never>[];
  readonly poolSize?: number;
  readonly clock?: () => number;
  readonly hooks?: Partial<CommitHooks>;
};

/** A database in a schema of its own, and a second way to the same schema for a second replica. */
export type TestDatabase = Database & {
  readonly url: string;
  /** Another pool on the same schema, as another process would have. */
  readonly another: () => Promise<Database>;
};

/** Opens a throwaway schema on the server of DATABASE_URL (an administrator's URL), dropped when the test ends. */
export async function testDatabase(t: ExecutionContext, options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const administratorUrl = process.env.DATABASE_URL;
  if (administratorUrl === undefined) throw new Error("DATABASE_URL is not set: an administrator's mysql:// URL");
  const schema = `test_${randomBytes(6).toString("hex")}`;
  await administer(administratorUrl, `CREATE DATABASE ${schema} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci`);
  const url = Object.assign(new URL(administratorUrl), {
    pathname: `/${schema}`,
  }).href;
  const opened: Database[] = [];
  t.teardown(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await administer(administratorUrl, `DROP DATABASE IF EXISTS ${schema}`);
  });
  async function another(): Promise<Database> {
    const database = await openDatabase({ ...settings(options), url });
    opened.push(database);
    return database;
  }
  return { ...(await another()), url, another };
}

function settings(options: TestDatabaseOptions) {
  const clock = options.clock ?? Date.now;
  return {
    service: "test",
    migrations: options.service?.database?.migrations ?? options.migrations ?? [],
    tables: options.tables ?? [],
    poolSize: options.poolSize ?? 4,
    clock,
    newId: () => uuidv7(clock(), (length) => randomBytes(length)),
    region: "eu",
    hooks: {
      outboxWritten: () => undefined,
      wake: () => undefined,
      ...options.hooks,
    },
    retry: { forMs: 5_000 },
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const connection = await mysql.createConnection(url);
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}
