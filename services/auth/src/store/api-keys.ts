import type { Owner, Sql, Tx } from "@shopmesh/mesh";
import type { ApiKey } from "../api-key.ts";
import type { ApiKeyRow } from "../schema.ts";
import { rolesOf } from "./accounts.ts";
import type { Holder } from "./sessions.ts";

const OPEN = "end_ms IS NULL AND (expire_ms IS NULL OR expire_ms > ?)";

export async function insertApiKey(tx: Tx, key: ApiKey, secretHash: string): Promise<void> {
  await tx.insert("api_key", [
    {
      id: key.id,
      secret_hash: secretHash,
      account_id: key.accountId,
      name: key.name,
      prefix: key.prefix,
      create_ms: key.createMs,
      expire_ms: key.expireMs ?? null,
      last_use_ms: key.lastUseMs ?? null,
      end_ms: key.endMs ?? null,
    },
  ]);
}

/** How many keys of an account open the door now. */
export async function countApiKeys(sql: Sql, accountId: string, nowMs: number): Promise<number> {
  const row = await sql.row<{ count: string | number }>(
    `SELECT COUNT(*) AS count FROM api_key WHERE account_id = ? AND ${OPEN}`,
    [accountId, nowMs],
  );
  return Number(row?.count ?? 0);
}

/** Whom an open key stands for. */
export async function findApiKeyHolder(sql: Sql, secretHash: string, nowMs: number): Promise<Holder | undefined> {
  const row = await sql.row<ApiKeyRow & { seller_id: string | null; roles: string | null }>(
    `SELECT k.id, k.account_id, k.last_use_ms, a.seller_id,
       (SELECT GROUP_CONCAT(r.role) FROM account_role r WHERE r.account_id = a.id) AS roles
     FROM api_key k JOIN account a ON a.id = k.account_id
     WHERE k.secret_hash = ? AND k.end_ms IS NULL AND (k.expire_ms IS NULL OR k.expire_ms > ?)`,
    [secretHash, nowMs],
  );
  if (row === undefined) return undefined;
  const { id, account_id: accountId, last_use_ms: lastUse } = row;
  return {
    id,
    accountId,
    roles: rolesOf(row.roles),
    sellerId: row.seller_id ?? undefined,
    lastUseMs: lastUse === null ? undefined : Number(lastUse),
  };
}

export async function noteApiKeyUse(sql: Sql, id: string, nowMs: number): Promise<void> {
  await sql.execute("UPDATE api_key SET last_use_ms = ? WHERE id = ?", [nowMs, id]);
}

export async function findApiKeyOwner(id: string, sql: Sql): Promise<Owner | undefined> {
  const row = await sql.row<ApiKeyRow>("SELECT account_id FROM api_key WHERE id = ?", [id]);
  return row === undefined ? undefined : { personId: row.account_id };
}

/** A page of open keys, newest first. */
export async function listApiKeys(
  sql: Sql,
  query: {
    readonly accountId: string;
    readonly nowMs: number;
    readonly limit: number;
    readonly afterId: string | undefined;
  },
): Promise<ApiKey[]> {
  const after = query.afterId === undefined ? "" : "AND id < ?";
  const rows = await sql.rows<ApiKeyRow>(
    `SELECT * FROM api_key WHERE account_id = ? AND ${OPEN} ${after} ORDER BY id DESC LIMIT ?`,
    [query.accountId, query.nowMs, ...(query.afterId === undefined ? [] : [query.afterId]), query.limit],
  );
  return rows.map(apiKeyOf);
}

/** Ends a key; false where it was over already. */
export async function endApiKey(tx: Tx, id: string, nowMs: number): Promise<boolean> {
  return (await tx.execute(`UPDATE api_key SET end_ms = ? WHERE id = ? AND ${OPEN}`, [nowMs, id, nowMs])) === 1;
}

/** Ends every open key of an account; their ids. The account is locked. */
export async function endApiKeysOf(tx: Tx, accountId: string, nowMs: number): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(`SELECT id FROM api_key WHERE account_id = ? AND ${OPEN} FOR UPDATE`, [
    accountId,
    nowMs,
  ]);
  const ids = rows.map(({ id }) => id);
  if (ids.length > 0) await tx.execute("UPDATE api_key SET end_ms = ? WHERE id IN (?)", [nowMs, ids]);
  return ids;
}

function apiKeyOf(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    prefix: row.prefix,
    createMs: Number(row.create_ms),
    expireMs: row.expire_ms === null ? undefined : Number(row.expire_ms),
    lastUseMs: row.last_use_ms === null ? undefined : Number(row.last_use_ms),
    endMs: row.end_ms === null ? undefined : Number(row.end_ms),
  };
}
