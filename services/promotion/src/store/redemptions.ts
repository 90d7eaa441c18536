import type { Sql, Tx } from "@shopmesh/mesh";
import type { Redemption, RedemptionPart } from "../redemption.ts";
import type { RedemptionRow } from "../schema.ts";

/** The redemption of that id. */
export async function findRedemption(sql: Sql, id: string): Promise<Redemption | undefined> {
  const row = await sql.row<RedemptionRow>("SELECT * FROM redemption WHERE id = ?", [id]);
  return row === undefined ? undefined : redemptionOf(row);
}

/** Writes a new redemption; false, and nothing written, where its id is known. Waits for whoever writes the same id. */
export async function insertRedemption(tx: Tx, redemption: Redemption, nowMs: number): Promise<boolean> {
  const { id, version, state, promotionId, couponCode, discount, customerId = null } = redemption;
  const written = await tx.execute(
    `INSERT IGNORE INTO redemption (id, version, state, promotion_id, coupon_code, customer_id, create_ms, update_ms,
       currency, discount_minor_units)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      id,
      version,
      state,
      promotionId === "" ? null : promotionId,
      couponCode,
      customerId,
      nowMs,
      nowMs,
      discount?.currencyCode ?? null,
      discount?.minorUnits ?? null,
    ],
  );
  return written === 1;
}

/** Writes the automatic promotions of a redemption. */
export async function insertParts(
  tx: Tx,
  { id, customerId }: Redemption,
  parts: readonly RedemptionPart[],
): Promise<void> {
  const rows = parts.map(({ promotionId, discount }) => ({
    redemption_id: id,
    promotion_id: promotionId,
    customer_id: customerId ?? null,
    discount_minor_units: discount,
  }));
  await tx.insert("redemption_part", rows);
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

/** How often a customer has used each promotion, reserved or confirmed; exact while the promotions' rows are locked. */
export async function countsOfCustomer(
  tx: Tx,
  promotionIds: readonly string[],
  customerId: string,
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.rows<{ promotion_id: string; used: string }>(
    `SELECT promotion_id, COUNT(*) AS used FROM (
       SELECT promotion_id FROM redemption WHERE promotion_id IN (?) AND customer_id = ? AND state <> 'released'
       UNION ALL SELECT x.promotion_id FROM redemption_part x JOIN redemption r ON r.id = x.redemption_id
         WHERE x.promotion_id IN (?) AND x.customer_id = ? AND r.state <> 'released') uses
     GROUP BY promotion_id`,
    [promotionIds, customerId, promotionIds, customerId],
  );
  return new Map(rows.map(({ promotion_id: id, used }) => [id, Number(used)]));
}

function redemptionOf(row: RedemptionRow): Redemption {
  const { currency, discount_minor_units: discount } = row;
  return {
    id: row.id,
    version: Number(row.version),
    state: row.state as Redemption["state"],
    promotionId: row.promotion_id ?? "",
    couponCode: row.coupon_code,
    discount:
      currency === null || discount === null ? undefined : { currencyCode: currency, minorUnits: BigInt(discount) },
    customerId: row.customer_id ?? undefined,
  };
}
