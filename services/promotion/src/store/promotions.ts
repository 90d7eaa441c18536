import { money } from "@shopmesh/kernel";
import type { Sql, Tx } from "@shopmesh/mesh";
import type { Promotion } from "../coupon.ts";
import type { PromotionRow } from "../schema.ts";

/** A coupon as one customer finds it. */
export type FoundCoupon = {
  readonly promotion: Promotion;
  /** This customer's redemptions, reserved or confirmed; 0 for a guest. */
  readonly customerRedemptionCount: number;
};

/** The promotion of a code, with how often `customerId` (empty for a guest) has used it. */
export async function findCoupon(sql: Sql, couponCode: string, customerId: string): Promise<FoundCoupon | undefined> {
  const row = await sql.row<PromotionRow & { used: string }>(
    `SELECT p.*, (SELECT COUNT(*) FROM redemption r
       WHERE r.promotion_id = p.id AND r.customer_id = ? AND r.state <> 'released') AS used
     FROM promotion p WHERE p.coupon_code = ?`,
    [customerId, couponCode],
  );
  if (row === undefined) return undefined;
  return { promotion: promotionOf(row), customerRedemptionCount: Number(row.used) };
}

/** The promotion, its row locked until the transaction ends. */
export async function lockPromotion(tx: Tx, id: string): Promise<Promotion | undefined> {
  const row = await tx.row<PromotionRow>("SELECT * FROM promotion WHERE id = ? FOR UPDATE", [id]);
  return row === undefined ? undefined : promotionOf(row);
}

/** Writes a new promotion; false, and nothing written, where its code is taken. */
export async function insertPromotion(tx: Tx, promotion: Promotion): Promise<boolean> {
  const written = await tx.execute(
    `INSERT IGNORE INTO promotion (id, version, label, coupon_code, discount_basis_points, state, start_ms, end_ms,
       max_redemptions, max_per_customer, minimum_currency, minimum_minor_units, redemption_count, create_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      promotion.id,
      promotion.version,
      promotion.label,
      promotion.couponCode,
      promotion.discountBasisPoints,
      promotion.state,
      promotion.startMs ?? null,
      promotion.endMs ?? null,
      promotion.maxRedemptions,
      promotion.maxRedemptionsPerCustomer,
      promotion.minimumSubtotal?.currencyCode ?? null,
      promotion.minimumSubtotal?.minorUnits ?? null,
      promotion.redemptionCount,
      promotion.createMs,
    ],
  );
  return written === 1;
}

/** Writes a promotion's state; the caller holds its lock. */
export async function updateState(tx: Tx, { id, state, version }: Promotion): Promise<void> {
  await tx.execute("UPDATE promotion SET state = ?, version = ? WHERE id = ?", [state, version, id]);
}

/**
 * Counts one redemption more; false, and nothing counted, where the promotion cannot be used at `nowMs` or its limit is
 * reached. The row stays locked until the transaction ends, so that those who count wait for one another.
 */
export async function countRedemption(tx: Tx, id: string, nowMs: number): Promise<boolean> {
  const matched = await tx.execute(
    `UPDATE promotion SET redemption_count = redemption_count + 1
     WHERE id = ? AND state = 'active' AND (max_redemptions = 0 OR redemption_count < max_redemptions)
       AND (start_ms IS NULL OR start_ms <= ?) AND (end_ms IS NULL OR end_ms > ?)`,
    [id, nowMs, nowMs],
  );
  return matched === 1;
}

/** Takes the count of a redemption back. */
export async function uncountRedemption(tx: Tx, redemptionId: string): Promise<void> {
  await tx.execute(
    `UPDATE promotion p JOIN redemption r ON r.promotion_id = p.id
     SET p.redemption_count = p.redemption_count - 1 WHERE r.id = ?`,
    [redemptionId],
  );
}

/** A page of the promotions, newest first, before the promotion `afterId`. */
export async function listPromotions(
  sql: Sql,
  page: { readonly limit: number; readonly afterId: string | undefined },
): Promise<readonly Promotion[]> {
  const isFirst = page.afterId === undefined;
  const rows = await sql.rows<PromotionRow>(
    `SELECT * FROM promotion${isFirst ? "" : " WHERE id < ?"} ORDER BY id DESC LIMIT ?`,
    isFirst ? [page.limit] : [page.afterId ?? "", page.limit],
  );
  return rows.map(promotionOf);
}

function promotionOf(row: PromotionRow): Promotion {
  const { minimum_currency: currency, minimum_minor_units: minimum } = row;
  return {
    id: row.id,
    version: Number(row.version),
    label: row.label,
    couponCode: row.coupon_code,
    discountBasisPoints: row.discount_basis_points,
    state: row.state as Promotion["state"],
    startMs: row.start_ms === null ? undefined : Number(row.start_ms),
    endMs: row.end_ms === null ? undefined : Number(row.end_ms),
    maxRedemptions: row.max_redemptions,
    maxRedemptionsPerCustomer: row.max_per_customer,
    minimumSubtotal: currency === null || minimum === null ? undefined : money(currency, BigInt(minimum)),
    redemptionCount: row.redemption_count,
    createMs: Number(row.create_ms),
  };
}
