import type { Sql, SqlValue, Tx } from "@shopmesh/mesh";
import type { Ended } from "../overlap.ts";
import type { Run, RunCause, RunState } from "../schedule.ts";
import type { RunRow } from "../schema.ts";

export async function insertRuns(tx: Tx, runs: readonly Run[]): Promise<void> {
  await tx.insert(
    "run",
    runs.map((run) => ({
      id: run.id,
      service: run.service,
      schedule_id: run.scheduleId,
      due_ms: run.dueMs,
      start_ms: run.startMs,
      fencing_token: run.fencingToken,
      cause: run.cause,
      state: run.state,
      end_ms: run.endMs ?? null,
    })),
  );
}

/** Writes which runs that waited go now; all of one moment. */
export async function beginRuns(tx: Tx, runs: readonly Run[]): Promise<void> {
  const [first] = runs;
  if (first === undefined) return;
  const ids = runs.map(({ id }) => id);
  await tx.execute("UPDATE run SET state = 'going', start_ms = ? WHERE id IN (?)", [first.startMs, ids]);
}

/** Writes how runs ended. */
export async function endRuns(tx: Tx, ended: readonly Ended[]): Promise<void> {
  if (ended.length === 0) return;
  const rows = ended.map(({ runId, state, endMs }) => ({ id: runId, state, end: endMs }));
  await tx.execute(
    `UPDATE run r JOIN JSON_TABLE(?, '$[*]' COLUMNS (
       id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PATH '$.id',
       state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin PATH '$.state',
       end_ms BIGINT PATH '$.end'
     )) e ON r.id = e.id
     SET r.state = e.state, r.end_ms = e.end_ms`,
    [JSON.stringify(rows)],
  );
}

/** Writes that what waited for a schedule's turn is left out: the schedule is cancelled. */
export async function skipWaiting(tx: Tx, runIds: readonly string[], nowMs: number): Promise<void> {
  if (runIds.length === 0) return;
  await tx.execute("UPDATE run SET state = 'skipped', end_ms = ? WHERE id IN (?)", [nowMs, runIds]);
}

/** A run and its place in the history. */
export type PlacedRun = { readonly run: Run; readonly sequence: string };

/** A page of runs, newest first. */
export async function listRuns(
  sql: Sql,
  query: {
    readonly service: string;
    readonly scheduleId: string;
    readonly before: string | undefined;
    readonly limit: number;
  },
): Promise<PlacedRun[]> {
  const conditions = ["1 = 1"];
  const values: SqlValue[] = [];
  const add = (condition: string, value: SqlValue) => {
    conditions.push(condition);
    values.push(value);
  };
  if (query.service !== "") add("service = ?", query.service);
  if (query.scheduleId !== "") add("schedule_id = ?", query.scheduleId);
  if (query.before !== undefined) add("sequence < ?", query.before);
  const rows = await sql.rows<RunRow>(
    `SELECT * FROM run WHERE ${conditions.join(" AND ")} ORDER BY sequence DESC LIMIT ?`,
    [...values, query.limit],
  );
  return rows.map((row) => ({ run: runOf(row), sequence: row.sequence }));
}

/** Forgets runs that started before `beforeMs`. */
export async function sweepRuns(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM run WHERE start_ms < ? LIMIT ?", [beforeMs, limit]);
}

function runOf(row: RunRow): Run {
  return {
    id: row.id,
    service: row.service,
    scheduleId: row.schedule_id,
    dueMs: Number(row.due_ms),
    startMs: Number(row.start_ms),
    fencingToken: Number(row.fencing_token),
    cause: row.cause as RunCause,
    state: row.state as RunState,
    endMs: row.end_ms === null ? undefined : Number(row.end_ms),
  };
}
