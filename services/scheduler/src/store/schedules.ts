import { DomainError } from "@shopmesh/kernel";
import { type Sql, type SqlValue, type Tx, assignmentsOf } from "@shopmesh/mesh";
import { lookMs } from "../overlap.ts";
import type { MisfirePolicy, OverlapPolicy, Schedule, ScheduleState, Timing, Waiting } from "../schedule.ts";
import type { ScheduleRow } from "../schema.ts";

/** The schedule, its row locked until the transaction ends; undefined for none. */
export async function lockSchedule(tx: Tx, service: string, id: string): Promise<Schedule | undefined> {
  const row = await tx.row<ScheduleRow>("SELECT * FROM schedule WHERE service = ? AND id = ? FOR UPDATE", [
    service,
    id,
  ]);
  return row === undefined ? undefined : scheduleOf(row);
}

/** As lockSchedule; throws SCHEDULE_NOT_FOUND. */
export async function lockKnownSchedule(tx: Tx, service: string, id: string): Promise<Schedule> {
  const schedule = await lockSchedule(tx, service, id);
  if (schedule === undefined) throw new DomainError("not-found", "SCHEDULE_NOT_FOUND", { service, schedule_id: id });
  return schedule;
}

/** What is active and due, the longest due first, locked; what another replica has locked is left to it. */
export async function lockDue(tx: Tx, nowMs: number, limit: number): Promise<Schedule[]> {
  const rows = await tx.rows<ScheduleRow>(
    "SELECT * FROM schedule WHERE state = 'active' AND next_ms <= ? ORDER BY next_ms LIMIT ? FOR UPDATE SKIP LOCKED",
    [nowMs, limit],
  );
  return rows.map(scheduleOf);
}

/** What waits for a run whose lease is over, locked; what another replica has locked is left to it. */
export async function lockLapsed(tx: Tx, nowMs: number, limit: number): Promise<Schedule[]> {
  const rows = await tx.rows<ScheduleRow>(
    "SELECT * FROM schedule WHERE look_ms <= ? AND state <> 'paused' ORDER BY look_ms LIMIT ? FOR UPDATE SKIP LOCKED",
    [nowMs, limit],
  );
  return rows.map(scheduleOf);
}

/** Undefined for never. */
export type NextTimes = { readonly dueMs: number | undefined; readonly lookMs: number | undefined };

/** When something is due next, and when something that waits is to be looked after. */
export async function findNextTimes(sql: Sql): Promise<NextTimes> {
  const row = await sql.row<{ next_ms: string | null; look_ms: string | null }>(
    `SELECT (SELECT MIN(next_ms) FROM schedule WHERE state = 'active') AS next_ms,
       (SELECT MIN(look_ms) FROM schedule WHERE state <> 'paused') AS look_ms`,
  );
  return { dueMs: numberOf(row?.next_ms ?? null), lookMs: numberOf(row?.look_ms ?? null) };
}

/** Writes a new schedule. Throws DUPLICATE where another replica was faster. */
export async function insertSchedule(tx: Tx, schedule: Schedule): Promise<void> {
  await tx.insert("schedule", [columnsOf(schedule)]);
}

/** Writes a locked schedule. */
export async function updateSchedule(tx: Tx, schedule: Schedule): Promise<void> {
  const { list, values } = assignmentsOf(columnsOf(schedule));
  const statement = `UPDATE schedule SET ${list} WHERE service = ? AND id = ?`;
  await tx.execute(statement, [...values, schedule.service, schedule.id]);
}

/** Writes what running locked schedules changed of them, all by one statement. */
export async function updateFired(tx: Tx, schedules: readonly Schedule[]): Promise<void> {
  if (schedules.length === 0) return;
  const rows = schedules.map(columnsOf);
  await tx.execute(
    `UPDATE schedule s JOIN JSON_TABLE(?, '$[*]' COLUMNS (
       service VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin PATH '$.service',
       id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.id',
       state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin PATH '$.state',
       next_ms BIGINT PATH '$.next_ms',
       last_ms BIGINT PATH '$.last_ms',
       fencing_token BIGINT PATH '$.fencing_token',
       update_ms BIGINT PATH '$.update_ms',
       going_run_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PATH '$.going_run_id',
       going_until_ms BIGINT PATH '$.going_until_ms',
       waiting TEXT PATH '$.waiting',
       look_ms BIGINT PATH '$.look_ms'
     )) f ON s.service = f.service AND s.id = f.id
     SET s.state = f.state, s.next_ms = f.next_ms, s.last_ms = f.last_ms, s.fencing_token = f.fencing_token, s.update_ms = f.update_ms,
       s.going_run_id = f.going_run_id, s.going_until_ms = f.going_until_ms, s.waiting = f.waiting, s.look_ms = f.look_ms`,
    [JSON.stringify(rows)],
  );
}

/** A page of schedules in the order of service and id. */
export async function listSchedules(
  sql: Sql,
  query: {
    readonly service: string;
    readonly states: readonly ScheduleState[];
    readonly after: { readonly service: string; readonly id: string } | undefined;
    readonly limit: number;
  },
): Promise<Schedule[]> {
  const conditions = ["1 = 1"];
  const values: (SqlValue | readonly SqlValue[])[] = [];
  if (query.service !== "") {
    conditions.push("service = ?");
    values.push(query.service);
  }
  if (query.states.length > 0) {
    conditions.push("state IN (?)");
    values.push(query.states);
  }
  if (query.after !== undefined) {
    conditions.push("(service > ? OR (service = ? AND id > ?))");
    values.push(query.after.service, query.after.service, query.after.id);
  }
  const rows = await sql.rows<ScheduleRow>(
    `SELECT * FROM schedule WHERE ${conditions.join(" AND ")} ORDER BY service, id LIMIT ?`,
    [...values, query.limit],
  );
  return rows.map(scheduleOf);
}

/** Forgets schedules that are over and have not changed since `beforeMs`. */
export async function sweepSchedules(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM schedule WHERE state IN ('finished', 'cancelled') AND update_ms < ? LIMIT ?", [
    beforeMs,
    limit,
  ]);
}

function columnsOf(schedule: Schedule): Record<string, SqlValue> {
  const { timing } = schedule;
  return {
    service: schedule.service,
    id: schedule.id,
    purpose: schedule.purpose,
    run_ms: timing.kind === "once" ? timing.runMs : null,
    cron: timing.kind === "cron" ? timing.expression : null,
    time_zone: timing.kind === "cron" ? timing.timeZone : null,
    misfire_policy: schedule.misfirePolicy,
    parameters: JSON.stringify(schedule.parameters),
    state: schedule.state,
    next_ms: schedule.nextMs ?? null,
    last_ms: schedule.lastMs ?? null,
    fencing_token: schedule.fencingToken,
    asked_ms: schedule.askedMs,
    create_ms: schedule.createMs,
    update_ms: schedule.updateMs,
    overlap_policy: schedule.overlapPolicy,
    lease_ms: schedule.leaseMs,
    going_run_id: schedule.going?.runId ?? null,
    going_until_ms: schedule.going?.untilMs ?? null,
    waiting: schedule.waiting.length === 0 ? null : JSON.stringify(schedule.waiting),
    look_ms: lookMs(schedule) ?? null,
  };
}

// The words in these columns were written from the types they are read as.
function scheduleOf(row: ScheduleRow): Schedule {
  return {
    service: row.service,
    id: row.id,
    purpose: row.purpose,
    timing: timingOf(row),
    misfirePolicy: row.misfire_policy as MisfirePolicy,
    parameters: JSON.parse(row.parameters) as Record<string, string>,
    state: row.state as ScheduleState,
    overlapPolicy: row.overlap_policy as OverlapPolicy,
    leaseMs: Number(row.lease_ms),
    going:
      row.going_run_id === null ? undefined : { runId: row.going_run_id, untilMs: numberOf(row.going_until_ms) ?? 0 },
    waiting: row.waiting === null ? [] : (JSON.parse(row.waiting) as readonly Waiting[]),
    nextMs: numberOf(row.next_ms),
    lastMs: numberOf(row.last_ms),
    fencingToken: Number(row.fencing_token),
    askedMs: Number(row.asked_ms),
    createMs: Number(row.create_ms),
    updateMs: Number(row.update_ms),
  };
}

function timingOf({ run_ms: runMs, cron, time_zone: timeZone }: ScheduleRow): Timing {
  return cron === null
    ? { kind: "once", runMs: Number(runMs) }
    : { kind: "cron", expression: cron, timeZone: timeZone ?? "UTC" };
}

function numberOf(column: string | null): number | undefined {
  return column === null ? undefined : Number(column);
}
