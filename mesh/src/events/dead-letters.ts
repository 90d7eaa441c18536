import { createHash, randomBytes } from "node:crypto";
import { DomainError, uuidv7 } from "@shopmesh/kernel";
import type { Database } from "../database/database.ts";
import type { Sql, SqlValue } from "../sql.ts";
import { injectActiveTrace } from "../telemetry/spans.ts";
import { type Envelope, metaOf } from "./envelope.ts";
import type { Reader } from "./reader.ts";

/** A message given up, as its row tells. */
export type DeadLetterRow = {
  readonly id: string;
  readonly consumer: string;
  readonly message_id: string;
  readonly subject: string;
  readonly headers: string;
  readonly payload: Buffer;
  readonly error: string;
  readonly deliveries: number;
  readonly create_ms: string;
};

/** Which dead letters; all that is left out fits. */
export type DeadLetterFilter = { readonly ids?: readonly string[]; readonly consumer?: string };

const COLUMNS = "id, consumer, message_id, subject, headers, payload, error, deliveries, create_ms";

/** Keeps a message that `consumer` gives up, with the trace of this last try. Once for a message and a consumer. */
export async function bury(
  sql: Sql,
  consumer: string,
  envelope: Envelope,
  error: unknown,
  nowMs: number,
): Promise<void> {
  const headers: Record<string, string> = { ...envelope.headers };
  injectActiveTrace({ set: (name, value) => (headers[name] = value) });
  const meta = metaOf(envelope);
  await sql.execute(
    `INSERT INTO mesh_dead_letter (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE error = VALUES(error), deliveries = VALUES(deliveries), headers = VALUES(headers)`,
    [
      uuidv7(nowMs, (length) => randomBytes(length)),
      consumer,
      meta.id || digestOf(envelope),
      envelope.subject,
      JSON.stringify(headers),
      envelope.payload,
      reasonOf(error),
      envelope.attempt,
      nowMs,
    ],
  );
}

/** The name of a message without an id: strangers' messages too are kept each by itself. */
function digestOf({ headers, payload }: Envelope): string {
  return createHash("sha256").update(JSON.stringify(headers)).update(payload).digest("hex");
}

/** A page of dead letters, newest first, older than the row `after`. */
export function listDeadLetters(
  sql: Sql,
  {
    consumer,
    after,
    limit,
  }: {
    readonly consumer: string;
    readonly after?: { createMs: string; id: string };
    readonly limit: number;
  },
): Promise<DeadLetterRow[]> {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  if (consumer !== "") {
    conditions.push("consumer = ?");
    values.push(consumer);
  }
  if (after !== undefined) {
    conditions.push("(create_ms < ? OR (create_ms = ? AND id < ?))");
    values.push(after.createMs, after.createMs, after.id);
  }
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  return sql.rows<DeadLetterRow>(
    `SELECT ${COLUMNS} FROM mesh_dead_letter ${where} ORDER BY create_ms DESC, id DESC LIMIT ${Math.trunc(limit)}`,
    values,
  );
}

/** How many dead letters each consumer has. */
export async function countDeadLetters(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.rows<{ consumer: string; count: string | number }>(
    "SELECT consumer, COUNT(*) AS count FROM mesh_dead_letter GROUP BY consumer",
  );
  return new Map(rows.map(({ consumer, count }) => [consumer, Number(count)]));
}

/** Forgets dead letters; the number of those that were there. */
export function dropDeadLetters(sql: Sql, ids: readonly string[]): Promise<number> {
  return sql.execute("DELETE FROM mesh_dead_letter WHERE id IN (?)", [ids]);
}

/** Redelivers dead letters one by one through the same inbox; how many had their effect. One that fails again stays, with its new error. */
export async function redrive(
  store: Pick<Database, "sql">,
  readers: ReadonlyMap<string, Reader>,
  { ids, consumer }: DeadLetterFilter,
): Promise<number> {
  if (consumer !== undefined && !readers.has(consumer))
    throw new DomainError("not-found", "CONSUMER_NOT_FOUND", { consumer });
  let count = 0;
  for (const id of ids ?? (await allIds(store.sql, consumer))) {
    const row = await store.sql.row<DeadLetterRow>(`SELECT ${COLUMNS} FROM mesh_dead_letter WHERE id = ?`, [id]);
    const reader = row === undefined ? undefined : readers.get(row.consumer);
    if (row === undefined || reader === undefined || (consumer !== undefined && row.consumer !== consumer)) continue;
    if (await redriveOne(store.sql, reader, row)) count += 1;
  }
  return count;
}

async function redriveOne(sql: Sql, reader: Reader, row: DeadLetterRow): Promise<boolean> {
  const envelope: Envelope = {
    subject: row.subject,
    headers: JSON.parse(row.headers) as Readonly<Record<string, string>>,
    payload: row.payload,
    attempt: row.deliveries + 1,
  };
  try {
    await reader.take(envelope, async (tx) => {
      await tx.execute("DELETE FROM mesh_dead_letter WHERE id = ?", [row.id]);
    });
    return true;
  } catch (error) {
    await sql.execute("UPDATE mesh_dead_letter SET deliveries = deliveries + 1, error = ? WHERE id = ?", [
      reasonOf(error),
      row.id,
    ]);
    return false;
  }
}

async function allIds(sql: Sql, consumer: string | undefined): Promise<string[]> {
  const rows =
    consumer === undefined
      ? await sql.rows<{ id: string }>("SELECT id FROM mesh_dead_letter ORDER BY create_ms, id LIMIT 1000")
      : await sql.rows<{ id: string }>(
          "SELECT id FROM mesh_dead_letter WHERE consumer = ? ORDER BY create_ms, id LIMIT 1000",
          [consumer],
        );
  return rows.map(({ id }) => id);
}

// A stable reason; the cause of anything else is in the log, with its trace.
function reasonOf(error: unknown): string {
  return error instanceof DomainError ? error.reason : "internal error";
}
