import { DomainError, formatMoney, type Money } from "@shopmesh/kernel";
import { ownLimitOf, type Promotion } from "./promotion.ts";

/** Who buys. */
export type Buyer = {
  /** Undefined for a guest. */
  readonly customerId: string | undefined;
  /** Whether an order of theirs was ever confirmed. */
  readonly hasOrdered: boolean;
  readonly groups: readonly string[];
};

/** Who wants to use a promotion, for what, when. */
export type Use = {
  readonly nowMs: number;
  readonly buyer: Buyer;
  /** How often this customer has used it, reserved or confirmed. */
  readonly customerRedemptionCount: number;
  /** Whether the generated code that was entered is used or kept by another. */
  readonly isCodeUsed: boolean;
  /** What it takes off, as far as that is known, in minor units: at least that must be left of its budget. */
  readonly discount: bigint;
};

/** For what it is to be used. */
export type Goods = {
  /** What the lines that it speaks of cost; undefined for no lines. */
  readonly subtotal: Money | undefined;
  /** How many pieces they are. */
  readonly quantity: number;
  /** Where they go; undefined while that is unknown. */
  readonly countryCode: string | undefined;
  /** Whether its rule says so. */
  readonly isRuleMet: boolean;
};

/** Why a coupon gives nothing: stable API. */
export type CouponReason =
  | "COUPON_NOT_FOUND"
  | "COUPON_PAUSED"
  | "COUPON_NOT_STARTED"
  | "COUPON_EXPIRED"
  | "COUPON_CODE_USED"
  | "COUPON_NEEDS_CUSTOMER"
  | "COUPON_FIRST_ORDER_ONLY"
  | "COUPON_GROUP_ONLY"
  | "COUPON_LIMIT_REACHED"
  | "COUPON_BUDGET_SPENT"
  | "COUPON_CUSTOMER_LIMIT_REACHED"
  | "COUPON_GOODS_MISSING"
  | "COUPON_QUANTITY_NOT_MET"
  | "COUPON_MINIMUM_NOT_MET"
  | "COUPON_COUNTRY_NOT_SERVED"
  | "COUPON_RULE_NOT_MET"
  | "COUPON_BETTER_OFFER";

/** One condition of a coupon, for people. */
export type Condition = {
  /** The reason where it is not met. */
  readonly reason: CouponReason;
  readonly isMet: boolean;
  readonly description: string;
};

/** The code as it is kept: case and outer spaces do not count. */
export function normaliseCode(code: string): string {
  return code.trim().toUpperCase();
}

/** Each condition that the coupon has, in the order in which they are tried; `promotion` undefined is an unknown code. */
export function conditionsOf(promotion: Promotion | undefined, use: Use, goods: Goods): readonly Condition[] {
  if (promotion === undefined) return lastingConditions(promotion, use);
  return [...lastingConditions(promotion, use), ...cartConditions(promotion, goods)];
}

/** The first reason why the coupon gives nothing; undefined where it applies. */
export function problemOf(promotion: Promotion | undefined, use: Use, goods: Goods): CouponReason | undefined {
  return firstProblem(conditionsOf(promotion, use, goods));
}

/**
 * The promotion, where one more redemption of it may be tried. What is bought is not asked again: the quote was made when that
 * was enough. Throws the COUPON_ reasons; PROMOTION_ ones for an automatic promotion.
 */
export function admitRedemption(promotion: Promotion | undefined, code: string, use: Use): Promotion {
  const problem = firstProblem(lastingConditions(promotion, use));
  if (promotion !== undefined && problem === undefined) return promotion;
  throw refusalOf(problem ?? "COUPON_NOT_FOUND", promotion, code);
}

/** The refusal for `reason`. */
export function refusalOf(reason: CouponReason, promotion: Promotion | undefined, code: string): DomainError {
  const kind = reason === "COUPON_NOT_FOUND" ? "not-found" : "precondition";
  if (promotion?.trigger !== "automatic") return new DomainError(kind, reason, { coupon_code: code });
  const { id, label } = promotion;
  return new DomainError(kind, reason.replace("COUPON_", "PROMOTION_"), { promotion_id: id, label });
}

function firstProblem(conditions: readonly Condition[]): CouponReason | undefined {
  return conditions.find(({ isMet }) => !isMet)?.reason;
}

/** What does not hang on the goods. */
function lastingConditions(promotion: Promotion | undefined, use: Use): readonly Condition[] {
  const known = condition("COUPON_NOT_FOUND", promotion !== undefined, "the coupon exists");
  if (promotion === undefined) return [known];
  return [known, ...scheduleOf(promotion, use), ...buyerOf(promotion, use), ...limitsOf(promotion, use)];
}

function scheduleOf({ state, startMs, endMs, trigger }: Promotion, { nowMs, isCodeUsed }: Use): readonly Condition[] {
  return [
    condition("COUPON_PAUSED", state === "active", "it has not been stopped"),
    ...when(startMs, (from) => condition("COUPON_NOT_STARTED", nowMs >= from, `valid from ${dateOf(from)}`)),
    ...when(endMs, (until) => condition("COUPON_EXPIRED", nowMs < until, `valid until ${dateOf(until)}`)),
    ...(trigger === "generated-codes" ? [condition("COUPON_CODE_USED", !isCodeUsed, "this code is good once")] : []),
  ];
}

function buyerOf(promotion: Promotion, { buyer }: Use): readonly Condition[] {
  const { isFirstOrder, customerGroups } = promotion.conditions;
  const isForCustomers = ownLimitOf(promotion) > 0 || customerGroups.length > 0;
  const isInGroup = customerGroups.some((group) => buyer.groups.includes(group));
  return [
    ...(isForCustomers
      ? [condition("COUPON_NEEDS_CUSTOMER", buyer.customerId !== undefined, "for signed-in customers")]
      : []),
    ...(isFirstOrder ? [condition("COUPON_FIRST_ORDER_ONLY", !buyer.hasOrdered, "for a first order")] : []),
    ...(customerGroups.length > 0
      ? [condition("COUPON_GROUP_ONLY", isInGroup, `for members of ${customerGroups.join(" or ")}`)]
      : []),
  ];
}

function limitsOf(promotion: Promotion, use: Use): readonly Condition[] {
  const { maxRedemptions, redemptionCount, budget, budgetSpent } = promotion;
  const own = ownLimitOf(promotion);
  const isWithinOwn = use.customerRedemptionCount < own;
  const needed = budgetSpent + (use.discount > 0n ? use.discount : 1n);
  return [
    ...(maxRedemptions === 0
      ? []
      : [condition("COUPON_LIMIT_REACHED", redemptionCount < maxRedemptions, `${times(maxRedemptions)} in all`)]),
    ...when(budget, ({ minorUnits }) =>
      condition("COUPON_BUDGET_SPENT", needed <= minorUnits, "while there is enough left of what it may give away"),
    ),
    ...(own === 0 ? [] : [condition("COUPON_CUSTOMER_LIMIT_REACHED", isWithinOwn, `${times(own)} for each customer`)]),
  ];
}

/** What hangs on the goods and where they go. */
function cartConditions({ conditions, sellerId, minimumSubtotal }: Promotion, goods: Goods): readonly Condition[] {
  const { skus, categoryIds, sellerIds, minimumQuantity, countryCodes, rule } = conditions;
  const isForSome = sellerId !== undefined || skus.length + categoryIds.length + sellerIds.length > 0;
  const { countryCode, quantity, subtotal } = goods;
  const isServed = countryCode === undefined || countryCodes.includes(countryCode);
  return [
    ...(isForSome ? [condition("COUPON_GOODS_MISSING", quantity > 0, "for certain goods")] : []),
    ...(minimumQuantity === 0
      ? []
      : [condition("COUPON_QUANTITY_NOT_MET", quantity >= minimumQuantity, `from ${minimumQuantity} pieces`)]),
    ...when(minimumSubtotal, (minimum) =>
      condition(
        "COUPON_MINIMUM_NOT_MET",
        isAtLeast(subtotal, minimum),
        `for goods of at least ${formatMoney(minimum)}`,
      ),
    ),
    ...(countryCodes.length === 0
      ? []
      : [condition("COUPON_COUNTRY_NOT_SERVED", isServed, `delivered to ${countryCodes.join(", ")}`)]),
    ...(rule === "" ? [] : [condition("COUPON_RULE_NOT_MET", goods.isRuleMet, `where ${rule}`)]),
  ];
}

function condition(reason: CouponReason, isMet: boolean, description: string): Condition {
  return { reason, isMet, description };
}

function when<T>(value: T | undefined, make: (value: T) => Condition): readonly Condition[] {
  return value === undefined ? [] : [make(value)];
}

// An amount of another currency is not compared, and so does not reach the minimum.
function isAtLeast(amount: Money | undefined, minimum: Money): boolean {
  if (amount === undefined) return minimum.minorUnits === 0n;
  return amount.currencyCode === minimum.currencyCode && amount.minorUnits >= minimum.minorUnits;
}

function times(count: number): string {
  return count === 1 ? "once" : `at most ${count} times`;
}

function dateOf(epochMs: number): string {
  const text = new Intl.DateTimeFormat("en-GB", {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  }).format(epochMs);
  return `${text} UTC`;
}
