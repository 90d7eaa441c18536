import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** One SQLite file, or memory. Everything is synchronous, so a transaction cannot interleave with another. */
export type Database = {
  /** Runs a statement and returns how many rows it changed. */
  readonly run: (sql: string, ...values: readonly SQLInputValue[]) => number;
  readonly all: <Row>(sql: string, ...values: readonly SQLInputValue[]) => readonly Row[];
  readonly first: <Row>(sql: string, ...values: readonly SQLInputValue[]) => Row | undefined;
  /** All of `work` or nothing of it. An inner transaction joins the outer one. */
  readonly transaction: <Result>(work: () => Result) => Result;
  readonly close: () => void;
};

/** Opens `sandbox.sqlite` in the folder, or a database in memory when there is no folder. */
export function openDatabase(dataFolder: string | undefined): Database {
  if (dataFolder !== undefined) mkdirSync(dataFolder, { recursive: true });
  const sqlite = new DatabaseSync(dataFolder === undefined ? ":memory:" : join(dataFolder, "sandbox.sqlite"));
  // WAL with NORMAL keeps every commit through a killed process; only a power cut could lose the last ones.
  sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2000;");
  sqlite.exec(schema);
  addColumn(sqlite, "webhook_deliveries", "secret TEXT");
  const statements = new Map<string, StatementSync>();
  let depth = 0;

  function prepare(sql: string): StatementSync {
    const known = statements.get(sql);
    if (known) return known;
    const statement = sqlite.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  function transaction<Result>(work: () => Result): Result {
    if (depth > 0) return work();
    sqlite.exec("BEGIN IMMEDIATE");
    depth = 1;
    try {
      const result = work();
      sqlite.exec("COMMIT");
      return result;
    } catch (error) {
      sqlite.exec("ROLLBACK");
      throw error;
    } finally {
      depth = 0;
    }
  }

  return {
    run: (sql, ...values) => Number(prepare(sql).run(...values).changes),
    // The row border: the caller names the columns' types beside its SQL.
    all: <Row>(sql: string, ...values: readonly SQLInputValue[]) =>
      prepare(sql).all(...values) as readonly unknown[] as readonly Row[],
    first: <Row>(sql: string, ...values: readonly SQLInputValue[]) => prepare(sql).get(...values) as Row | undefined,
    transaction,
    close: () => sqlite.close(),
  };
}

/** A file of an older sandbox has tables of its time. */
function addColumn(sqlite: DatabaseSync, table: string, column: string): void {
  const [name = ""] = column.split(" ");
  const columns = sqlite.prepare(`SELECT name FROM pragma_table_info('${table}') WHERE name = ?`).all(name);
  if (columns.length === 0) sqlite.exec(`ALTER TABLE ${table} ADD COLUMN ${column}`);
}

const schema = `
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS faults (
  id INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, kind TEXT NOT NULL, operation TEXT,
  remaining INTEGER NOT NULL, probability REAL NOT NULL, seed INTEGER NOT NULL, draws INTEGER NOT NULL DEFAULT 0,
  delay_ms INTEGER, status INTEGER);

CREATE TABLE IF NOT EXISTS ledger (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, provider TEXT NOT NULL, operation TEXT NOT NULL,
  intent_id TEXT NOT NULL, charge_id TEXT, refund_id TEXT, amount INTEGER NOT NULL, currency TEXT NOT NULL,
  metadata TEXT NOT NULL, idempotency_key TEXT, request_id TEXT);
CREATE INDEX IF NOT EXISTS ledger_by_intent ON ledger (intent_id);

CREATE TABLE IF NOT EXISTS webhook_deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, event_id TEXT NOT NULL, event_type TEXT NOT NULL,
  body TEXT NOT NULL, is_forged INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  due_ms INTEGER NOT NULL, is_held INTEGER NOT NULL DEFAULT 0, last_status INTEGER, last_error TEXT, secret TEXT);
CREATE INDEX IF NOT EXISTS webhook_deliveries_due ON webhook_deliveries (state, due_ms);

CREATE TABLE IF NOT EXISTS stripe_objects (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, created INTEGER NOT NULL,
  payment_intent TEXT GENERATED ALWAYS AS (json_extract(body, '$.payment_intent')) VIRTUAL,
  body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS stripe_objects_by_kind ON stripe_objects (kind, seq);
CREATE INDEX IF NOT EXISTS stripe_objects_by_intent ON stripe_objects (payment_intent, kind);
CREATE TABLE IF NOT EXISTS stripe_idempotency (
  key TEXT PRIMARY KEY, request_hash TEXT NOT NULL, request_id TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS paypal_orders (id TEXT PRIMARY KEY, due_ms INTEGER, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS paypal_orders_due ON paypal_orders (due_ms);
CREATE TABLE IF NOT EXISTS paypal_parts (id TEXT PRIMARY KEY, order_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS paypal_requests (key TEXT PRIMARY KEY, request_hash TEXT NOT NULL, view TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS paypal_disputes (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS paypal_transactions (
  id TEXT PRIMARY KEY, code TEXT NOT NULL, custom_id TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL,
  at_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS paypal_transactions_by_time ON paypal_transactions (at_ms);

CREATE TABLE IF NOT EXISTS fedex_parcels (
  tracking_number TEXT PRIMARY KEY, master_tracking_number TEXT NOT NULL, service_type TEXT NOT NULL,
  shipper TEXT NOT NULL, recipient TEXT NOT NULL, weight TEXT NOT NULL, made_ms INTEGER NOT NULL,
  promised_ms INTEGER NOT NULL, is_cancelled INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS fedex_parcels_by_master ON fedex_parcels (master_tracking_number);
CREATE TABLE IF NOT EXISTS fedex_scans (
  tracking_number TEXT NOT NULL, position INTEGER NOT NULL, code TEXT NOT NULL, scan_ms INTEGER NOT NULL,
  visible_ms INTEGER NOT NULL, is_announced INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tracking_number, position));
CREATE INDEX IF NOT EXISTS fedex_scans_due ON fedex_scans (is_announced, visible_ms);
CREATE TABLE IF NOT EXISTS fedex_references (
  tracking_number TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (tracking_number, type, value));
CREATE INDEX IF NOT EXISTS fedex_references_by_value ON fedex_references (value);

CREATE TABLE IF NOT EXISTS ups_parcels (
  tracking_number TEXT PRIMARY KEY, master_tracking_number TEXT NOT NULL, service_type TEXT NOT NULL,
  shipper TEXT NOT NULL, recipient TEXT NOT NULL, weight TEXT NOT NULL, made_ms INTEGER NOT NULL,
  promised_ms INTEGER NOT NULL, is_cancelled INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS ups_parcels_by_master ON ups_parcels (master_tracking_number);
CREATE TABLE IF NOT EXISTS ups_scans (
  tracking_number TEXT NOT NULL, position INTEGER NOT NULL, code TEXT NOT NULL, scan_ms INTEGER NOT NULL,
  visible_ms INTEGER NOT NULL, is_announced INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tracking_number, position));
CREATE INDEX IF NOT EXISTS ups_scans_due ON ups_scans (is_announced, visible_ms);
CREATE TABLE IF NOT EXISTS ups_labels (
  tracking_number TEXT PRIMARY KEY, reference TEXT NOT NULL, label TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ups_labels_by_reference ON ups_labels (reference);
CREATE TABLE IF NOT EXISTS ups_subscriptions (
  tracking_number TEXT PRIMARY KEY, credential TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS mail_messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, receive_ms INTEGER NOT NULL,
  recipients TEXT NOT NULL, body TEXT NOT NULL, raw BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS mail_arrivals (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL, message_id TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS sms_messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, direction TEXT NOT NULL, sender TEXT NOT NULL,
  recipient TEXT NOT NULL, body TEXT NOT NULL, status TEXT NOT NULL, error_code INTEGER, status_callback TEXT NOT NULL,
  create_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sms_stopped (number TEXT PRIMARY KEY);
`;
