import { type Attributes, metrics, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { PoolConnection, ResultSetHeader } from "mysql2";
import type { SqlValue } from "../sql.ts";
import { activeOperation } from "../telemetry/spans.ts";
import { translate } from "./errors.ts";

/** One parameter of a statement: a value, a list for `IN (?)`, or lists of values for `VALUES ?`. */
export type Parameter = SqlValue | readonly SqlValue[] | readonly (readonly SqlValue[])[];

/** Sends statements on a connection: counted, traced when the caller is, errors in the mesh's words. */
export type Statements = {
  run(connection: PoolConnection, statement: string, parameters: readonly Parameter[]): Promise<unknown>;
  /** Counts a commit. */
  committed(): void;
};

const tracer = trace.getTracer("mesh");

/** Statements of `service`, counted in the meter "mesh". */
export function createStatements(service: string): Statements {
  const meter = metrics.getMeter("mesh");
  const statements = meter.createCounter("mesh.sql.statements", {
    description: "SQL statements sent.",
  });
  const commits = meter.createCounter("mesh.sql.commits", {
    description: "SQL transactions committed.",
  });
  const labels = createLabels(service);
  return {
    run(connection, statement, parameters) {
      statements.add(1, labels());
      return run(connection, statement, parameters);
    },
    committed: () => commits.add(1, labels()),
  };
}

/** Inserts of `rows` as one statement, whatever their number: its text stays the same for traces. */
export function insertStatement(
  table: string,
  rows: readonly Readonly<Record<string, SqlValue>>[],
): { readonly statement: string; readonly parameters: readonly Parameter[] } | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const columns = Object.keys(first);
  const statement = `INSERT INTO ${table} (${columns.join(", ")}) VALUES ?`;
  const values = rows.map((row) => columns.map((column) => valueOf(row, column, table)));
  return { statement, parameters: [values] };
}

/** The number of rows that a statement matched; an INSERT's inserted ones. */
export function affected(result: unknown): number {
  return (result as ResultSetHeader).affectedRows;
}

/** The labels of what is counted now: the service and the operation it works for, one object each. */
function createLabels(service: string): () => Attributes {
  const made = new Map<string, Attributes>();
  return () => {
    const operation = activeOperation();
    const known = made.get(operation);
    if (known !== undefined) return known;
    const labels = { service, operation };
    made.set(operation, labels);
    return labels;
  };
}

async function run(connection: PoolConnection, statement: string, parameters: readonly Parameter[]): Promise<unknown> {
  const values = parameters.map((parameter) => bound(parameter, statement));
  if (trace.getActiveSpan()?.isRecording() !== true) return send(connection, statement, values);
  const span = tracer.startSpan(spanName(statement), {
    kind: SpanKind.CLIENT,
    attributes: {
      "db.system": "mariadb",
      "db.statement": statement,
      "service.peer": "database",
    },
  });
  try {
    return await send(connection, statement, values);
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function send(connection: PoolConnection, statement: string, values: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // mysql2's types allow only a mutable array; it does not write to it.
    connection.query(statement, values as unknown[], (error, result) => {
      if (error) reject(translate(error, statement) as Error);
      else resolve(result);
    });
  });
}

function fail(span: Span, error: unknown): void {
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: error instanceof Error ? error.message : "failed",
  });
}

// An empty list matches nothing: `IN (NULL)`. The same in NOT IN would match nothing too, which nobody means.
function bound(parameter: Parameter, statement: string): unknown {
  if (!Array.isArray(parameter) || parameter.length > 0) return parameter;
  if (/\bNOT\s+IN\b/i.test(statement)) throw new TypeError(`an empty list in NOT IN: ${statement}`);
  return null;
}

function valueOf(row: Readonly<Record<string, SqlValue>>, column: string, table: string): SqlValue {
  const value = row[column];
  if (value === undefined) throw new TypeError(`a row of ${table} has no ${column}`);
  return value;
}

const names = new Map<string, string>();
const MAX_NAMES = 2_000;

/** "SELECT mesh_outbox" of a statement: its verb and its first table. */
export function spanName(statement: string): string {
  const known = names.get(statement);
  if (known !== undefined) return known;
  const verb = /^\s*\(?\s*(\w+)/.exec(statement)?.[1]?.toUpperCase() ?? "SQL";
  const table = /\b(?:FROM|INTO|UPDATE|JOIN|TABLE)\s+`?([\w.]+)`?/i.exec(statement)?.[1];
  const name = table === undefined ? verb : `${verb} ${table}`;
  if (names.size < MAX_NAMES) names.set(statement, name);
  return name;
}
