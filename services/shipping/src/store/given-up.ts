import type { Sql, Tx } from "@shopmesh/mesh";
import type { GivenUpRow } from "../schema.ts";

/** A label that a carrier may have sold and that nobody wants; its number may be unknown. */
export type GivenUp = {
  readonly shipmentId: string;
  readonly carrier: string;
  readonly serviceType: string;
  readonly trackingNumber: string;
};

/** Notes a label to be given back; one that is noted stays as it is. */
export async function insertGivenUp(
  tx: Tx,
  shipmentId: string,
  { carrier, serviceType, trackingNumber }: Omit<GivenUp, "shipmentId">,
  askMs: number,
): Promise<void> {
  await tx.execute(
    `INSERT IGNORE INTO given_up_label (shipment_id, carrier, tracking_number, service_type, ask_ms, is_open)
     VALUES (?, ?, ?, ?, ?, 1)`,
    [shipmentId, carrier, trackingNumber, serviceType, askMs],
  );
}

/** The carriers whose label of a shipment was given up. */
export async function findGivenUpOf(sql: Sql, shipmentId: string): Promise<readonly string[]> {
  const rows = await sql.rows<{ carrier: string }>("SELECT carrier FROM given_up_label WHERE shipment_id = ?", [
    shipmentId,
  ]);
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
  }));
}

/** Notes that a label was given back, or that it is to be tried again. */
export async function settleGivenUp(
  sql: Sql,
  { shipmentId, carrier, trackingNumber }: GivenUp,
  next: { readonly isOpen: boolean; readonly askMs: number },
): Promise<void> {
  await sql.execute(
    "UPDATE given_up_label SET is_open = ?, ask_ms = ? WHERE shipment_id = ? AND carrier = ? AND tracking_number = ?",
    [next.isOpen, next.askMs, shipmentId, carrier, trackingNumber],
  );
}
