import { DomainError } from "@shopmesh/kernel";
import type { Sql, SqlValue, Tx } from "@shopmesh/mesh";
import type { Delivery, DeliveryState, Template } from "../delivery.ts";
import type { DeliveryRow } from "../schema.ts";

type RowWithOrders = DeliveryRow & { readonly order_ids: string | null };

const columns = `d.*, (SELECT GROUP_CONCAT(o.order_id ORDER BY o.position) FROM delivery_order o WHERE o.delivery_id = d.id) AS order_ids`;

/** Writes a new delivery; false, and nothing written, where its message was asked for before. */
export async function insertDelivery(tx: Tx, delivery: Delivery): Promise<boolean> {
  const entries = Object.entries(columnsOf(delivery));
  const written = await tx.execute(
    `INSERT IGNORE INTO delivery (${entries.map(([name]) => name).join(", ")}) VALUES (${entries.map(() => "?").join(", ")})`,
    entries.map(([, value]) => value),
  );
  if (written === 0) return false;
  await tx.insert(
    "delivery_order",
    delivery.orderIds.map((orderId, position) => ({ order_id: orderId, delivery_id: delivery.id, position })),
  );
  return true;
}

/** The delivery; throws DELIVERY_NOT_FOUND. */
export function findDelivery(sql: Sql, id: string): Promise<Delivery> {
  return readDelivery(sql, id, "");
}

/** As findDelivery, its row locked until the transaction ends. */
export function lockDelivery(tx: Tx, id: string): Promise<Delivery> {
  return readDelivery(tx, id, "FOR UPDATE");
}

/** Writes a delivery over the version before it; false where another was faster. */
export async function updateDelivery(tx: Tx, delivery: Delivery): Promise<boolean> {
  const { id: _id, once_key: _onceKey, template: _template, create_ms: _created, ...changed } = columnsOf(delivery);
  const entries = Object.entries(changed);
  const written = await tx.execute(
    `UPDATE delivery SET ${entries.map(([name]) => `${name} = ?`).join(", ")} WHERE id = ? AND version = ?`,
    [...entries.map(([, value]) => value), delivery.id, delivery.version - 1],
  );
  return written === 1;
}

/** A page of deliveries that fit every criterion, newest first. */
export async function listDeliveries(
  sql: Sql,
  query: {
    readonly orderId: string;
    readonly customerId: string;
    readonly template: string;
    readonly states: readonly DeliveryState[];
    readonly beforeId: string | undefined;
    readonly limit: number;
  },
): Promise<Delivery[]> {
  const conditions = ["1 = 1"];
  const values: (SqlValue | readonly SqlValue[])[] = [];
  const add = (condition: string, value: SqlValue | readonly SqlValue[]) => {
    conditions.push(condition);
    values.push(value);
  };
  if (query.orderId !== "")
    add("d.id IN (SELECT o.delivery_id FROM delivery_order o WHERE o.order_id = ?)", query.orderId);
  if (query.customerId !== "") add("d.customer_id = ?", query.customerId);
  if (query.template !== "") add("d.template = ?", query.template);
  if (query.states.length > 0) add("d.state IN (?)", query.states);
  if (query.beforeId !== undefined) add("d.id < ?", query.beforeId);
  const rows = await sql.rows<RowWithOrders>(
    `SELECT ${columns} FROM delivery d WHERE ${conditions.join(" AND ")} ORDER BY d.id DESC LIMIT ?`,
    [...values, query.limit],
  );
  return rows.map(deliveryOf);
}

async function readDelivery(sql: Sql, id: string, suffix: string): Promise<Delivery> {
  const row = await sql.row<RowWithOrders>(`SELECT ${columns} FROM delivery d WHERE d.id = ? ${suffix}`, [id]);
  if (row === undefined) throw new DomainError("not-found", "DELIVERY_NOT_FOUND", { delivery_id: id });
  return deliveryOf(row);
}

function columnsOf(delivery: Delivery): Record<keyof DeliveryRow, SqlValue> {
  return {
    id: delivery.id,
    version: delivery.version,
    once_key: delivery.onceKey,
    template: delivery.template,
    recipient: delivery.recipient,
    subject: delivery.subject,
    state: delivery.state,
    attempt_count: delivery.attemptCount,
    claim_ms: delivery.claimMs ?? null,
    failure_reason: delivery.failureReason,
    event_id: delivery.eventId,
    customer_id: delivery.customerId,
    provider_reference: delivery.providerReference,
    create_ms: delivery.createMs,
    update_ms: delivery.updateMs,
    next_attempt_ms: delivery.nextAttemptMs ?? null,
  };
}

// The words in these columns were written from the types they are read as.
function deliveryOf(row: RowWithOrders): Delivery {
  return {
    id: row.id,
    version: Number(row.version),
    onceKey: row.once_key,
    template: row.template as Template,
    recipient: row.recipient,
    subject: row.subject,
    state: row.state as DeliveryState,
    attemptCount: row.attempt_count,
    claimMs: row.claim_ms === null ? undefined : Number(row.claim_ms),
    failureReason: row.failure_reason,
    eventId: row.event_id,
    orderIds: (row.order_ids ?? "").split(",").filter((id) => id !== ""),
    customerId: row.customer_id,
    providerReference: row.provider_reference,
    createMs: Number(row.create_ms),
    updateMs: Number(row.update_ms),
    nextAttemptMs: row.next_attempt_ms === null ? undefined : Number(row.next_attempt_ms),
  };
}
