import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { EntityManager } from "typeorm";

/** A value that SQL takes. Dates are epoch ms in BIGINT columns; bytes are BINARY; no JSON objects. */
export type SqlValue = string | number | bigint | boolean | Uint8Array | null;

/** What a statement's marks stand for, in their order; a list stands for its values, separated by commas. */
export type SqlValues = readonly (SqlValue | readonly SqlValue[])[];

/**
 * A way to run statements: the pool, or one transaction. BIGINT columns arrive as strings: turn them into
 * BigInt or Number in store.ts, at this border.
 */
export type Sql = {
  /** The rows of a query with `?` placeholders; an array parameter spreads for `IN (?)`. */
  rows<Row>(statement: string, values?: SqlValues): Promise<Row[]>;
  /** The first row of a query. */
  row<Row>(statement: string, values?: SqlValues): Promise<Row | undefined>;
  /** Runs an INSERT, UPDATE or DELETE; the number of rows it matched. Throws DomainError exists/DUPLICATE on a unique key. */
  execute(statement: string, values?: SqlValues): Promise<number>;
  /** Inserts all `rows` (same keys) by one statement; nothing for none. */
  insert(table: string, rows: readonly Readonly<Record<string, SqlValue>>[]): Promise<void>;
  /** TypeORM's manager on the same connection, for what is not on a hot path. */
  readonly manager: EntityManager;
};

/** How many rows a statement must match, and what is thrown where it does not. */
export type Matching = {
  readonly rows: number;
  readonly otherwise: () => Error;
  /** Then a race was lost: the transaction is tried again whole, as after a deadlock. */
  readonly isRace?: boolean;
};

/** One open transaction. Nothing written by it is seen, published or run before its commit. */
export type Tx = Sql & {
  /** The rows of several queries that are sent at once, in one way to the server and back. */
  allRows(
    ...queries: readonly { readonly statement: string; readonly values?: readonly SqlValue[] }[]
  ): Promise<readonly unknown[][]>;
  /**
   * As `execute`, sent with the commit, so that it costs no way to the server of its own: for what nothing in this transaction
   * reads. It is the commit that fails where it is refused, and with it all that was done. `matching`: so too where it
   * matches fewer rows than that.
   */
  executeLast(statement: string, values?: SqlValues, matching?: Matching): void;
  /** As `insert`, sent with the commit like `executeLast`. */
  insertLast(table: string, rows: readonly Readonly<Record<string, SqlValue>>[]): void;
  /**
   * Says a fact: written to the outbox at commit, published after it. `version` is the aggregate's own version
   * after the change, for consumers that take only the latest.
   */
  emit<D extends DescMessage>(
    event: D,
    fields: MessageInitShape<D>,
    aggregate: { id: string; version: number | bigint },
  ): void;
  /** Hands work to the queue that the task's contract names: written to the outbox, at least once, de-duplicated by `key`. */
  enqueue<D extends DescMessage>(task: D, fields: MessageInitShape<D>, key: string): void;
  /** Wakes the live streams of `topic` in every replica after commit. */
  wake(topic: string): void;
  /** Runs `action` after the commit, in this process only; lost with a crash: for hints, never for effects. */
  onCommit(action: () => void): void;
};

/** `columns` for `UPDATE … SET`: the text behind SET, and the values of its placeholders in order. Names are the code's own. */
export function assignmentsOf(columns: Readonly<Record<string, SqlValue>>): {
  readonly list: string;
  readonly values: readonly SqlValue[];
} {
  const list = Object.keys(columns)
    .map((name) => `${name} = ?`)
    .join(", ");
  return { list, values: Object.values(columns) };
}
