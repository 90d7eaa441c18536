import type { Sql, Tx } from "@shopmesh/mesh";
import type { PhoneCode } from "../phone.ts";
import type { PhoneCodeRow } from "../schema.ts";

/** Keeps that a code was sent to a person's number. */
export async function insertCode(tx: Tx, personId: string, { id, numberHash, createMs }: PhoneCode): Promise<void> {
  await tx.execute("INSERT INTO phone_code (id, person_id, number_hash, try_count, create_ms) VALUES (?, ?, ?, 0, ?)", [
    id,
    personId,
    numberHash,
    createMs,
  ]);
}

/** When codes were sent to a number since then, whoever asked for them. */
export async function codesSentSince(sql: Sql, numberHash: string, sinceMs: number): Promise<readonly number[]> {
  const rows = await sql.rows<{ create_ms: string }>(
    "SELECT create_ms FROM phone_code WHERE number_hash = ? AND create_ms > ?",
    [numberHash, sinceMs],
  );
  return rows.map((row) => Number(row.create_ms));
}

/** The last code that a person asked for; the caller holds the lock of her settings. */
export async function lastCode(tx: Tx, personId: string): Promise<PhoneCode | undefined> {
  const row = await tx.row<PhoneCodeRow>(
    "SELECT * FROM phone_code WHERE person_id = ? ORDER BY create_ms DESC, id DESC LIMIT 1",
    [personId],
  );
  if (row === undefined) return undefined;
  return { id: row.id, numberHash: row.number_hash, tryCount: row.try_count, createMs: Number(row.create_ms) };
}

/** Counts a wrong code. */
export async function countTry(tx: Tx, id: string): Promise<void> {
  await tx.execute("UPDATE phone_code SET try_count = try_count + 1 WHERE id = ?", [id]);
}

/** Forgets codes from before `beforeMs`; how many those were, at most `limit`. */
export function sweepCodes(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM phone_code WHERE create_ms < ? LIMIT ?", [beforeMs, limit]);
}
