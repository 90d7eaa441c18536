import type { Tx } from "@shopmesh/mesh";
import type { Allocation } from "../allocation.ts";
import type { PlacedLine } from "../stock.ts";

type AllocationRow = {
  readonly order_id: string;
  readonly hold_id: string;
  readonly state: Allocation["state"];
};

type LineRow = {
  readonly sku: string;
  readonly location_id: string;
  readonly quantity: number;
  readonly shipped: number;
  readonly deallocated: number;
  readonly restocked: number;
};

/** Makes allocations of orders, without lines yet; how many of them: an order that has one keeps it. */
export function createAllocations(
  tx: Tx,
  allocations: readonly Omit<Allocation, "lines">[],
  nowMs: number,
): Promise<number> {
  // Rows are locked in the order of their keys.
  const sorted = allocations.toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1));
  const places = sorted.map(() => "(?, ?, ?, ?)").join(", ");
  return tx.execute(
    `INSERT IGNORE INTO allocation (order_id, hold_id, state, create_ms) VALUES ${places}`,
    sorted.flatMap(({ orderId, holdId, state }) => [orderId, holdId, state, nowMs]),
  );
}

/** The order's allocation, its row locked. */
export async function lockAllocation(tx: Tx, orderId: string): Promise<Allocation | undefined> {
  const row = await tx.row<AllocationRow>(
    "SELECT order_id, hold_id, state FROM allocation WHERE order_id = ? FOR UPDATE",
    [orderId],
  );
  if (row === undefined) return undefined;
  const lines = await tx.rows<LineRow>(
    `SELECT sku, location_id, quantity, shipped, deallocated, restocked FROM allocation_line WHERE order_id = ?
     ORDER BY sku, location_id`,
    [orderId],
  );
  return {
    orderId: row.order_id,
    holdId: row.hold_id,
    state: row.state,
    lines: lines.map(({ location_id: locationId, ...line }) => ({ ...line, locationId })),
  };
}

/** Writes the orders' goods, with the commit. */
export function createAllocatedLines(
  tx: Tx,
  orders: readonly { readonly orderId: string; readonly lines: readonly PlacedLine[] }[],
): void {
  tx.insertLast(
    "allocation_line",
    orders.flatMap(({ orderId, lines }) =>
      lines.map(({ sku, locationId, quantity }) => ({ order_id: orderId, sku, location_id: locationId, quantity })),
    ),
  );
}

/** Marks an order's allocation as given back, for ever. */
export async function releaseAllocation(tx: Tx, orderId: string): Promise<void> {
  await tx.execute("UPDATE allocation SET state = 'released' WHERE order_id = ?", [orderId]);
}

/** Notes a shipment; false where it is known. */
export async function createShipment(
  tx: Tx,
  shipment: { readonly id: string; readonly orderId: string },
  nowMs: number,
): Promise<boolean> {
  const made = await tx.execute("INSERT IGNORE INTO shipment (id, order_id, create_ms) VALUES (?, ?, ?)", [
    shipment.id,
    shipment.orderId,
    nowMs,
  ]);
  return made === 1;
}

/** Counts what became of an order's goods: left, given back before they left, or come back after. */
export async function countLines(
  tx: Tx,
  orderId: string,
  became: "shipped" | "deallocated" | "restocked",
  lines: readonly PlacedLine[],
): Promise<void> {
  if (lines.length === 0) return;
  await tx.execute(
    `UPDATE allocation_line a JOIN JSON_TABLE(?, '$[*]' COLUMNS (
       sku VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.sku',
       location_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PATH '$.locationId',
       quantity INT PATH '$.quantity'
     )) c ON a.sku = c.sku AND a.location_id = c.location_id
     SET a.${became} = a.${became} + c.quantity WHERE a.order_id = ?`,
    [JSON.stringify(lines), orderId],
  );
}
