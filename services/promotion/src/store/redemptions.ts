import type { Sql, Tx } from "@shopmesh/mesh";
import type { Redemption } from "../redemption.ts";
import type { RedemptionRow } from "../schema.ts";

/** The redemption of that id. */
export async function findRedemption(sql: Sql, id: string): Promise<Redemption | undefined> {
  const row = await sql.row<RedemptionRow>("SELECT * FROM redemption WHERE id = ?", [id]);
  return row === undefined ? undefined : redemptionOf(row);
}

/** Writes a new redemption; false, and nothing written, where its id is known. Waits for whoever writes the same id. */
export async function insertRedemption(tx: Tx, redemption: Redemption, nowMs: number): Promise<boolean> {
  const { id, version, state, promotionId, couponCode, customerId = null } = redemption;
  const written = await tx.execute(
    `INSERT IGNORE INTO redemption (id, version, state, promotion_id, coupon_code, customer_id, create_ms, update_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [id, version, state, promotionId === "" ? null : promotionId, couponCode, customerId, nowMs, nowMs],
  );
  return written === 1;
}

/** Moves a reserved redemption to a final state; false where it is not reserved. */
export async function settleRedemption(
  tx: Tx,
  id: string,
  state: "confirmed" | "released",
  nowMs: number,
): Promise<boolean> {
  const matched = await tx.execute(
    `UPDATE redemption SET state = ?, version = version + 1, update_ms = ?
     WHERE id = ? AND state = 'reserved'`,
    [state, nowMs, id],
  );
  return matched === 1;
}

/** How often a customer has used a promotion, reserved or confirmed; exact while the promotion's row is locked. */
export async function countOfCustomer(tx: Tx, promotionId: string, customerId: string): Promise<number> {
  const row = await tx.row<{ used: string }>(
    `SELECT COUNT(*) AS used FROM redemption
     WHERE promotion_id = ? AND customer_id = ? AND state <> 'released'`,
    [promotionId, customerId],
  );
  return Number(row?.used ?? 0);
}

function redemptionOf(row: RedemptionRow): Redemption {
  return {
    id: row.id,
    version: Number(row.version),
    state: row.state as Redemption["state"],
    promotionId: row.promotion_id ?? "",
    couponCode: row.coupon_code,
    customerId: row.customer_id ?? undefined,
  };
}
