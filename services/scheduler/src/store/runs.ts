import type { Sql, SqlValue, Tx } from "@shopmesh/mesh";
import type { Run, RunCause } from "../schedule.ts";
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
    })),
  );
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
  };
}
