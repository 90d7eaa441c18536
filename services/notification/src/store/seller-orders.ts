import type { Sql, Tx } from "@shopmesh/mesh";
import type { SellerOrderRow } from "../schema.ts";

/** A confirmed order that its seller has not been told of. */
export type SellerOrder = {
  readonly orderId: string;
  readonly orderNumber: string;
  readonly sellerId: string;
  readonly createMs: number;
};

/** Keeps an order until its seller is told of it. */
export async function keepSellerOrder(
  tx: Tx,
  { orderId, orderNumber, sellerId, createMs }: SellerOrder,
): Promise<void> {
  await tx.execute(
    "INSERT IGNORE INTO seller_order (order_id, order_number, seller_id, create_ms) VALUES (?, ?, ?, ?)",
    [orderId, orderNumber, sellerId, createMs],
  );
}

/** A seller whose orders wait to be told; undefined for none. */
export async function sellerToTell(sql: Sql): Promise<string | undefined> {
  return (await sql.row<SellerOrderRow>("SELECT seller_id FROM seller_order ORDER BY seller_id LIMIT 1"))?.seller_id;
}

/** Takes what waits to be told to a seller, at most `limit`, the oldest first: each is given once. */
export async function takeSellerOrders(tx: Tx, sellerId: string, limit: number): Promise<readonly SellerOrder[]> {
  const rows = await tx.rows<SellerOrderRow>(
    "SELECT * FROM seller_order WHERE seller_id = ? ORDER BY order_id LIMIT ? FOR UPDATE",
    [sellerId, limit],
  );
  if (rows.length === 0) return [];
  await tx.execute("DELETE FROM seller_order WHERE order_id IN (?)", [rows.map((row) => row.order_id)]);
  return rows.map((row) => ({
    orderId: row.order_id,
    orderNumber: row.order_number,
    sellerId: row.seller_id,
    createMs: Number(row.create_ms),
  }));
}
