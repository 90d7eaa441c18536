import { money } from "@shopmesh/kernel";
import { type Sql, type Tx, assignmentsOf } from "@shopmesh/mesh";
import type { Offer } from "../evaluation.ts";
import type { Promotion } from "../promotion.ts";
import type { RedemptionPart } from "../redemption.ts";
import type { PromotionRow } from "../schema.ts";
import { readDefinition, writeDefinition } from "./definition.ts";

/** The currency of a budget: the shop's, which a row does not repeat. */
export type CurrencyCode = string;

/** Whom and what is asked about. */
export type Finding = {
  /** Promotions to read whatever the code. */
  readonly ids: readonly string[];
  /** As kept; empty for none. */
  readonly couponCode: string;
  /** Empty for a guest. */
  readonly customerId: string;
};

/** Promotions as one customer finds them. */
export type Found = {
  readonly offers: readonly Offer[];
  /** The one of the code. */
  readonly coupon: Offer | undefined;
  readonly hasOrdered: boolean;
  readonly groups: readonly string[];
};

type FoundRow = PromotionRow & {
  readonly used: string;
  readonly code_used: number | null;
  readonly has_ordered: number;
  readonly groups_in: string | null;
};

/** The promotions of some ids and of a code, with what counts for one customer: one statement. */
export async function findOffers(
  sql: Sql,
  { ids, couponCode, customerId }: Finding,
  currency: CurrencyCode,
): Promise<Found> {
  const rows = await sql.rows<FoundRow>(
    `SELECT p.*,
       (SELECT COUNT(*) FROM redemption r WHERE r.promotion_id = p.id AND r.customer_id = ? AND r.state <> 'released')
       + (SELECT COUNT(*) FROM redemption_part x JOIN redemption r ON r.id = x.redemption_id
          WHERE x.promotion_id = p.id AND x.customer_id = ? AND r.state <> 'released') AS used,
       (SELECT c.redemption_id IS NOT NULL FROM promotion_code c WHERE c.code = ?) AS code_used,
       EXISTS (SELECT 1 FROM past_order o WHERE o.customer_id = ?) AS has_ordered,
       (SELECT GROUP_CONCAT(g.name) FROM customer_group g WHERE g.customer_id = ?) AS groups_in
     FROM promotion p
     WHERE p.id IN (?) OR p.coupon_code = ? OR p.id = (SELECT c.promotion_id FROM promotion_code c WHERE c.code = ?)`,
    [customerId, customerId, couponCode, customerId, customerId, ids.length === 0 ? [""] : ids, couponCode, couponCode],
  );
  const offers = rows.map((row) => offerOf(row, currency));
  const isEntered = ({ promotion }: Offer) => promotion.couponCode === couponCode;
  const isGenerated = ({ promotion }: Offer) => promotion.trigger === "generated-codes";
  return {
    offers,
    coupon: couponCode === "" ? undefined : (offers.find(isEntered) ?? offers.find(isGenerated)),
    hasOrdered: rows[0]?.has_ordered === 1,
    groups: rows[0]?.groups_in?.split(",") ?? [],
  };
}

function offerOf(row: FoundRow, currency: CurrencyCode): Offer {
  return {
    promotion: promotionOf(row, currency),
    customerRedemptionCount: Number(row.used),
    isCodeUsed: row.code_used === 1,
  };
}

/** The automatic promotions that are active and not over at `nowMs`, started or not. */
export async function findAutomatic(sql: Sql, nowMs: number, currency: CurrencyCode): Promise<readonly Promotion[]> {
  const rows = await sql.rows<PromotionRow>(
    `SELECT * FROM promotion WHERE trigger_kind = 'automatic' AND state = 'active' AND (end_ms IS NULL OR end_ms > ?)`,
    [nowMs],
  );
  return rows.map((row) => promotionOf(row, currency));
}

/** The promotion of that id. */
export async function findPromotion(sql: Sql, id: string, currency: CurrencyCode): Promise<Promotion | undefined> {
  const row = await sql.row<PromotionRow>("SELECT * FROM promotion WHERE id = ?", [id]);
  return row === undefined ? undefined : promotionOf(row, currency);
}

/** The promotion, its row locked until the transaction ends. */
export async function lockPromotion(tx: Tx, id: string, currency: CurrencyCode): Promise<Promotion | undefined> {
  const row = await tx.row<PromotionRow>("SELECT * FROM promotion WHERE id = ? FOR UPDATE", [id]);
  return row === undefined ? undefined : promotionOf(row, currency);
}

/** Writes a new promotion; false, and nothing written, where its code is taken. */
export async function insertPromotion(tx: Tx, promotion: Promotion): Promise<boolean> {
  const columns = { ...changeableColumns(promotion), ...fixedColumns(promotion) };
  const names = Object.keys(columns);
  const written = await tx.execute(
    `INSERT IGNORE INTO promotion (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    Object.values(columns),
  );
  return written === 1;
}

/** Writes what a person may change of a promotion; the caller holds its lock. */
export async function updatePromotion(tx: Tx, promotion: Promotion): Promise<void> {
  const { list, values } = assignmentsOf(changeableColumns(promotion));
  await tx.execute(`UPDATE promotion SET ${list} WHERE id = ?`, [...values, promotion.id]);
}

function changeableColumns(promotion: Promotion) {
  return {
    version: promotion.version,
    label: promotion.label,
    state: promotion.state,
    start_ms: promotion.startMs ?? null,
    end_ms: promotion.endMs ?? null,
    max_redemptions: promotion.maxRedemptions,
    max_per_customer: promotion.maxRedemptionsPerCustomer,
    minimum_currency: promotion.minimumSubtotal?.currencyCode ?? null,
    minimum_minor_units: promotion.minimumSubtotal?.minorUnits ?? null,
    definition: writeDefinition(promotion),
    budget_minor_units: promotion.budget?.minorUnits ?? null,
  };
}

function fixedColumns(promotion: Promotion) {
  const { action, couponCode } = promotion;
  return {
    id: promotion.id,
    coupon_code: couponCode === "" ? null : couponCode,
    discount_basis_points: action.kind === "percent-off" ? action.basisPoints : 0,
    redemption_count: promotion.redemptionCount,
    create_ms: promotion.createMs,
    trigger_kind: promotion.trigger,
    seller_id: promotion.sellerId ?? null,
  };
}

/**
 * Counts one redemption more of each part's promotion and what it takes off; false where one of them cannot be used at `nowMs`,
 * or its limit or budget is reached: the transaction must then be given up. The rows stay locked until it ends, so that those
 * who count wait for one another.
 */
export async function countRedemptions(tx: Tx, parts: readonly RedemptionPart[], nowMs: number): Promise<boolean> {
  const discount = `(CASE id ${parts.map(() => "WHEN ? THEN ?").join(" ")} ELSE 0 END)`;
  const discounts = parts.flatMap(({ promotionId, discount: amount }) => [promotionId, amount]);
  const matched = await tx.execute(
    `UPDATE promotion SET redemption_count = redemption_count + 1, budget_spent = budget_spent + ${discount}
     WHERE id IN (?) AND state = 'active' AND (max_redemptions = 0 OR redemption_count < max_redemptions)
       AND (budget_minor_units IS NULL OR budget_spent + ${discount} <= budget_minor_units)
       AND (start_ms IS NULL OR start_ms <= ?) AND (end_ms IS NULL OR end_ms > ?)`,
    [...discounts, parts.map(({ promotionId }) => promotionId), ...discounts, nowMs, nowMs],
  );
  return matched === parts.length;
}

/** Takes back what a redemption counted. */
export async function uncountRedemption(tx: Tx, redemptionId: string): Promise<void> {
  await tx.execute(
    `UPDATE promotion p JOIN (
       SELECT promotion_id, COALESCE(discount_minor_units, 0) AS discount FROM redemption
       WHERE id = ? AND promotion_id IS NOT NULL
       UNION ALL SELECT promotion_id, discount_minor_units FROM redemption_part WHERE redemption_id = ?
     ) counted ON counted.promotion_id = p.id
     SET p.redemption_count = p.redemption_count - 1, p.budget_spent = p.budget_spent - counted.discount`,
    [redemptionId, redemptionId],
  );
}

/** A page of the promotions, of one seller or of all, newest first, before the promotion `afterId`. */
export async function listPromotions(
  sql: Sql,
  page: { readonly limit: number; readonly afterId: string | undefined; readonly sellerId: string | undefined },
  currency: CurrencyCode,
): Promise<readonly Promotion[]> {
  const { limit, afterId, sellerId } = page;
  const rows = await sql.rows<PromotionRow>(
    `SELECT * FROM promotion WHERE TRUE${afterId === undefined ? "" : " AND id < ?"}${
      sellerId === undefined ? "" : " AND seller_id = ?"
    } ORDER BY id DESC LIMIT ?`,
    [...(afterId === undefined ? [] : [afterId]), ...(sellerId === undefined ? [] : [sellerId]), limit],
  );
  return rows.map((row) => promotionOf(row, currency));
}

/** A promotion's row in the domain's words. */
export function promotionOf(row: PromotionRow, currency: CurrencyCode): Promotion {
  const { minimum_currency: minimumCurrency, minimum_minor_units: minimum, budget_minor_units: budget } = row;
  return {
    ...readDefinition(row.definition, row.discount_basis_points),
    id: row.id,
    version: Number(row.version),
    label: row.label,
    trigger: row.trigger_kind as Promotion["trigger"],
    couponCode: row.coupon_code ?? "",
    state: row.state as Promotion["state"],
    sellerId: row.seller_id ?? undefined,
    startMs: row.start_ms === null ? undefined : Number(row.start_ms),
    endMs: row.end_ms === null ? undefined : Number(row.end_ms),
    maxRedemptions: row.max_redemptions,
    maxRedemptionsPerCustomer: row.max_per_customer,
    minimumSubtotal: minimumCurrency === null || minimum === null ? undefined : money(minimumCurrency, BigInt(minimum)),
    redemptionCount: row.redemption_count,
    budget: budget === null ? undefined : money(currency, BigInt(budget)),
    budgetSpent: BigInt(row.budget_spent),
    codeCount: row.code_count,
    createMs: Number(row.create_ms),
  };
}
