import type { Sql } from "@shopmesh/mesh";
import { ATTEMPTS_WINDOW_MS, type Attempts } from "../attempts.ts";
import type { AttemptRow } from "../schema.ts";

/** Counts a try before it is made, so that tries side by side are all counted; what stands then. */
export async function countAttempt(sql: Sql, emailHash: string, nowMs: number): Promise<Attempts> {
  const windowStartMs = nowMs - ATTEMPTS_WINDOW_MS;
  await sql.execute(
    `INSERT INTO sign_in_attempt (email_hash, count, since_ms) VALUES (?, 1, ?)
     ON DUPLICATE KEY UPDATE count = IF(since_ms <= ?, 1, count + 1), since_ms = IF(since_ms <= ?, ?, since_ms)`,
    [emailHash, nowMs, windowStartMs, windowStartMs, nowMs],
  );
  const row = await sql.row<AttemptRow>("SELECT count, since_ms FROM sign_in_attempt WHERE email_hash = ?", [
    emailHash,
  ]);
  return { count: row?.count ?? 1, sinceMs: Number(row?.since_ms ?? nowMs) };
}

/** Forgets the tries at an address that has signed in. */
export async function clearAttempts(sql: Sql, emailHash: string): Promise<void> {
  await sql.execute("DELETE FROM sign_in_attempt WHERE email_hash = ?", [emailHash]);
}

/** Forgets tries of before `beforeMs`. */
export async function sweepAttempts(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM sign_in_attempt WHERE since_ms < ? LIMIT ?", [beforeMs, limit]);
}
