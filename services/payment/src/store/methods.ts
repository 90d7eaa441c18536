import { type Owner, type Sql, type Tx, assignmentsOf } from "@shopmesh/mesh";
import type { ProviderName } from "../provider.ts";
import type { SavedMethodRow } from "../schema/methods.ts";
import type { SavedMethod } from "../saved-method.ts";

/** Writes a new method; nothing where its person has used the key before. */
export async function insertMethod(sql: Pick<Sql, "execute">, method: SavedMethod): Promise<void> {
  const row = columnsOf(method);
  const names = Object.keys(row);
  await sql.execute(
    `INSERT IGNORE INTO saved_method (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    Object.values(row),
  );
}

export async function findMethod(sql: Sql, id: string): Promise<SavedMethod | undefined> {
  const row = await sql.row<SavedMethodRow>("SELECT * FROM saved_method WHERE id = ?", [id]);
  return row === undefined ? undefined : methodOf(row);
}

/** The method that its person saved under this key. */
export async function findMethodByKey(sql: Sql, personId: string, requestId: string): Promise<SavedMethod | undefined> {
  const row = await sql.row<SavedMethodRow>("SELECT * FROM saved_method WHERE person_id = ? AND request_id = ?", [
    personId,
    requestId,
  ]);
  return row === undefined ? undefined : methodOf(row);
}

/** As findMethod, locked until the transaction ends. */
export async function lockMethod(tx: Tx, id: string): Promise<SavedMethod | undefined> {
  const row = await tx.row<SavedMethodRow>("SELECT * FROM saved_method WHERE id = ? FOR UPDATE", [id]);
  return row === undefined ? undefined : methodOf(row);
}

/** Writes how a method stands; the caller holds its lock. */
export async function updateMethod(tx: Tx, method: SavedMethod): Promise<void> {
  const { list, values } = assignmentsOf(columnsOf(method));
  await tx.execute(`UPDATE saved_method SET ${list} WHERE id = ?`, [...values, method.id]);
}

/** A page of a person's methods that are neither failed nor removed, newest first. */
export async function listMethods(
  sql: Sql,
  personId: string,
  page: { readonly limit: number; readonly afterId: string | undefined },
): Promise<readonly SavedMethod[]> {
  const after = page.afterId === undefined ? "" : "AND id < ?";
  const rows = await sql.rows<SavedMethodRow>(
    `SELECT * FROM saved_method
     WHERE person_id = ? AND state IN ('pending', 'requires-action', 'active') ${after} ORDER BY id DESC LIMIT ?`,
    [personId, ...(page.afterId === undefined ? [] : [page.afterId]), page.limit],
  );
  return rows.map(methodOf);
}

/** Methods of which nobody knows yet whether they are kept, begun before `beforeMs`, the oldest first. */
export async function findUndecidedMethods(sql: Sql, beforeMs: number, limit: number): Promise<readonly SavedMethod[]> {
  const rows = await sql.rows<SavedMethodRow>(
    `SELECT * FROM saved_method WHERE state IN ('pending', 'requires-action') AND create_ms < ?
     ORDER BY create_ms LIMIT ?`,
    [beforeMs, limit],
  );
  return rows.map(methodOf);
}

/** The provider's name of a person; undefined where it has none. */
export async function findCustomer(sql: Sql, provider: ProviderName, personId: string): Promise<string | undefined> {
  const row = await sql.row<{ reference: string }>(
    "SELECT reference FROM provider_customer WHERE person_id = ? AND provider = ?",
    [personId, provider],
  );
  return row?.reference;
}

/** Keeps the provider's name of a person; the first one stays. */
export async function keepCustomer(sql: Sql, provider: ProviderName, personId: string, reference: string) {
  await sql.execute("INSERT IGNORE INTO provider_customer (person_id, provider, reference) VALUES (?, ?, ?)", [
    personId,
    provider,
    reference,
  ]);
}

export async function findMethodOwner(id: string, sql: Sql): Promise<Owner | undefined> {
  const row = await sql.row<{ person_id: string }>("SELECT person_id FROM saved_method WHERE id = ?", [id]);
  return row === undefined ? undefined : { personId: row.person_id };
}

function methodOf(row: SavedMethodRow): SavedMethod {
  return {
    id: row.id,
    personId: row.person_id,
    requestId: row.request_id,
    provider: row.provider as ProviderName,
    state: row.state as SavedMethod["state"],
    customer: row.customer,
    reference: row.reference,
    setupReference: row.setup_reference,
    cardBrand: row.card_brand,
    cardLastFour: row.card_last_four,
    expireMonth: row.expire_month,
    expireYear: row.expire_year,
    actionUrl: row.action_url,
    failureReason: row.failure_reason,
    createMs: Number(row.create_ms),
  };
}

function columnsOf(method: SavedMethod) {
  return {
    id: method.id,
    person_id: method.personId,
    request_id: method.requestId,
    provider: method.provider,
    state: method.state,
    customer: method.customer,
    reference: method.reference,
    setup_reference: method.setupReference,
    card_brand: method.cardBrand,
    card_last_four: method.cardLastFour,
    expire_month: method.expireMonth,
    expire_year: method.expireYear,
    action_url: method.actionUrl,
    failure_reason: method.failureReason,
    create_ms: method.createMs,
  };
}
