import { DomainError } from "@shopmesh/kernel";
import { type Owner, type Sql, type SqlValue, type Tx, assignmentsOf } from "@shopmesh/mesh";
import type { ShipmentState } from "../scan.ts";
import type { ShipmentRow } from "../schema.ts";
import type { Address, Shipment, ShipmentLine } from "../shipment.ts";

const TOMBSTONE = "tombstone";

/** Writes new shipments; those whose key their order has already are left as they are. How many were new. */
export async function insertShipments(tx: Tx, shipments: readonly Shipment[]): Promise<number> {
  const rows = shipments.map(columnsOf);
  const [first] = rows;
  if (first === undefined) return 0;
  const names = Object.keys(first);
  const marks = rows.map(() => `(${names.map(() => "?").join(", ")})`).join(", ");
  return tx.execute(
    `INSERT IGNORE INTO shipment (${names.join(", ")}) VALUES ${marks}`,
    rows.flatMap((row) => Object.values(row)),
  );
}

/** Refuses a later shipment of that key; nothing where the order has it. */
export async function insertTombstone(
  tx: Tx,
  grave: { readonly id: string; readonly orderId: string; readonly key: string; readonly nowMs: number },
): Promise<void> {
  await tx.execute(
    `INSERT IGNORE INTO shipment
       (id, order_id, ship_key, order_group_id, seller_id, location_id, version, state, carrier, service, service_type,
        tracking_number, label_key, is_label_stray, weight_grams, goods, destination, failure_reason, create_ms, update_ms)
     VALUES (?, ?, ?, '', '', '', 1, '${TOMBSTONE}', '', '', '', '', '', 0, 0, '', '', '', ?, ?)`,
    [grave.id, grave.orderId, grave.key, grave.nowMs, grave.nowMs],
  );
}

/** The order's shipments by their keys, locked; `isRefused`: one of the keys can never be sent. */
export async function lockByKeys(
  tx: Tx,
  orderId: string,
  keys: readonly string[],
): Promise<{ readonly shipments: readonly Shipment[]; readonly isRefused: boolean }> {
  const rows = await tx.rows<ShipmentRow>(
    "SELECT * FROM shipment WHERE order_id = ? AND ship_key IN (?) ORDER BY id FOR UPDATE",
    [orderId, keys],
  );
  const living = rows.filter(({ state }) => state !== TOMBSTONE);
  return { shipments: living.map(shipmentOf), isRefused: living.length < rows.length };
}

/** The shipment of a key, or undefined; one that was called off before it was planned is none. */
export async function findByKey(sql: Sql, orderId: string, key: string): Promise<Shipment | undefined> {
  const row = await sql.row<ShipmentRow>("SELECT * FROM shipment WHERE order_id = ? AND ship_key = ? AND state <> ?", [
    orderId,
    key,
    TOMBSTONE,
  ]);
  return row === undefined ? undefined : shipmentOf(row);
}

/** Throws SHIPMENT_NOT_FOUND. */
export async function requireShipment(sql: Sql, id: string): Promise<Shipment> {
  const row = await sql.row<ShipmentRow>("SELECT * FROM shipment WHERE id = ? AND state <> ?", [id, TOMBSTONE]);
  return row === undefined ? notFound(id) : shipmentOf(row);
}

/** As requireShipment, the row locked until the transaction ends: whoever changes a shipment holds it. */
export async function lockShipment(tx: Tx, id: string): Promise<Shipment> {
  const row = await tx.row<ShipmentRow>("SELECT * FROM shipment WHERE id = ? AND state <> ? FOR UPDATE", [
    id,
    TOMBSTONE,
  ]);
  return row === undefined ? notFound(id) : shipmentOf(row);
}

/** The shipments that carry these numbers. */
export function findByNumbers(sql: Sql, numbers: readonly string[]): Promise<readonly Shipment[]> {
  return readByNumbers(sql, numbers, "");
}

/** As findByNumbers, their rows locked until the transaction ends. */
export function lockByNumbers(tx: Tx, numbers: readonly string[]): Promise<readonly Shipment[]> {
  return readByNumbers(tx, numbers, " FOR UPDATE");
}

async function readByNumbers(sql: Sql, numbers: readonly string[], suffix: string): Promise<readonly Shipment[]> {
  const wanted = numbers.filter((number) => number !== "");
  if (wanted.length === 0) return [];
  const rows = await sql.rows<ShipmentRow>(`SELECT * FROM shipment WHERE tracking_number IN (?)${suffix}`, [wanted]);
  return rows.map(shipmentOf);
}

/** At most `limit` shipments that a carrier is to be asked about by `nowMs`, the longest due first. */
export async function findDue(sql: Sql, nowMs: number, limit: number): Promise<readonly string[]> {
  const rows = await sql.rows<{ id: string }>("SELECT id FROM shipment WHERE ask_ms <= ? ORDER BY ask_ms LIMIT ?", [
    nowMs,
    limit,
  ]);
  return rows.map(({ id }) => id);
}

/** Has a carrier asked about a shipment later: the older it is, the later, two minutes to three hours. Whatever else the row holds. */
export async function postpone(sql: Sql, id: string, nowMs: number): Promise<void> {
  await sql.execute(
    "UPDATE shipment SET ask_ms = ? + GREATEST(120000, LEAST(10800000, (? - create_ms) DIV 4)) WHERE id = ?",
    [nowMs, nowMs, id],
  );
}

/** Claims a due shipment for one who asks its carrier; false where another has. */
export async function claimDue(sql: Sql, id: string, nowMs: number, untilMs: number): Promise<boolean> {
  return (await sql.execute("UPDATE shipment SET ask_ms = ? WHERE id = ? AND ask_ms <= ?", [untilMs, id, nowMs])) === 1;
}

export type ShipmentPage = {
  readonly orderId: string;
  /** Only this seller's; undefined: all. */
  readonly sellerId: string | undefined;
  readonly limit: number;
  readonly afterId: string | undefined;
};

/** A page of an order's shipments, oldest first. */
export async function listShipments(sql: Sql, page: ShipmentPage): Promise<readonly Shipment[]> {
  const conditions = ["order_id = ?", "state <> ?"];
  const values: SqlValue[] = [page.orderId, TOMBSTONE];
  if (page.sellerId !== undefined) {
    conditions.push("seller_id = ?");
    values.push(page.sellerId);
  }
  if (page.afterId !== undefined) {
    conditions.push("id > ?");
    values.push(page.afterId);
  }
  const rows = await sql.rows<ShipmentRow>(
    `SELECT * FROM shipment WHERE ${conditions.join(" AND ")} ORDER BY id LIMIT ?`,
    [...values, page.limit],
  );
  return rows.map(shipmentOf);
}

/** Writes what may change of a shipment, with the commit; the caller holds its lock. */
export function updateShipment(tx: Tx, before: Shipment, after: Shipment): void {
  const { list, values } = assignmentsOf(changingColumnsOf(after));
  const otherwise = () => new DomainError("aborted", "SHIPMENT_CONTENTION", { shipment_id: after.id });
  const statement = `UPDATE shipment SET ${list} WHERE id = ? AND version = ?`;
  tx.executeLast(statement, [...values, after.id, before.version], { rows: 1, otherwise });
}

type OwnerRow = Pick<ShipmentRow, "person_id" | "guest_token_hash" | "seller_id">;

export async function findShipmentOwner(id: string, sql: Sql): Promise<Owner | undefined> {
  return ownerOf(
    await sql.rows<OwnerRow>(
      "SELECT person_id, guest_token_hash, seller_id FROM shipment WHERE id = ? AND state <> ?",
      [id, TOMBSTONE],
    ),
  );
}

/** Whose an order is, as its shipments know. */
export async function findOrderOwner(orderId: string, sql: Sql): Promise<Owner | undefined> {
  return ownerOf(
    await sql.rows<OwnerRow>(
      "SELECT person_id, guest_token_hash, seller_id FROM shipment WHERE order_id = ? AND state <> ?",
      [orderId, TOMBSTONE],
    ),
  );
}

function ownerOf(rows: readonly OwnerRow[]): Owner | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    personId: first.person_id ?? undefined,
    guestTokenHashes: first.guest_token_hash === null ? [] : [first.guest_token_hash],
    sellerIds: [...new Set(rows.map(({ seller_id }) => seller_id))],
  };
}

function notFound(id: string): never {
  throw new DomainError("not-found", "SHIPMENT_NOT_FOUND", { shipment_id: id });
}

function shipmentOf(row: ShipmentRow): Shipment {
  return {
    id: row.id,
    key: row.ship_key,
    orderId: row.order_id,
    orderGroupId: row.order_group_id,
    personId: row.person_id ?? undefined,
    guestTokenHash: row.guest_token_hash ?? undefined,
    sellerId: row.seller_id,
    locationId: row.location_id,
    version: Number(row.version),
    state: row.state as ShipmentState,
    carrier: row.carrier,
    service: row.service,
    serviceType: row.service_type,
    trackingNumber: row.tracking_number,
    labelKey: row.label_key,
    labelAttempt: row.label_attempt,
    isLabelStray: row.is_label_stray === 1,
    weightGrams: row.weight_grams,
    lines: JSON.parse(row.goods) as readonly ShipmentLine[],
    destination: JSON.parse(row.destination) as Address,
    direction: row.direction === "return" ? "return" : "outbound",
    sender: row.sender === null ? undefined : (JSON.parse(row.sender) as Address),
    failureReason: row.failure_reason,
    estimateMs: numberOf(row.estimate_ms),
    promiseMs: numberOf(row.promise_ms),
    shipMs: numberOf(row.ship_ms),
    deliverMs: numberOf(row.deliver_ms),
    askMs: numberOf(row.ask_ms),
    createMs: Number(row.create_ms),
    updateMs: Number(row.update_ms),
  };
}

function numberOf(text: string | null): number | undefined {
  return text === null ? undefined : Number(text);
}

function columnsOf(shipment: Shipment) {
  return {
    id: shipment.id,
    order_id: shipment.orderId,
    ship_key: shipment.key,
    order_group_id: shipment.orderGroupId,
    person_id: shipment.personId ?? null,
    guest_token_hash: shipment.guestTokenHash ?? null,
    seller_id: shipment.sellerId,
    location_id: shipment.locationId,
    weight_grams: shipment.weightGrams,
    destination: JSON.stringify(shipment.destination),
    direction: shipment.direction,
    sender: shipment.sender === undefined ? null : JSON.stringify(shipment.sender),
    create_ms: shipment.createMs,
    ...changingColumnsOf(shipment),
  };
}

function changingColumnsOf(shipment: Shipment) {
  return {
    version: shipment.version,
    state: shipment.state,
    carrier: shipment.carrier,
    service: shipment.service,
    service_type: shipment.serviceType,
    goods: JSON.stringify(shipment.lines),
    tracking_number: shipment.trackingNumber,
    label_key: shipment.labelKey,
    label_attempt: shipment.labelAttempt,
    is_label_stray: shipment.isLabelStray,
    failure_reason: shipment.failureReason,
    estimate_ms: shipment.estimateMs ?? null,
    promise_ms: shipment.promiseMs ?? null,
    ship_ms: shipment.shipMs ?? null,
    deliver_ms: shipment.deliverMs ?? null,
    ask_ms: shipment.askMs ?? null,
    update_ms: shipment.updateMs,
  };
}
