import { DomainError, isRefusal } from "@shopmesh/kernel";
import type { Sql, SqlValue, Tx } from "@shopmesh/mesh";
import { type Account, type AccountRole, accountRoles, normalizeEmail } from "../account.ts";
import type { AccountRow } from "../schema.ts";

type AccountWithRoles = Omit<AccountRow, "email_key"> & { readonly roles: string | null };

const columns = `a.id, a.version, a.email, a.name, a.seller_id, a.password_hash, a.create_ms,
  (SELECT GROUP_CONCAT(r.role) FROM account_role r WHERE r.account_id = a.id) AS roles`;

/** Writes a new account. Throws EMAIL_TAKEN. */
export async function insertAccount(tx: Tx, account: Account, passwordHash: string): Promise<void> {
  try {
    await tx.insert("account", [
      {
        id: account.id,
        version: account.version,
        email: account.email,
        email_key: normalizeEmail(account.email),
        name: account.name,
        seller_id: account.sellerId ?? null,
        password_hash: passwordHash,
        create_ms: account.createMs,
      },
    ]);
  } catch (error) {
    if (isRefusal(error, "DUPLICATE") && error.metadata["key"] === "email_key")
      throw new DomainError("exists", "EMAIL_TAKEN");
    throw error;
  }
  await tx.insert(
    "account_role",
    account.roles.map((role) => ({ account_id: account.id, role })),
  );
}

/** The account; throws ACCOUNT_NOT_FOUND. */
export async function findAccount(sql: Sql, id: string): Promise<Account> {
  const row = await sql.row<AccountWithRoles>(`SELECT ${columns} FROM account a WHERE a.id = ?`, [id]);
  return found(row, id);
}

/** As findAccount, its row locked until the transaction ends: whoever changes an account, or adds to what it holds, holds it. */
export async function lockAccount(tx: Tx, id: string): Promise<Account> {
  await tx.row("SELECT id FROM account WHERE id = ? FOR UPDATE", [id]);
  return findAccount(tx, id);
}

/** The account that signs in by an address, and what proves its password; undefined for none. */
export async function findSignIn(
  sql: Sql,
  email: string,
): Promise<{ account: Account; passwordHash: string } | undefined> {
  const row = await sql.row<AccountWithRoles>(`SELECT ${columns} FROM account a WHERE a.email_key = ?`, [
    normalizeEmail(email),
  ]);
  return row === undefined ? undefined : { account: accountOf(row), passwordHash: row.password_hash };
}

/** Writes what `after` may do more or less than `before`; `before` is locked. */
export async function updateRoles(tx: Tx, before: Account, after: Account): Promise<void> {
  await tx.execute("UPDATE account SET version = ?, seller_id = ? WHERE id = ?", [
    after.version,
    after.sellerId ?? null,
    after.id,
  ]);
  const lost = before.roles.filter((role) => !after.roles.includes(role));
  const won = after.roles.filter((role) => !before.roles.includes(role));
  if (lost.length > 0)
    await tx.execute("DELETE FROM account_role WHERE account_id = ? AND role IN (?)", [after.id, lost]);
  await tx.insert(
    "account_role",
    won.map((role) => ({ account_id: after.id, role })),
  );
}

/** How many administrators there are, all of them locked: no two of them can take the role from each other at once. */
export async function countLockedAdmins(tx: Tx): Promise<number> {
  const rows = await tx.rows("SELECT account_id FROM account_role WHERE role = 'admin' ORDER BY account_id FOR UPDATE");
  return rows.length;
}

/** A page of accounts, newest first. */
export async function listAccounts(
  sql: Sql,
  filter: {
    readonly email: string;
    readonly role: AccountRole | undefined;
    readonly afterId: string | undefined;
    readonly limit: number;
  },
): Promise<Account[]> {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const add = (condition: string, value: SqlValue) => {
    conditions.push(condition);
    values.push(value);
  };
  if (filter.email !== "") add("a.email_key = ?", normalizeEmail(filter.email));
  if (filter.role !== undefined)
    add("EXISTS (SELECT 1 FROM account_role r WHERE r.role = ? AND r.account_id = a.id)", filter.role);
  if (filter.afterId !== undefined) add("a.id < ?", filter.afterId);
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const rows = await sql.rows<AccountWithRoles>(
    `SELECT ${columns} FROM account a ${where} ORDER BY a.id DESC LIMIT ?`,
    [...values, filter.limit],
  );
  return rows.map(accountOf);
}

/** Up to `limit` accounts, oldest first: those of these ids, those who work for a seller, or those with a role. */
export async function listContacts(
  sql: Sql,
  of: { readonly ids: readonly string[]; readonly sellerId: string; readonly role: AccountRole | undefined },
  limit: number,
): Promise<Account[]> {
  const rows = await sql.rows<AccountWithRoles>(
    `SELECT ${columns} FROM account a WHERE ${
      of.ids.length > 0
        ? "a.id IN (?)"
        : of.sellerId === ""
          ? "EXISTS (SELECT 1 FROM account_role r WHERE r.role = ? AND r.account_id = a.id)"
          : "a.seller_id = ?"
    } ORDER BY a.id LIMIT ?`,
    [of.ids.length > 0 ? of.ids : of.sellerId || (of.role ?? ""), limit],
  );
  return rows.map(accountOf);
}

/** The roles in a GROUP_CONCAT, in their order. */
export function rolesOf(text: string | null): AccountRole[] {
  const given = new Set((text ?? "").split(","));
  return accountRoles.filter((role) => given.has(role));
}

function found(row: AccountWithRoles | undefined, id: string): Account {
  if (row === undefined) throw new DomainError("not-found", "ACCOUNT_NOT_FOUND", { account_id: id });
  return accountOf(row);
}

function accountOf(row: AccountWithRoles): Account {
  return {
    id: row.id,
    version: Number(row.version),
    email: row.email,
    name: row.name,
    roles: rolesOf(row.roles),
    sellerId: row.seller_id ?? undefined,
    createMs: Number(row.create_ms),
  };
}
