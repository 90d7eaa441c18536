import type { Sql, Tx } from "../sql.ts";

/** A service's own schema: a pool as its own user, migrated. Opened by `openDatabase` in open.ts. */
export type Database = {
  readonly sql: Sql;
  /** A transaction at READ COMMITTED; repeated, bounded, after 1213 (deadlock) and 1205 (lock wait): `work` must be repeatable. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** A transaction left open for the caller to end; for the idempotency interceptor only. */
  begin(): Promise<OpenTransaction>;
  /** Resolves when a statement passes; for readiness. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

/** A transaction that its holder commits or rolls back. */
export type OpenTransaction = {
  readonly tx: Tx;
  /** Writes what was emitted, commits, then runs the hints. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
};

/** What the rest of the mesh hears after a commit. */
export type CommitHooks = {
  /** Something waits in the outbox; patient: nobody waits for it. */
  readonly outboxWritten: (isPatient: boolean) => void;
  /** Live streams of these topics have news. */
  readonly wake: (topics: readonly string[]) => void;
};

/** One message as the outbox keeps it. */
export type OutboxRow = {
  readonly id: string;
  readonly message_id: string;
  readonly subject: string;
  readonly aggregate_id: string;
  readonly version: string;
  /** JSON object of NATS headers (traceparent, region, time …). */
  readonly headers: string;
  readonly payload: Buffer;
  readonly create_ms: string;
};
