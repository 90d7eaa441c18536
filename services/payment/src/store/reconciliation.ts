import type { Sql, SqlValue, Tx } from "@shopmesh/mesh";
import type { ProviderName } from "../provider.ts";
import type { Difference, Discrepancy, DiscrepancyKind } from "../reconcile.ts";
import type { DiscrepancyRow } from "../schema/disputes.ts";

/** Until when a provider's books have been compared; undefined before the first time. */
export async function reconciledUntil(sql: Sql, provider: ProviderName): Promise<number | undefined> {
  const row = await sql.row<{ until_ms: string }>("SELECT until_ms FROM reconciliation WHERE provider = ?", [provider]);
  return row === undefined ? undefined : Number(row.until_ms);
}

/** Writes down until when they have been compared; it never goes back. */
export async function keepReconciled(sql: Sql, provider: ProviderName, untilMs: number): Promise<void> {
  await sql.execute(
    `INSERT INTO reconciliation (provider, until_ms) VALUES (?, ?)
     ON DUPLICATE KEY UPDATE until_ms = GREATEST(until_ms, VALUES(until_ms))`,
    [provider, untilMs],
  );
}

/** When the first payment by a provider was begun; undefined where there is none. */
export async function firstPayment(sql: Sql, provider: ProviderName): Promise<number | undefined> {
  const row = await sql.row<{ first: string | null }>(
    "SELECT MIN(create_ms) AS first FROM payment WHERE provider = ?",
    [provider],
  );
  const first = row?.first ?? undefined;
  return first === undefined ? undefined : Number(first);
}

/** A payment that a provider named. */
export type Changed = { readonly id: string; readonly reference: string; readonly updateMs: number };

/** At most `limit` payments that a provider named and that changed after one, until a time, the longest ago first. */
export async function findChanged(
  sql: Sql,
  provider: ProviderName,
  { after, toMs, limit }: { after: Pick<Changed, "id" | "updateMs">; toMs: number; limit: number },
): Promise<readonly Changed[]> {
  const rows = await sql.rows<{ id: string; reference: string; update_ms: string }>(
    `SELECT id, reference, update_ms FROM payment
     WHERE provider = ? AND reference <> '' AND update_ms <= ? AND (update_ms > ? OR (update_ms = ? AND id > ?))
     ORDER BY update_ms, id LIMIT ?`,
    [provider, toMs, after.updateMs, after.updateMs, after.id, limit],
  );
  return rows.map(({ id, reference, update_ms: updateMs }) => ({ id, reference, updateMs: Number(updateMs) }));
}

/** Notes a difference: once by provider, name and kind, in the place of another kind; again where it had healed. True where it is news. */
export async function noteDifference(
  tx: Tx,
  found: Difference & {
    readonly id: string;
    readonly provider: ProviderName;
    readonly reference: string;
    readonly paymentId: string;
  },
  nowMs: number,
): Promise<boolean> {
  const { provider, reference, kind } = found;
  const known = await tx.row<DiscrepancyRow>(
    "SELECT * FROM discrepancy WHERE provider = ? AND reference = ? AND kind = ? FOR UPDATE",
    [provider, reference, kind],
  );
  const { id, paymentId, here, there } = found;
  await tx.execute(
    "UPDATE discrepancy SET resolve_ms = ? WHERE provider = ? AND reference = ? AND kind <> ? AND resolve_ms IS NULL",
    [nowMs, provider, reference, kind],
  );
  await tx.execute(
    `INSERT INTO discrepancy (id, provider, reference, kind, payment_id, here, there, find_ms, resolve_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)
     ON DUPLICATE KEY UPDATE here = VALUES(here), there = VALUES(there), resolve_ms = NULL`,
    [id, provider, reference, kind, paymentId, here.slice(0, 255), there.slice(0, 255), nowMs],
  );
  return known === undefined || known.resolve_ms !== null;
}

/** Says that the differences in payments that a provider calls so have healed; how many. */
export async function resolveDifferences(
  sql: Sql,
  provider: ProviderName,
  references: readonly string[],
  nowMs: number,
): Promise<number> {
  if (references.length === 0) return 0;
  return sql.execute(
    "UPDATE discrepancy SET resolve_ms = ? WHERE provider = ? AND reference IN (?) AND resolve_ms IS NULL",
    [nowMs, provider, references],
  );
}

export type DiscrepancyFilter = {
  readonly provider: string;
  readonly isOpenOnly: boolean;
  readonly limit: number;
  readonly afterId: string | undefined;
};

/** A page of the differences that fit, newest first. */
export async function listDiscrepancies(sql: Sql, filter: DiscrepancyFilter): Promise<readonly Discrepancy[]> {
  const conditions = ["1 = 1"];
  const values: SqlValue[] = [];
  if (filter.provider !== "") {
    conditions.push("provider = ?");
    values.push(filter.provider);
  }
  if (filter.isOpenOnly) conditions.push("resolve_ms IS NULL");
  if (filter.afterId !== undefined) {
    conditions.push("id < ?");
    values.push(filter.afterId);
  }
  const rows = await sql.rows<DiscrepancyRow>(
    `SELECT * FROM discrepancy WHERE ${conditions.join(" AND ")} ORDER BY id DESC LIMIT ?`,
    [...values, filter.limit],
  );
  return rows.map(discrepancyOf);
}

/** How many differences that were found from then on are still there. */
export async function countOpenDiscrepancies(sql: Sql, sinceMs: number): Promise<number> {
  const statement = "SELECT COUNT(*) AS open FROM discrepancy WHERE resolve_ms IS NULL AND find_ms >= ?";
  return Number((await sql.row<{ readonly open: string }>(statement, [sinceMs]))?.open ?? 0);
}

function discrepancyOf(row: DiscrepancyRow): Discrepancy {
  return {
    id: row.id,
    provider: row.provider,
    reference: row.reference,
    kind: row.kind as DiscrepancyKind,
    paymentId: row.payment_id,
    here: row.here,
    there: row.there,
    findMs: Number(row.find_ms),
    resolveMs: row.resolve_ms === null ? undefined : Number(row.resolve_ms),
  };
}
