import type { Sql, SqlValue, Tx } from "@shopmesh/mesh";
import type { Scan, ShipmentState } from "../scan.ts";
import type { ScanRow } from "../schema.ts";

/** Keeps scans; those that are known are left as they are. */
export async function insertScans(tx: Tx, shipmentId: string, scans: readonly Scan[]): Promise<void> {
  if (scans.length === 0) return;
  const values: SqlValue[] = scans.flatMap((scan) => [
    shipmentId,
    scan.timeMs,
    scan.code,
    scan.state,
    scan.description,
    scan.place,
    scan.estimateMs ?? null,
  ]);
  await tx.execute(
    `INSERT IGNORE INTO scan (shipment_id, time_ms, code, state, description, place, estimate_ms)
     VALUES ${scans.map(() => "(?, ?, ?, ?, ?, ?, ?)").join(", ")}`,
    values,
  );
}

/** The scans of shipments by the shipment's id, newest first. */
export async function findScans(
  sql: Sql,
  shipmentIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Scan[]>> {
  const found = new Map<string, Scan[]>();
  if (shipmentIds.length === 0) return found;
  const rows = await sql.rows<ScanRow>("SELECT * FROM scan WHERE shipment_id IN (?) ORDER BY time_ms DESC, code DESC", [
    shipmentIds,
  ]);
  for (const row of rows) {
    const scans = found.get(row.shipment_id) ?? [];
    scans.push({
      code: row.code,
      timeMs: Number(row.time_ms),
      state: row.state as ShipmentState,
      description: row.description,
      place: row.place,
      estimateMs: row.estimate_ms === null ? undefined : Number(row.estimate_ms),
    });
    found.set(row.shipment_id, scans);
  }
  return found;
}

/** Keeps a carrier's report by its id; false where it is known. */
export async function keepEvent(tx: Tx, id: string, nowMs: number): Promise<boolean> {
  return (await tx.execute("INSERT IGNORE INTO carrier_event (id, receive_ms) VALUES (?, ?)", [id, nowMs])) === 1;
}

/** Forgets at most `limit` reports received before `beforeMs`; how many. */
export function sweepEvents(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM carrier_event WHERE receive_ms < ? LIMIT ?", [beforeMs, limit]);
}
