import type { Sql, Tx } from "@shopmesh/mesh";
import type { GivenUpRow } from "../schema.ts";
import { type Stray, STRAY_WATCH_MS } from "../shipment.ts";

/** A label that a carrier may have sold and that nobody wants; one without a number is looked for until `untilMs`. */
export type GivenUp = Stray & { readonly shipmentId: string; readonly untilMs: number };

/** Notes a label to be given back; one that is noted stays as it is. */
export async function insertGivenUp(
  tx: Tx,
  shipmentId: string,
  { carrier, serviceType, trackingNumber, labelAttempt }: Stray,
  nowMs: number,
): Promise<void> {
  await tx.execute(
    `INSERT IGNORE INTO given_up_label
       (shipment_id, carrier, tracking_number, attempt, service_type, until_ms, ask_ms, is_open)
     VALUES (?, ?, ?, ?, ?, ?, ?, 1)`,
    [shipmentId, carrier, trackingNumber, labelAttempt, serviceType, nowMs + STRAY_WATCH_MS, nowMs],
  );
}

/** The carriers whose label of a shipment was given up. */
export async function findGivenUpOf(sql: Sql, shipmentId: string): Promise<readonly string[]> {
  const rows = await sql.rows<{ carrier: string }>(
    "SELECT DISTINCT carrier FROM given_up_label WHERE shipment_id = ?",
    [shipmentId],
  );
  return rows.map(({ carrier }) => carrier);
}

/** At most `limit` labels that are to be given back by `nowMs`, the longest due first. */
export async function findGivenUpDue(sql: Sql, nowMs: number, limit: number): Promise<readonly GivenUp[]> {
  const rows = await sql.rows<GivenUpRow>(
    "SELECT * FROM given_up_label WHERE is_open = 1 AND ask_ms <= ? ORDER BY ask_ms LIMIT ?",
    [nowMs, limit],
  );
  return rows.map((row) => ({
    shipmentId: row.shipment_id,
    carrier: row.carrier,
    serviceType: row.service_type,
    trackingNumber: row.tracking_number,
    labelAttempt: row.attempt,
    untilMs: Number(row.until_ms),
  }));
}

/** Notes that a label was given back, or that it is to be tried again. */
export async function settleGivenUp(
  sql: Sql,
  { shipmentId, carrier, trackingNumber, labelAttempt }: GivenUp,
  next: { readonly isOpen: boolean; readonly askMs: number },
): Promise<void> {
  await sql.execute(
    `UPDATE given_up_label SET is_open = ?, ask_ms = ?
     WHERE shipment_id = ? AND carrier = ? AND tracking_number = ? AND attempt = ?`,
    [next.isOpen, next.askMs, shipmentId, carrier, trackingNumber, labelAttempt],
  );
}
