import type { Sql, Tx } from "../sql.ts";

/** What is kept of one (principal, method, request_id). */
export type StoredAnswer = {
  readonly requestHash: Uint8Array;
  /** The sealed or plain response; undefined while its call runs. */
  readonly response: Uint8Array | undefined;
  /** Real epoch ms until which its call is believed to run. */
  readonly leaseUntilMs: number;
};

/** One row to be. */
export type NewAnswer = {
  readonly scope: Uint8Array;
  readonly requestHash: Uint8Array;
  readonly createMs: number;
};

/** Longer than the 24 h that a repeated request is promised the same answer. */
const KEEP_MS = 48 * 3_600_000;
const SWEEP_BATCH = 1_000;
const MAX_SWEEP_BATCHES = 50;

type Row = {
  readonly request_hash: Buffer;
  readonly response: Buffer | null;
  readonly lease_until_ms: string;
};

/** What is kept under `scope`. */
export async function findAnswer(sql: Sql, scope: Uint8Array): Promise<StoredAnswer | undefined> {
  const row = await sql.row<Row>(
    "SELECT request_hash, response, lease_until_ms FROM mesh_idempotency WHERE scope = ?",
    [scope],
  );
  if (row === undefined) return undefined;
  return {
    requestHash: row.request_hash,
    response: row.response ?? undefined,
    leaseUntilMs: Number(row.lease_until_ms),
  };
}

/** Keeps an answer under a scope that is new. Throws DUPLICATE where it is not. */
export async function insertAnswer(sql: Sql, answer: NewAnswer, response: Uint8Array): Promise<void> {
  await insert(sql, answer, response, 0);
}

/** As insertAnswer, with the commit of `tx`, which throws where the scope is not new. */
export function insertAnswerLast(tx: Tx, answer: NewAnswer, response: Uint8Array): void {
  tx.insertLast("mesh_idempotency", [rowOf(answer, response, 0)]);
}

/** Claims a new scope for a call that runs until `leaseUntilMs`. Throws DUPLICATE where it is not new. */
export async function insertClaim(sql: Sql, answer: NewAnswer, leaseUntilMs: number): Promise<void> {
  await insert(sql, answer, null, leaseUntilMs);
}

/** As insertClaim, with the commit of `tx`, which throws DUPLICATE where the scope is not new. */
export function insertClaimLast(tx: Tx, answer: NewAnswer, leaseUntilMs: number): void {
  tx.insertLast("mesh_idempotency", [rowOf(answer, null, leaseUntilMs)]);
}

/** Takes an unanswered claim of the same request over whose lease has run out by `nowMs`; false where there is none. */
export async function takeClaimOver(
  sql: Sql,
  { scope, requestHash }: NewAnswer,
  nowMs: number,
  leaseUntilMs: number,
): Promise<boolean> {
  const taken = await sql.execute(
    "UPDATE mesh_idempotency SET lease_until_ms = ? WHERE scope = ? AND request_hash = ? AND response IS NULL AND lease_until_ms <= ?",
    [leaseUntilMs, scope, requestHash, nowMs],
  );
  return taken === 1;
}

/** Lets an unanswered claim run on; false where another has taken it over, or it is answered. */
export async function renewClaim(
  sql: Sql,
  scope: Uint8Array,
  { untilMs, laterMs }: { readonly untilMs: number; readonly laterMs: number },
): Promise<boolean> {
  const renewed = await sql.execute(
    "UPDATE mesh_idempotency SET lease_until_ms = ? WHERE scope = ? AND response IS NULL AND lease_until_ms = ?",
    [laterMs, scope, untilMs],
  );
  return renewed === 1;
}

/** Answers a claim; false where it has been answered. */
export async function answerClaim(sql: Sql, scope: Uint8Array, response: Uint8Array): Promise<boolean> {
  return (
    (await sql.execute(
      "UPDATE mesh_idempotency SET response = ?, lease_until_ms = 0 WHERE scope = ? AND response IS NULL",
      [response, scope],
    )) === 1
  );
}

/** Lets the next call with this key go on at once, unless another holds the claim already. */
export async function releaseClaim(sql: Sql, scope: Uint8Array, leaseUntilMs: number): Promise<void> {
  await sql.execute(
    "UPDATE mesh_idempotency SET lease_until_ms = 0 WHERE scope = ? AND response IS NULL AND lease_until_ms = ?",
    [scope, leaseUntilMs],
  );
}

/** Forgets what is older than 48 hours at `nowMs`, a bounded number of rows; the number of them. */
export async function sweepIdempotency(sql: Sql, nowMs: number): Promise<number> {
  let swept = 0;
  for (let batch = 0; batch < MAX_SWEEP_BATCHES; batch++) {
    const removed = await sql.execute("DELETE FROM mesh_idempotency WHERE create_ms < ? ORDER BY create_ms LIMIT ?", [
      nowMs - KEEP_MS,
      SWEEP_BATCH,
    ]);
    swept += removed;
    if (removed < SWEEP_BATCH) break;
  }
  return swept;
}

async function insert(sql: Sql, answer: NewAnswer, response: Uint8Array | null, leaseUntilMs: number): Promise<void> {
  await sql.insert("mesh_idempotency", [rowOf(answer, response, leaseUntilMs)]);
}

function rowOf({ scope, requestHash, createMs }: NewAnswer, response: Uint8Array | null, leaseUntilMs: number) {
  return { scope, request_hash: requestHash, response, lease_until_ms: leaseUntilMs, create_ms: createMs };
}
