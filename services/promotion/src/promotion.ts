import { DomainError, type Money } from "@shopmesh/kernel";

/** From what a promotion takes off: single lines, then their sum, then the delivery. */
export type PromotionClass = "product" | "order" | "shipping";

/** What a promotion takes off. Basis points: 1000 is ten percent. */
export type Action =
  | { readonly kind: "percent-off"; readonly basisPoints: number }
  | { readonly kind: "amount-off"; readonly amount: Money }
  /** `maximum` off each seller's delivery; undefined for all of it. */
  | { readonly kind: "free-shipping"; readonly maximum: Money | undefined }
  | {
      readonly kind: "buy-x-get-y";
      readonly buyQuantity: number;
      readonly getQuantity: number;
      readonly basisPoints: number;
      /** Empty: the same goods that are bought. */
      readonly getSkus: readonly string[];
      /** 0 for any number. */
      readonly maxTimes: number;
    }
  | { readonly kind: "cheapest-free"; readonly everyQuantity: number };

/** For what and for whom a promotion is; what is empty does not count. */
export type Conditions = {
  readonly skus: readonly string[];
  readonly categoryIds: readonly string[];
  readonly sellerIds: readonly string[];
  readonly minimumQuantity: number;
  readonly isFirstOrder: boolean;
  readonly customerGroups: readonly string[];
  readonly countryCodes: readonly string[];
  /** CEL; empty for none. */
  readonly rule: string;
};

/** One rule that takes something off. */
export type Promotion = {
  readonly id: string;
  /** Counts the changes by people. */
  readonly version: number;
  readonly label: string;
  readonly trigger: "code" | "automatic" | "generated-codes";
  /** As kept: upper case; empty for one without a code that all may enter. */
  readonly couponCode: string;
  readonly state: "active" | "paused";
  readonly promotionClass: PromotionClass;
  /** Empty: it stands alone. */
  readonly combinesWith: readonly PromotionClass[];
  readonly action: Action;
  readonly conditions: Conditions;
  /** The seller whose own it is; undefined for the marketplace's. */
  readonly sellerId: string | undefined;
  /** What of the discount the marketplace bears: 10000 is all. */
  readonly platformShareBasisPoints: number;
  /** Undefined for ever since. */
  readonly startMs: number | undefined;
  /** Exclusive; undefined for ever. */
  readonly endMs: number | undefined;
  /** 0 for any number. */
  readonly maxRedemptions: number;
  /** 0 for any number. */
  readonly maxRedemptionsPerCustomer: number;
  /** Of its goods, before discounts; undefined for nothing. */
  readonly minimumSubtotal: Money | undefined;
  /** Redemptions reserved or confirmed, where they are counted. */
  readonly redemptionCount: number;
  /** What it may take off in all, in the shop's currency; undefined for any amount. */
  readonly budget: Money | undefined;
  /** What it has taken off, reserved or confirmed, in minor units. */
  readonly budgetSpent: bigint;
  readonly codeCount: number;
  readonly createMs: number;
};

/** A promotion for everything and everybody. */
export const noConditions: Conditions = {
  skus: [],
  categoryIds: [],
  sellerIds: [],
  minimumQuantity: 0,
  isFirstOrder: false,
  customerGroups: [],
  countryCodes: [],
  rule: "",
};

/** The classes that each action can have, the one that goes without saying first. */
const classesOf: Readonly<Record<Action["kind"], readonly PromotionClass[]>> = {
  "percent-off": ["order", "product"],
  "amount-off": ["order", "product"],
  "free-shipping": ["shipping"],
  "buy-x-get-y": ["product"],
  "cheapest-free": ["product"],
};

/** The class of an action that was given none. */
export function usualClass({ kind }: Action): PromotionClass {
  return classesOf[kind][0] ?? "order";
}

/** How often one customer may use it; 0 for any number. A first order comes once. */
export function ownLimitOf({ maxRedemptionsPerCustomer: own, conditions }: Promotion): number {
  return conditions.isFirstOrder ? 1 : own;
}

/** Whether each use is counted: the others leave no row that every checkout waits for. */
export function isCounted(promotion: Promotion): boolean {
  const { trigger, maxRedemptions, budget } = promotion;
  return trigger !== "automatic" || maxRedemptions > 0 || budget !== undefined || ownLimitOf(promotion) > 0;
}

/** Whether it takes more than the promotion itself, as read a while ago, to say if it applies. */
export function asksForFacts(promotion: Promotion): boolean {
  const { customerGroups, rule } = promotion.conditions;
  return isCounted(promotion) || customerGroups.length > 0 || rule !== "";
}

/** Whether it can be used at `nowMs`, as far as its state and schedule say. */
export function isOpenAt({ state, startMs, endMs }: Promotion, nowMs: number): boolean {
  return state === "active" && (startMs === undefined || startMs <= nowMs) && (endMs === undefined || nowMs < endMs);
}

/** The promotion stopped, a version on; the same object where it is. */
export function pause(promotion: Promotion): Promotion {
  if (promotion.state === "paused") return promotion;
  return { ...promotion, state: "paused", version: promotion.version + 1 };
}

/** The promotion usable again, a version on; the same object where it is. */
export function resume(promotion: Promotion): Promotion {
  if (promotion.state === "active") return promotion;
  return { ...promotion, state: "active", version: promotion.version + 1 };
}

/** What a person may change of a promotion. */
export type Amendment = Partial<
  Pick<
    Promotion,
    | "label"
    | "startMs"
    | "endMs"
    | "maxRedemptions"
    | "maxRedemptionsPerCustomer"
    | "minimumSubtotal"
    | "combinesWith"
    | "conditions"
    | "platformShareBasisPoints"
    | "budget"
  >
>;

/** The promotion changed, a version on. Throws PROMOTION_CHANGED, LIMIT_TOO_LOW, BUDGET_TOO_LOW and what checkPromotion throws. */
export function amend(promotion: Promotion, amendment: Amendment, etag: string, currencyCode: string): Promotion {
  const { id, version, redemptionCount, budgetSpent } = promotion;
  if (etag !== String(version)) {
    throw new DomainError("aborted", "PROMOTION_CHANGED", { promotion_id: id, etag: String(version) });
  }
  const after = { ...promotion, ...amendment, version: version + 1 };
  checkPromotion(after, currencyCode);
  if (after.maxRedemptions > 0 && after.maxRedemptions < redemptionCount) {
    throw new DomainError("precondition", "LIMIT_TOO_LOW", {
      field: "max_redemptions",
      redemption_count: String(redemptionCount),
    });
  }
  if (after.budget !== undefined && after.budget.minorUnits < budgetSpent) {
    throw new DomainError("precondition", "BUDGET_TOO_LOW", {
      field: "budget",
      spent_minor_units: String(budgetSpent),
    });
  }
  return after;
}

/**
 * Refuses a promotion that nobody could use or that says two things: COUPON_CODE_MISSING, COUPON_CODE_UNWANTED,
 * SCHEDULE_INVALID, CURRENCY_NOT_SUPPORTED, CLASS_INVALID, FUNDING_INVALID, GOODS_NOT_OWN.
 */
export function checkPromotion(promotion: Promotion, currencyCode: string): void {
  const { trigger, couponCode, action, promotionClass } = promotion;
  if (trigger === "code" && couponCode === "") {
    throw invalid("COUPON_CODE_MISSING", "coupon_code", "must be given for a promotion by code");
  }
  if (trigger !== "code" && couponCode !== "") {
    throw invalid("COUPON_CODE_UNWANTED", "coupon_code", "must be empty for any trigger but CODE");
  }
  checkSchedule(promotion);
  if (!classesOf[action.kind].includes(promotionClass)) {
    throw invalid("CLASS_INVALID", "promotion_class", `must be ${classesOf[action.kind].join(" or ")} for this action`);
  }
  for (const [field, amount] of amountsOf(promotion)) {
    if (amount.currencyCode === currencyCode) continue;
    const metadata = { currency: amount.currencyCode, supported: currencyCode };
    throw invalid("CURRENCY_NOT_SUPPORTED", field, `must be in ${currencyCode}`, metadata);
  }
  checkOwnership(promotion);
}

/** Refuses a schedule that ends before it begins: SCHEDULE_INVALID. */
export function checkSchedule({ startMs, endMs }: Pick<Promotion, "startMs" | "endMs">): void {
  if (startMs === undefined || endMs === undefined || endMs > startMs) return;
  const metadata = { start_ms: String(startMs), end_ms: String(endMs) };
  throw invalid("SCHEDULE_INVALID", "end_time", "must be after the start", metadata);
}

function checkOwnership({ sellerId, platformShareBasisPoints, conditions }: Promotion): void {
  if (sellerId === undefined) return;
  if (platformShareBasisPoints !== 0) {
    throw invalid(
      "FUNDING_INVALID",
      "platform_share_basis_points",
      "must be 0: a seller's own is the seller's to bear",
    );
  }
  if (conditions.sellerIds.some((id) => id !== sellerId)) {
    throw invalid("GOODS_NOT_OWN", "conditions.seller_ids", "must name no other seller");
  }
}

function amountsOf({ minimumSubtotal, budget, action }: Promotion): readonly (readonly [string, Money])[] {
  const all: readonly (readonly [string, Money | undefined])[] = [
    ["minimum_subtotal", minimumSubtotal],
    ["budget", budget],
    ["action.amount_off.amount", action.kind === "amount-off" ? action.amount : undefined],
    ["action.free_shipping.maximum", action.kind === "free-shipping" ? action.maximum : undefined],
  ];
  return all.flatMap(([field, amount]) => (amount === undefined ? [] : [[field, amount] as const]));
}

function invalid(
  reason: string,
  field: string,
  description: string,
  metadata: Readonly<Record<string, string>> = {},
): DomainError {
  const violations = [{ field, description, rule: `${field}.${reason.toLowerCase()}` }];
  return new DomainError("invalid", reason, { field, ...metadata }, { violations });
}
