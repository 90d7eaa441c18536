import { money } from "@shopmesh/kernel";
import type { Sql, SqlValue, Tx } from "@shopmesh/mesh";
import type { Dispute } from "../dispute.ts";
import type { ProviderName } from "../provider.ts";
import type { DisputeRow } from "../schema/disputes.ts";

/** The dispute of this name at the provider; the caller holds its payment's lock. */
export async function findDispute(
  sql: Sql,
  by: { readonly id: string } | { readonly reference: string },
): Promise<Dispute | undefined> {
  const [column = "", value = ""] = Object.entries(by)[0] ?? [];
  const row = await sql.row<DisputeRow>(`SELECT * FROM dispute WHERE ${column} = ?`, [value]);
  return row === undefined ? undefined : disputeOf(row);
}

/** Writes a dispute, or how a known one stands. */
export async function writeDispute(tx: Tx, dispute: Dispute): Promise<void> {
  const row = columnsOf(dispute);
  const names = Object.keys(row);
  await tx.execute(
    `INSERT INTO dispute (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})
     ON DUPLICATE KEY UPDATE state = VALUES(state), is_answered = VALUES(is_answered), update_ms = VALUES(update_ms)`,
    Object.values(row),
  );
}

/** Disputes that a provider has not decided, as far as we have heard, the oldest first. */
export async function listOpenDisputes(sql: Sql, provider: ProviderName, limit: number): Promise<readonly Dispute[]> {
  const rows = await sql.rows<DisputeRow>(
    "SELECT * FROM dispute WHERE provider = ? AND state = 'open' ORDER BY id LIMIT ?",
    [provider, limit],
  );
  return rows.map(disputeOf);
}

export type DisputeFilter = {
  readonly paymentId: string;
  readonly states: readonly Dispute["state"][];
  readonly limit: number;
  readonly afterId: string | undefined;
};

/** A page of the disputes that fit, newest first. */
export async function listDisputes(sql: Sql, filter: DisputeFilter): Promise<readonly Dispute[]> {
  const conditions = ["1 = 1"];
  const values: (SqlValue | readonly SqlValue[])[] = [];
  if (filter.paymentId !== "") {
    conditions.push("payment_id = ?");
    values.push(filter.paymentId);
  }
  if (filter.states.length > 0) {
    conditions.push("state IN (?)");
    values.push(filter.states);
  }
  if (filter.afterId !== undefined) {
    conditions.push("id < ?");
    values.push(filter.afterId);
  }
  const rows = await sql.rows<DisputeRow>(
    `SELECT * FROM dispute WHERE ${conditions.join(" AND ")} ORDER BY id DESC LIMIT ?`,
    [...values, filter.limit],
  );
  return rows.map(disputeOf);
}

function disputeOf(row: DisputeRow): Dispute {
  return {
    id: row.id,
    paymentId: row.payment_id,
    orderGroupId: row.order_group_id,
    provider: row.provider as ProviderName,
    reference: row.reference,
    state: row.state as Dispute["state"],
    amount: money(row.currency, BigInt(row.amount)),
    fee: money(row.fee_currency, BigInt(row.fee)),
    reason: row.reason,
    evidenceDueMs: row.evidence_due_ms === null ? undefined : Number(row.evidence_due_ms),
    isAnswered: row.is_answered === 1,
    createMs: Number(row.create_ms),
    updateMs: Number(row.update_ms),
  };
}

function columnsOf(dispute: Dispute) {
  return {
    id: dispute.id,
    payment_id: dispute.paymentId,
    order_group_id: dispute.orderGroupId,
    provider: dispute.provider,
    reference: dispute.reference,
    state: dispute.state,
    currency: dispute.amount.currencyCode,
    amount: dispute.amount.minorUnits,
    fee_currency: dispute.fee.currencyCode,
    fee: dispute.fee.minorUnits,
    reason: dispute.reason.slice(0, 63),
    evidence_due_ms: dispute.evidenceDueMs ?? null,
    is_answered: dispute.isAnswered,
    create_ms: dispute.createMs,
    update_ms: dispute.updateMs,
  };
}
