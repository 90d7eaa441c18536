import { type Attributes, metrics, type Span, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import mysql, { type PoolConnection, type ResultSetHeader } from "mysql2";
import type { Matching, SqlValue } from "../sql.ts";
import { activeOperation, beginLeaf } from "../telemetry/spans.ts";
import { asContention, translate } from "./errors.ts";

/** One parameter of a statement: a value, a list for `IN (?)`, or lists of values for `VALUES ?`. */
export type Parameter = SqlValue | readonly SqlValue[] | readonly (readonly SqlValue[])[];

/** A statement and what its placeholders stand for. */
export type Statement = {
  readonly statement: string;
  readonly parameters: readonly Parameter[];
  /** Refused where it matches fewer. */
  readonly matching?: Matching | undefined;
};

/** Sends statements on a connection: counted, traced when the caller is, errors in the mesh's words. */
export type Statements = {
  run(connection: PoolConnection, statement: string, parameters: readonly Parameter[]): Promise<unknown>;
  /** Sends several at once, and gives all their results; after one that is refused none is done. */
  runAll(connection: PoolConnection, batch: readonly Statement[]): Promise<readonly unknown[]>;
  /** Counts a commit. */
  committed(): void;
};

/** Statements of `service`, counted in the meter "mesh" by the operation that they are for. */
export function createStatements(service: string): Statements {
  const statements = countByOperation("mesh.sql.statements", "SQL statements sent.", service);
  const commits = countByOperation("mesh.sql.commits", "SQL transactions committed.", service);
  return {
    run(connection, statement, parameters) {
      statements();
      return run(connection, statement, parameters);
    },
    async runAll(connection, batch) {
      for (const _ of batch) statements();
      const text = batch.map(checked).join("; ");
      const values = batch.flatMap(({ parameters }) => parameters);
      const name = () => batch.map(({ statement }) => spanName(statement)).join("; ");
      try {
        const results = await run(connection, text, values, name);
        return batch.length === 1 ? [results] : (results as unknown[]);
      } catch (error) {
        throw unmatched(error, batch) ?? error;
      }
    },
    committed: commits,
  };
}

const OUT_OF_RANGE = 1690;
const LARGEST = 9_223_372_036_854_775_807n;

/**
 * A statement and, where it must match some rows, what the server refuses when it did not: their number is taken from the
 * largest integer less as many as it is, which has room for no more. `index` tells it from others of the batch. Set, not
 * selected: there is no result to send.
 */
function checked({ statement, matching }: Statement, index: number): string {
  if (matching === undefined) return statement;
  return `${statement}; SET @room = ${LARGEST - BigInt(index)} + (${matching.rows + index} - ROW_COUNT())`;
}

/** What is thrown for a statement that matched too few; undefined for any other error. */
function unmatched(error: unknown, batch: readonly Statement[]): Error | undefined {
  if (!(error instanceof Error) || !("errno" in error) || error.errno !== OUT_OF_RANGE) return undefined;
  const base = /\b(\d{19}) \+ \(/.exec(error.message)?.[1];
  const matching = base === undefined ? undefined : batch[Number(LARGEST - BigInt(base))]?.matching;
  const found = matching?.otherwise();
  return matching?.isRace === true && found !== undefined ? asContention(found) : found;
}

/** An INSERT and the rows that it inserts, its only parameter. */
export type Insert = Statement & { readonly parameters: readonly [readonly (readonly SqlValue[])[]] };

/** Inserts of `rows` as one statement, whatever their number: its text stays the same for traces. */
export function insertStatement(
  table: string,
  rows: readonly Readonly<Record<string, SqlValue>>[],
): Insert | undefined {
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

/** Counts one of `service` now. Counted here and told at a scrape: an instrument's own add would be a part of each statement. */
function countByOperation(name: string, description: string, service: string): () => void {
  const counts = new Map<string, number>();
  const counter = metrics.getMeter("mesh").createObservableCounter(name, { description });
  counter.addCallback((result) => counts.forEach((count, operation) => result.observe(count, { service, operation })));
  return () => {
    const operation = activeOperation();
    counts.set(operation, (counts.get(operation) ?? 0) + 1);
  };
}

async function run(
  connection: PoolConnection,
  statement: string,
  parameters: readonly Parameter[],
  nameOf = spanName,
): Promise<unknown> {
  const values = parameters.map((parameter) => bound(parameter, statement));
  const { name, attributes } = wordsOf(statement, nameOf);
  const span = beginLeaf(name, SpanKind.CLIENT, attributes);
  if (span === undefined) return send(connection, statement, values);
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
  if (!Array.isArray(parameter) || parameter.length > 0) return quoted(parameter);
  if (/\bNOT\s+IN\b/i.test(statement)) throw new TypeError(`an empty list in NOT IN: ${statement}`);
  return null;
}

/** Shorter text costs as little either way. */
const LONG = 256;

/**
 * Long text in quotes as it is, where it has none of the two characters that mean something else there. The driver escapes `"` and
 * others as well, one by one, and the server takes that out again; a snapshot of 8 KB has a thousand: 66 µs by the driver, 3 so.
 */
function quoted(parameter: Parameter): unknown {
  if (typeof parameter === "string") {
    const isPlain = parameter.length >= LONG && !parameter.includes("'") && !parameter.includes("\\");
    return isPlain ? mysql.raw(`'${parameter}'`) : parameter;
  }
  return Array.isArray(parameter) ? (parameter as readonly Parameter[]).map(quoted) : parameter;
}

function valueOf(row: Readonly<Record<string, SqlValue>>, column: string, table: string): SqlValue {
  const value = row[column];
  if (value === undefined) throw new TypeError(`a row of ${table} has no ${column}`);
  return value;
}

type Words = { readonly name: string; readonly attributes: Attributes };
const words = new Map<string, Words>();
const MAX_WORDS = 2_000;

function wordsOf(statement: string, nameOf: (statement: string) => string): Words {
  const known = words.get(statement);
  if (known !== undefined) return known;
  const attributes = { "db.system": "mariadb", "db.statement": statement, "service.peer": "database" };
  const made = { name: nameOf(statement), attributes };
  if (words.size < MAX_WORDS) words.set(statement, made);
  return made;
}

/** "SELECT mesh_outbox" of a statement: its verb and its first table. */
export function spanName(statement: string): string {
  const verb = /^\s*\(?\s*(\w+)/.exec(statement)?.[1]?.toUpperCase() ?? "SQL";
  const table = /\b(?:FROM|INTO|UPDATE|JOIN|TABLE)\s+`?([\w.]+)`?/i.exec(statement)?.[1];
  return table === undefined ? verb : `${verb} ${table}`;
}
