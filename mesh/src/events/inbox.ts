import type { MessageMeta } from "../consumer.ts";
import type { Sql, Tx } from "../sql.ts";

/** Longer than any stream or outbox keeps a message, by the same real clock as theirs. */
const KEPT_MS = 15 * 24 * 3_600_000;
const SWEEP_BATCH = 1_000;

/**
 * Notes in the transaction of the effect that `consumer` has had the message; false when it had it before.
 * A second replica with the same message waits here for the first one's commit.
 */
export async function isFirstTime(tx: Tx, consumer: string, { id }: MessageMeta): Promise<boolean> {
  const inserted = await tx.execute(
    "INSERT IGNORE INTO mesh_inbox (consumer, message_id, create_ms) VALUES (?, ?, ?)",
    [consumer, id, Date.now()],
  );
  return inserted === 1;
}

/** As isFirstTime for several; false when it had one of them before, or one is there twice: then nothing may come of it. */
export async function areFirstTime(tx: Tx, consumer: string, metas: readonly MessageMeta[]): Promise<boolean> {
  const nowMs = Date.now();
  const inserted = await tx.execute(
    `INSERT IGNORE INTO mesh_inbox (consumer, message_id, create_ms) VALUES ${metas.map(() => "(?, ?, ?)").join(", ")}`,
    metas.flatMap(({ id }) => [consumer, id, nowMs]),
  );
  return inserted === metas.length;
}

/** Notes the version; false when `consumer` has seen a newer one of the aggregate. Others wait until this transaction ends. */
export async function isNewest(tx: Tx, consumer: string, { aggregateId, version }: MessageMeta): Promise<boolean> {
  const inserted = await tx.execute(
    "INSERT IGNORE INTO mesh_inbox_version (consumer, aggregate_id, version) VALUES (?, ?, ?)",
    [consumer, aggregateId, version],
  );
  if (inserted === 1) return true;
  // Two events of one change carry the same version: neither is older.
  const statement =
    "UPDATE mesh_inbox_version SET version = ? WHERE consumer = ? AND aggregate_id = ? AND version <= ?";
  return (await tx.execute(statement, [version, consumer, aggregateId, version])) === 1;
}

/** A run of a schedule. */
export type RunToBegin = {
  readonly scheduleId: string;
  /** A UUIDv7: it tells when the run was made. */
  readonly runId: string;
  /** Higher with every run of the schedule. */
  readonly fencingToken: bigint;
};

/**
 * Notes that a run begins; false where one of a higher token has begun before: this one is out of date. The same run may begin again.
 * One that was made later for all its lower token is the first of a schedule that was forgotten, and counts.
 */
export async function isNewestRun(sql: Sql, { scheduleId, runId, fencingToken }: RunToBegin): Promise<boolean> {
  const nowMs = Date.now();
  const inserted = await sql.execute(
    "INSERT IGNORE INTO mesh_run (schedule_id, run_id, fencing_token, create_ms) VALUES (?, ?, ?, ?)",
    [scheduleId, runId, fencingToken, nowMs],
  );
  if (inserted === 1) return true;
  // The first thirteen letters of a UUIDv7 are its time.
  const statement = `UPDATE mesh_run SET run_id = ?, fencing_token = ?, create_ms = ?
     WHERE schedule_id = ? AND (fencing_token <= ? OR LEFT(run_id, 13) < LEFT(?, 13))`;
  return (await sql.execute(statement, [runId, fencingToken, nowMs, scheduleId, fencingToken, runId])) === 1;
}

/** Forgets what no stream can deliver any more. */
export async function sweepInbox(sql: Sql): Promise<void> {
  const beforeMs = Date.now() - KEPT_MS;
  for (const table of ["mesh_inbox", "mesh_run"]) {
    const statement = `DELETE FROM ${table} WHERE create_ms < ? LIMIT ${SWEEP_BATCH}`;
    for (let batch = 0; batch < 50; batch++) {
      if ((await sql.execute(statement, [beforeMs])) < SWEEP_BATCH) break;
    }
  }
}
