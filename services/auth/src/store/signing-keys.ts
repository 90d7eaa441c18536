import type { Sql, Tx } from "@shopmesh/mesh";
import type { SigningKeyRow } from "../schema.ts";

/** A key as it is kept: its private half sealed. */
export type StoredSigningKey = {
  readonly kid: string;
  /** The public key in base64url. */
  readonly x: string;
  readonly sealedSeed: Uint8Array;
  readonly createMs: number;
  /** Until when it proves tokens; undefined for the one that signs. */
  readonly expireMs: number | undefined;
};

/** Makes `key` the signing one where there is none; of replicas that try at once one wins. */
export async function insertFirstSigningKey(sql: Sql, key: StoredSigningKey): Promise<void> {
  await sql.execute("INSERT IGNORE INTO signing_key (kid, active, x, sealed_seed, create_ms) VALUES (?, 1, ?, ?, ?)", [
    key.kid,
    key.x,
    key.sealedSeed,
    key.createMs,
  ]);
}

/** The key that signs now; undefined before the first start. */
export async function findActiveSigningKey(sql: Sql): Promise<StoredSigningKey | undefined> {
  const row = await sql.row<SigningKeyRow>("SELECT * FROM signing_key WHERE active = 1");
  return row === undefined ? undefined : keyOf(row);
}

/** The keys that prove tokens, the signing one first, then newest first. */
export async function listSigningKeys(sql: Sql, nowMs: number, limit: number): Promise<StoredSigningKey[]> {
  const rows = await sql.rows<SigningKeyRow>(
    "SELECT * FROM signing_key WHERE active = 1 OR expire_ms > ? ORDER BY active DESC, create_ms DESC, kid LIMIT ?",
    [nowMs, limit],
  );
  return rows.map(keyOf);
}

/** Puts `next` in the place of `kid`, which proves tokens until `expireMs`; false where another replica was faster. */
export async function replaceSigningKey(
  tx: Tx,
  kid: string,
  expireMs: number,
  next: StoredSigningKey,
): Promise<boolean> {
  const retired = await tx.execute("UPDATE signing_key SET active = NULL, expire_ms = ? WHERE kid = ? AND active = 1", [
    expireMs,
    kid,
  ]);
  if (retired === 0) return false;
  await tx.insert("signing_key", [
    { kid: next.kid, active: 1, x: next.x, sealed_seed: next.sealedSeed, create_ms: next.createMs, expire_ms: null },
  ]);
  return true;
}

/** Forgets keys that prove nothing any more. */
export async function sweepSigningKeys(sql: Sql, nowMs: number): Promise<number> {
  return sql.execute("DELETE FROM signing_key WHERE active IS NULL AND expire_ms <= ?", [nowMs]);
}

function keyOf(row: SigningKeyRow): StoredSigningKey {
  return {
    kid: row.kid,
    x: row.x,
    sealedSeed: row.sealed_seed,
    createMs: Number(row.create_ms),
    expireMs: row.expire_ms === null ? undefined : Number(row.expire_ms),
  };
}
