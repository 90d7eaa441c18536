import { DomainError } from "@shopmesh/kernel";
import { type Sql, type SqlValue, type Tx, assignmentsOf } from "@shopmesh/mesh";
import type { Delivery, DeliveryState, Facts } from "../delivery.ts";
import type { Channel, MessageName } from "../message.ts";
import type { DeliveryRow } from "../schema.ts";

type RowWithOrders = DeliveryRow & { readonly order_ids: string | null };

const columns = `d.*, (SELECT GROUP_CONCAT(o.order_id ORDER BY o.position) FROM delivery_order o WHERE o.delivery_id = d.id) AS order_ids`;

/** Writes new deliveries by one statement; those whose message was asked for before are left out. What was written. */
export async function insertDeliveries(tx: Tx, deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
  const [first] = deliveries;
  if (first === undefined) return [];
  const names = Object.keys(columnsOf(first));
  const marks = `(${names.map(() => "?").join(", ")})`;
  const written = await tx.execute(
    `INSERT IGNORE INTO delivery (${names.join(", ")}) VALUES ${deliveries.map(() => marks).join(", ")}`,
    deliveries.flatMap((delivery) => Object.values(columnsOf(delivery))),
  );
  const isNew = written === deliveries.length ? () => true : await newOf(tx, deliveries, written);
  const kept = deliveries.filter(({ id }) => isNew(id));
  const orders = kept.flatMap(({ id, orderIds }) =>
    orderIds.map((orderId, position) => ({ order_id: orderId, delivery_id: id, position })),
  );
  // Nothing in this transaction reads them.
  if (orders.length > 0) tx.insertLast("delivery_order", orders);
  return kept;
}

async function newOf(tx: Tx, deliveries: readonly Delivery[], written: number): Promise<(id: string) => boolean> {
  if (written === 0) return () => false;
  const rows = await tx.rows<{ id: string }>("SELECT id FROM delivery WHERE id IN (?)", [
    deliveries.map(({ id }) => id),
  ]);
  const ids = new Set(rows.map(({ id }) => id));
  return (id) => ids.has(id);
}

/** The delivery; throws DELIVERY_NOT_FOUND. */
export function findDelivery(sql: Sql, id: string): Promise<Delivery> {
  return readDelivery(sql, id, "");
}

/** As findDelivery, its row locked until the transaction ends. */
export function lockDelivery(tx: Tx, id: string): Promise<Delivery> {
  return readDelivery(tx, id, "FOR UPDATE");
}

/** The delivery that a provider names, locked; undefined for none. */
export async function lockByReference(tx: Tx, reference: string): Promise<Delivery | undefined> {
  const row = await tx.row<RowWithOrders>(
    `SELECT ${columns} FROM delivery d WHERE d.provider_reference = ? LIMIT 1 FOR UPDATE`,
    [reference],
  );
  return row === undefined ? undefined : deliveryOf(row);
}

/** Writes a delivery over the version before it, with the commit, which throws `otherwise` where another was faster. */
export function updateDelivery(tx: Tx, delivery: Delivery, otherwise: () => Error): void {
  const { id: _id, once_key: _onceKey, template: _template, create_ms: _created, ...changed } = columnsOf(delivery);
  const { list, values } = assignmentsOf(changed);
  tx.executeLast(
    `UPDATE delivery SET ${list} WHERE id = ? AND version = ?`,
    [...values, delivery.id, delivery.version - 1],
    { rows: 1, otherwise },
  );
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
    channel: delivery.channel,
    recipient: delivery.recipient,
    subject: delivery.subject.slice(0, 400),
    locale: delivery.locale,
    state: delivery.state,
    attempt_count: delivery.attemptCount,
    deferral_count: delivery.deferralCount,
    claim_ms: delivery.claimMs ?? null,
    unsure_since_ms: delivery.unsureSinceMs ?? null,
    failure_reason: delivery.failureReason,
    event_id: delivery.eventId,
    facts: Object.keys(delivery.facts).length === 0 ? null : JSON.stringify(delivery.facts),
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
    template: row.template as MessageName,
    channel: row.channel as Channel,
    recipient: row.recipient,
    subject: row.subject,
    locale: row.locale,
    state: row.state as DeliveryState,
    attemptCount: row.attempt_count,
    deferralCount: row.deferral_count,
    claimMs: numberOf(row.claim_ms),
    unsureSinceMs: numberOf(row.unsure_since_ms),
    failureReason: row.failure_reason,
    eventId: row.event_id,
    orderIds: (row.order_ids ?? "").split(",").filter((id) => id !== ""),
    facts: row.facts === null ? {} : (JSON.parse(row.facts) as Facts),
    customerId: row.customer_id,
    providerReference: row.provider_reference,
    createMs: Number(row.create_ms),
    updateMs: Number(row.update_ms),
    nextAttemptMs: numberOf(row.next_attempt_ms),
  };
}

function numberOf(column: string | null): number | undefined {
  return column === null ? undefined : Number(column);
}
