import type { Sql, SqlValue, Tx } from "../sql.ts";
import type { SagaLogEntry, SagaProgress } from "./plan.ts";

/** A saga as its row keeps it. Times of business are the mesh clock's, leases are real time. */
export type SagaRow<State> = {
  readonly id: string;
  /** Rises with every boundary; whoever writes compares it. */
  readonly version: bigint;
  readonly progress: SagaProgress;
  readonly state: State;
  /** Rounds that this stage has been asked for, waits included. */
  readonly rounds: number;
  /** Rounds in a row that failed. */
  readonly attempts: number;
  /** When it is to be asked again; 0 after a signal, undefined once it is over. */
  readonly wakeMs: number | undefined;
  readonly leaseOwner: string | undefined;
  readonly leaseUntilMs: number;
  readonly traceId: string;
  /** History of stages whose ends are carried; in memory only. */
  readonly unwritten?: readonly Omit<SagaLogEntry, "sequence">[] | undefined;
};

/** Which rows, and who asks. */
export type SagaKey = { readonly kind: string; readonly id: string };
export type SagaLease = {
  readonly owner: string;
  readonly nowMs: number;
  readonly untilMs: number;
};

type Row = {
  readonly id: string;
  readonly version: string;
  readonly state: string;
  readonly progress: string;
  readonly attempts: number;
  readonly wake_ms: string | null;
  readonly lease_owner: string | null;
  readonly lease_until_ms: string;
  readonly trace_id: string;
};

const COLUMNS = "id, version, state, progress, attempts, wake_ms, lease_owner, lease_until_ms, trace_id";

/** The saga, undefined where there is none. */
export async function findSaga<State>(sql: Sql, { kind, id }: SagaKey): Promise<SagaRow<State> | undefined> {
  const row = await sql.row<Row>(`SELECT ${COLUMNS} FROM mesh_saga WHERE kind = ? AND id = ?`, [kind, id]);
  return row === undefined ? undefined : fromRow(row);
}

/** The saga, its row locked until the transaction ends. */
export async function lockSaga<State>(tx: Tx, { kind, id }: SagaKey): Promise<SagaRow<State> | undefined> {
  const row = await tx.row<Row>(`SELECT ${COLUMNS} FROM mesh_saga WHERE kind = ? AND id = ? FOR UPDATE`, [kind, id]);
  return row === undefined ? undefined : fromRow(row);
}

/** Writes new sagas. Throws DUPLICATE where there is one of them. */
export async function insertSagas<State>(
  tx: Tx,
  kind: string,
  sagas: readonly SagaRow<State>[],
  nowMs: number,
): Promise<void> {
  await tx.insert("mesh_saga", rowsOf(kind, sagas, nowMs));
}

/** As insertSagas, with the commit. */
export function insertSagasLast<State>(tx: Tx, kind: string, sagas: readonly SagaRow<State>[], nowMs: number): void {
  tx.insertLast("mesh_saga", rowsOf(kind, sagas, nowMs));
}

function rowsOf<State>(kind: string, sagas: readonly SagaRow<State>[], nowMs: number) {
  return sagas.map((saga) => ({
    kind,
    id: saga.id,
    version: saga.version,
    phase: saga.progress.phase,
    state: JSON.stringify(saga.state),
    progress: progressText(saga),
    attempts: saga.attempts,
    wake_ms: saga.wakeMs ?? null,
    lease_owner: saga.leaseOwner ?? null,
    lease_until_ms: saga.leaseUntilMs,
    trace_id: saga.traceId,
    create_ms: nowMs,
    update_ms: nowMs,
  }));
}

/**
 * Writes where the saga now is over its last version; false where somebody else wrote meanwhile. A signal that came since
 * the lease was taken (wake_ms is 0) makes it due at once instead of at `saga.wakeMs`.
 */
export async function updateSaga<State>(tx: Tx, kind: string, saga: SagaRow<State>, nowMs: number): Promise<boolean> {
  const { statement, values } = update(kind, saga, nowMs);
  return (await tx.execute(statement, values)) === 1;
}

/** As updateSaga, with the commit, which throws `otherwise` where somebody else wrote meanwhile. */
export function updateSagaLast<State>(
  tx: Tx,
  kind: string,
  saga: SagaRow<State>,
  { nowMs, otherwise }: { readonly nowMs: number; readonly otherwise: () => Error },
): void {
  const { statement, values } = update(kind, saga, nowMs);
  tx.executeLast(statement, values, { rows: 1, otherwise });
}

function update<State>(kind: string, saga: SagaRow<State>, nowMs: number) {
  const wake =
    saga.wakeMs === undefined
      ? { text: "NULL", values: [] }
      : { text: "IF(wake_ms = 0, ?, ?)", values: [nowMs, saga.wakeMs] };
  const values: SqlValue[] = [
    saga.version,
    saga.progress.phase,
    JSON.stringify(saga.state),
    progressText(saga),
    saga.attempts,
    ...wake.values,
    saga.leaseOwner ?? null,
    saga.leaseUntilMs,
    nowMs,
    kind,
    saga.id,
    saga.version - 1n,
  ];
  const statement = `UPDATE mesh_saga SET version = ?, phase = ?, state = ?, progress = ?, attempts = ?, wake_ms = ${wake.text},
     lease_owner = ?, lease_until_ms = ?, update_ms = ? WHERE kind = ? AND id = ? AND version = ?`;
  return { statement, values };
}

/** Takes a saga at `version` that nobody else is believed to drive, and with it the signal that woke it. */
export async function takeLease(
  sql: Sql,
  key: SagaKey & { readonly version: bigint },
  lease: SagaLease,
  nowMs: number,
): Promise<boolean> {
  const taken = await sql.execute(
    `UPDATE mesh_saga SET lease_owner = ?, lease_until_ms = ?, wake_ms = IF(wake_ms = 0, ?, wake_ms)
     WHERE kind = ? AND id = ? AND version = ? AND wake_ms IS NOT NULL AND (lease_until_ms <= ? OR lease_owner = ?)`,
    [lease.owner, lease.untilMs, nowMs, key.kind, key.id, key.version, lease.nowMs, lease.owner],
  );
  return taken === 1;
}

/** Lets `owner`'s lease last until `untilMs`; 0 gives it back. */
export async function moveLease(sql: Sql, { kind, id }: SagaKey, owner: string, untilMs: number): Promise<void> {
  await sql.execute("UPDATE mesh_saga SET lease_until_ms = ? WHERE kind = ? AND id = ? AND lease_owner = ?", [
    untilMs,
    kind,
    id,
    owner,
  ]);
}

/** Gives back all that `owner` holds, so that another process goes on at once. */
export async function releaseLeases(sql: Sql, kind: string, owner: string): Promise<void> {
  await sql.execute(
    "UPDATE mesh_saga SET lease_until_ms = 0 WHERE kind = ? AND wake_ms IS NOT NULL AND lease_owner = ? AND lease_until_ms > 0",
    [kind, owner],
  );
}

/** Makes a saga that is not over due at once, with the commit. */
export function wakeSaga(tx: Tx, { kind, id }: SagaKey): void {
  tx.executeLast("UPDATE mesh_saga SET wake_ms = 0 WHERE kind = ? AND id = ? AND wake_ms IS NOT NULL", [kind, id]);
}

/** Sagas that do not get on: nobody drives them though they were due a minute ago, or their step failed again and again. */
export async function countStuck(
  sql: Sql,
  kind: string,
  { nowMs, realMs }: { readonly nowMs: number; readonly realMs: number },
): Promise<{ readonly overdue: number; readonly failing: number }> {
  // Only what is near its time is looked at: ten thousand that wait for a parcel are not.
  const row = await sql.row<{ readonly overdue: string; readonly failing: string }>(
    `SELECT COALESCE(SUM(wake_ms <= ? AND lease_until_ms <= ?), 0) AS overdue, COALESCE(SUM(attempts >= ?), 0) AS failing
     FROM mesh_saga WHERE kind = ? AND wake_ms <= ?`,
    [nowMs - OVERDUE_MS, realMs - OVERDUE_MS, FAILING_ATTEMPTS, kind, nowMs + NEAR_MS],
  );
  return { overdue: Number(row?.overdue ?? 0), failing: Number(row?.failing ?? 0) };
}

type LogRow = {
  readonly sequence: number;
  readonly time_ms: string;
  readonly step: string;
  readonly action: SagaLogEntry["action"];
  readonly result: SagaLogEntry["result"];
  readonly attempt: number;
  readonly detail: string;
  readonly trace_id: string;
};

const OVERDUE_MS = 60_000;
const FAILING_ATTEMPTS = 5;
const NEAR_MS = 300_000;
/** A version has room for this many lines. */
const LINES_PER_VERSION = 100n;
const MAX_DETAIL = 500;

/** Adds `entries` to the history of version `version`, with the commit. */
export function insertLog(
  tx: Tx,
  { kind, id, version }: SagaKey & { readonly version: bigint },
  entries: readonly Omit<SagaLogEntry, "sequence">[],
): void {
  tx.insertLast(
    "mesh_saga_log",
    entries.map((entry, index) => ({
      kind,
      saga_id: id,
      // Numbered by version, so that nobody has to read the last number; there are gaps.
      sequence: version * LINES_PER_VERSION + BigInt(index),
      time_ms: entry.timeMs,
      step: entry.step,
      action: entry.action,
      result: entry.result,
      attempt: entry.attempt,
      detail: entry.detail.slice(0, MAX_DETAIL),
      trace_id: entry.traceId,
    })),
  );
}

const HISTORY_LINES = 1_000;

/** The end of a saga's history, oldest first: one that tries for long has a line for each try. */
export async function findLog(sql: Sql, { kind, id }: SagaKey): Promise<readonly SagaLogEntry[]> {
  const rows = await sql.rows<LogRow>(
    `SELECT sequence, time_ms, step, action, result, attempt, detail, trace_id FROM mesh_saga_log
     WHERE kind = ? AND saga_id = ? ORDER BY sequence DESC LIMIT ?`,
    [kind, id, HISTORY_LINES],
  );
  return rows.toReversed().map(({ time_ms, trace_id, ...row }) => ({
    ...row,
    timeMs: Number(time_ms),
    traceId: trace_id,
  }));
}

function progressText<State>({ progress, rounds }: SagaRow<State>): string {
  return JSON.stringify({ ...progress, rounds });
}

function fromRow<State>(row: Row): SagaRow<State> {
  const { rounds, ...progress } = JSON.parse(row.progress) as SagaProgress & {
    readonly rounds: number;
  };
  return {
    id: row.id,
    version: BigInt(row.version),
    progress,
    state: JSON.parse(row.state) as State,
    rounds,
    attempts: row.attempts,
    wakeMs: row.wake_ms === null ? undefined : Number(row.wake_ms),
    leaseOwner: row.lease_owner ?? undefined,
    leaseUntilMs: Number(row.lease_until_ms),
    traceId: row.trace_id,
  };
}
