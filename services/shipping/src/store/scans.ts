import type { Sql, SqlValue, Tx } from "@shopmesh/mesh";
import type { Scan, ShipmentState } from "../scan.ts";
import type { ScanRow } from "../schema.ts";

const OF_SHIPMENTS = "SELECT * FROM scan WHERE shipment_id IN (?) ORDER BY time_ms DESC, code DESC";

/** Keeps scans; those that are known are left as they are. All that the shipment has then, newest first. */
export async function keepScans(tx: Tx, shipmentId: string, scans: readonly Scan[]): Promise<readonly Scan[]> {
  const values: SqlValue[] = scans.flatMap((scan) => [
    shipmentId,
    scan.timeMs,
    scan.code,
    scan.state,
    scan.description,
    scan.place,
    scan.estimateMs ?? null,
  ]);
  const insert = `INSERT IGNORE INTO scan (shipment_id, time_ms, code, state, description, place, estimate_ms)
     VALUES ${scans.map(() => "(?, ?, ?, ?, ?, ?, ?)").join(", ")}`;
  const all = { statement: OF_SHIPMENTS, values: [shipmentId] };
  const results = await (scans.length === 0 ? tx.allRows(all) : tx.allRows({ statement: insert, values }, all));
  return ((results.at(-1) ?? []) as ScanRow[]).map(scanOf);
}

/** The scans of shipments by the shipment's id, newest first. */
export async function findScans(
  sql: Sql,
  shipmentIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Scan[]>> {
  const found = new Map<string, Scan[]>();
  if (shipmentIds.length === 0) return found;
  for (const row of await sql.rows<ScanRow>(OF_SHIPMENTS, [shipmentIds])) {
    const scans = found.get(row.shipment_id) ?? [];
    scans.push(scanOf(row));
    found.set(row.shipment_id, scans);
  }
  return found;
}

function scanOf(row: ScanRow): Scan {
  return {
    code: row.code,
    timeMs: Number(row.time_ms),
    state: row.state as ShipmentState,
    description: row.description,
    place: row.place,
    estimateMs: row.estimate_ms === null ? undefined : Number(row.estimate_ms),
  };
}

/** Keeps a carrier's report by its id; false where it is known. */
export async function keepEvent(tx: Tx, id: string, nowMs: number): Promise<boolean> {
  return (await tx.execute("INSERT IGNORE INTO carrier_event (id, receive_ms) VALUES (?, ?)", [id, nowMs])) === 1;
}

/** Forgets at most `limit` reports received before `beforeMs`; how many. */
export function sweepEvents(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM carrier_event WHERE receive_ms < ? LIMIT ?", [beforeMs, limit]);
}
