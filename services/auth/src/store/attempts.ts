import type { Sql } from "@shopmesh/mesh";
import { type AttemptRule, type Attempts, onePlace, strangePlaces } from "../attempts.ts";
import type { AttemptRow } from "../schema.ts";

/** All places from which nobody has signed in, as one. */
export const STRANGE_PLACES = "";

/** Whose account is tried, and from where; both hashed. */
export type Tried = { readonly emailHash: string; readonly place: string };

/** Counts a try before it is made, so that tries side by side are all counted; what stands then. */
export async function countAttempt(
  sql: Sql,
  { emailHash, place }: Tried,
  { windowMs }: AttemptRule,
  nowMs: number,
): Promise<Attempts> {
  const windowStartMs = nowMs - windowMs;
  await sql.execute(
    `INSERT INTO sign_in_attempt (email_hash, place, count, since_ms) VALUES (?, ?, 1, ?)
     ON DUPLICATE KEY UPDATE count = IF(since_ms <= ?, 1, count + 1), since_ms = IF(since_ms <= ?, ?, since_ms)`,
    [emailHash, place, nowMs, windowStartMs, windowStartMs, nowMs],
  );
  const row = await sql.row<AttemptRow>(
    "SELECT count, since_ms FROM sign_in_attempt WHERE email_hash = ? AND place = ?",
    [emailHash, place],
  );
  return { count: row?.count ?? 1, sinceMs: Number(row?.since_ms ?? nowMs) };
}

/** Forgets the tries from a place that has signed in; others' tries still count. */
export async function clearAttempts(sql: Sql, { emailHash, place }: Tried): Promise<void> {
  await sql.execute("DELETE FROM sign_in_attempt WHERE email_hash = ? AND place = ?", [emailHash, place]);
}

/** Takes one try of strange places back: it was right. */
export async function takeBackAttempt(sql: Sql, emailHash: string): Promise<void> {
  await sql.execute("UPDATE sign_in_attempt SET count = count - 1 WHERE email_hash = ? AND place = ? AND count > 0", [
    emailHash,
    STRANGE_PLACES,
  ]);
}

/** Whether somebody has signed in to the account from there since `sinceMs`. */
export async function isKnownPlace(sql: Sql, { emailHash, place }: Tried, sinceMs: number): Promise<boolean> {
  const row = await sql.row("SELECT 1 FROM sign_in_place WHERE email_hash = ? AND place = ? AND last_ms > ?", [
    emailHash,
    place,
    sinceMs,
  ]);
  return row !== undefined;
}

/** Remembers that somebody signed in from there. */
export async function notePlace(sql: Sql, { emailHash, place }: Tried, nowMs: number): Promise<void> {
  await sql.execute(
    "INSERT INTO sign_in_place (email_hash, place, last_ms) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE last_ms = ?",
    [emailHash, place, nowMs, nowMs],
  );
}

/** Forgets tries that count no more. */
export async function sweepAttempts(sql: Sql, nowMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM sign_in_attempt WHERE since_ms < IF(place = ?, ?, ?) LIMIT ?", [
    STRANGE_PLACES,
    nowMs - strangePlaces.windowMs,
    nowMs - onePlace.windowMs,
    limit,
  ]);
}

/** Forgets places from which nobody has signed in since `beforeMs`. */
export async function sweepPlaces(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM sign_in_place WHERE last_ms < ? LIMIT ?", [beforeMs, limit]);
}
