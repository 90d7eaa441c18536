import type { Owner, Sql, Tx } from "@shopmesh/mesh";
import type { AccountRole } from "../account.ts";
import type { SessionRow } from "../schema.ts";
import type { Session } from "../session.ts";
import { rolesOf } from "./accounts.ts";

/** What a credential of any kind stands for, read by one statement. */
export type Holder = {
  /** The session's id, or the API key's. */
  readonly id: string;
  readonly accountId: string;
  readonly roles: readonly AccountRole[];
  readonly sellerId: string | undefined;
  readonly lastUseMs: number | undefined;
};

export async function insertSession(tx: Tx, session: Session, tokenHash: string): Promise<void> {
  await tx.insert("session", [
    {
      id: session.id,
      token_hash: tokenHash,
      account_id: session.accountId,
      device: session.device,
      create_ms: session.createMs,
      last_use_ms: session.lastUseMs,
      expire_ms: session.expireMs,
      end_ms: session.endMs ?? null,
    },
  ]);
}

/** Whom an open session's token stands for. */
export async function findSessionHolder(sql: Sql, tokenHash: string, nowMs: number): Promise<Holder | undefined> {
  const row = await sql.row<SessionRow & { seller_id: string | null; roles: string | null }>(
    `SELECT s.id, s.account_id, s.last_use_ms, a.seller_id,
       (SELECT GROUP_CONCAT(r.role) FROM account_role r WHERE r.account_id = a.id) AS roles
     FROM session s JOIN account a ON a.id = s.account_id
     WHERE s.token_hash = ? AND s.end_ms IS NULL AND s.expire_ms > ?`,
    [tokenHash, nowMs],
  );
  if (row === undefined) return undefined;
  return {
    id: row.id,
    accountId: row.account_id,
    roles: rolesOf(row.roles),
    sellerId: row.seller_id ?? undefined,
    lastUseMs: Number(row.last_use_ms),
  };
}

/** Notes a use, which puts its end off. */
export async function noteSessionUse(sql: Sql, id: string, nowMs: number, expireMs: number): Promise<void> {
  await sql.execute("UPDATE session SET last_use_ms = ?, expire_ms = ? WHERE id = ? AND end_ms IS NULL", [
    nowMs,
    expireMs,
    id,
  ]);
}

export async function findSession(sql: Sql, id: string): Promise<Session | undefined> {
  const row = await sql.row<SessionRow>("SELECT * FROM session WHERE id = ?", [id]);
  return row === undefined ? undefined : sessionOf(row);
}

export async function findSessionOwner(id: string, sql: Sql): Promise<Owner | undefined> {
  const session = await findSession(sql, id);
  return session === undefined ? undefined : { personId: session.accountId };
}

/** A page of open sessions, the last used first. */
export async function listSessions(
  sql: Sql,
  query: {
    readonly accountId: string;
    readonly nowMs: number;
    readonly limit: number;
    readonly after: { readonly lastUseMs: number; readonly id: string } | undefined;
  },
): Promise<Session[]> {
  const after = query.after === undefined ? "" : "AND (last_use_ms < ? OR (last_use_ms = ? AND id < ?))";
  const values = query.after === undefined ? [] : [query.after.lastUseMs, query.after.lastUseMs, query.after.id];
  const rows = await sql.rows<SessionRow>(
    `SELECT * FROM session WHERE account_id = ? AND end_ms IS NULL AND expire_ms > ? ${after} ORDER BY last_use_ms DESC, id DESC LIMIT ?`,
    [query.accountId, query.nowMs, ...values, query.limit],
  );
  return rows.map(sessionOf);
}

/** Ends a session; false where it was over already or is none. */
export async function endSession(tx: Tx, id: string, nowMs: number): Promise<boolean> {
  return (
    (await tx.execute("UPDATE session SET end_ms = ? WHERE id = ? AND end_ms IS NULL AND expire_ms > ?", [
      nowMs,
      id,
      nowMs,
    ])) === 1
  );
}

/** Ends every open session of an account; their ids. The account is locked. */
export async function endSessionsOf(tx: Tx, accountId: string, nowMs: number): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(
    "SELECT id FROM session WHERE account_id = ? AND end_ms IS NULL AND expire_ms > ? FOR UPDATE",
    [accountId, nowMs],
  );
  const ids = rows.map(({ id }) => id);
  if (ids.length > 0) await tx.execute("UPDATE session SET end_ms = ? WHERE id IN (?)", [nowMs, ids]);
  return ids;
}

/** Forgets sessions that are over since before `beforeMs`. */
export async function sweepSessions(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM session WHERE expire_ms < ? LIMIT ?", [beforeMs, limit]);
}

function sessionOf(row: SessionRow): Session {
  return {
    id: row.id,
    accountId: row.account_id,
    device: row.device,
    createMs: Number(row.create_ms),
    lastUseMs: Number(row.last_use_ms),
    expireMs: Number(row.expire_ms),
    endMs: row.end_ms === null ? undefined : Number(row.end_ms),
  };
}
