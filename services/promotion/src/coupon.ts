import { DomainError, formatMoney, type Money } from "@shopmesh/kernel";

/** One rule that takes a percentage off, by a code. */
export type Promotion = {
  readonly id: string;
  /** Counts the changes by people. */
  readonly version: number;
  readonly label: string;
  /** As kept: upper case. */
  readonly couponCode: string;
  /** 1000 is ten percent. */
  readonly discountBasisPoints: number;
  readonly state: "active" | "paused";
  /** Undefined for ever since. */
  readonly startMs: number | undefined;
  /** Exclusive; undefined for ever. */
  readonly endMs: number | undefined;
  /** 0 for any number. */
  readonly maxRedemptions: number;
  /** 0 for any number. */
  readonly maxRedemptionsPerCustomer: number;
  /** Undefined for nothing. */
  readonly minimumSubtotal: Money | undefined;
  /** Redemptions reserved or confirmed. */
  readonly redemptionCount: number;
  readonly createMs: number;
};

/** Who wants to use a coupon, for what, when. */
export type Use = {
  readonly nowMs: number;
  /** Undefined for a guest. */
  readonly customerId: string | undefined;
  /** How often this customer has used it, reserved or confirmed. */
  readonly customerRedemptionCount: number;
  /** What the goods cost; undefined for none. */
  readonly subtotal: Money | undefined;
};

/** Why a coupon gives nothing: stable API. */
export type CouponReason =
  | "COUPON_NOT_FOUND"
  | "COUPON_PAUSED"
  | "COUPON_NOT_STARTED"
  | "COUPON_EXPIRED"
  | "COUPON_NEEDS_CUSTOMER"
  | "COUPON_LIMIT_REACHED"
  | "COUPON_CUSTOMER_LIMIT_REACHED"
  | "COUPON_MINIMUM_NOT_MET";

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
export function conditionsOf(promotion: Promotion | undefined, use: Use): readonly Condition[] {
  const isKnown = promotion !== undefined;
  const known = condition("COUPON_NOT_FOUND", isKnown, "the coupon exists");
  return isKnown ? [known, ...scheduleOf(promotion, use), ...limitsOf(promotion, use)] : [known];
}

/** The first reason why the coupon gives nothing; undefined where it applies. */
export function problemOf(promotion: Promotion | undefined, use: Use): CouponReason | undefined {
  return conditionsOf(promotion, use).find(({ isMet }) => !isMet)?.reason;
}

/**
 * The promotion, where one more redemption of it may be tried. What the goods cost is not asked again: the quote was made
 * when they cost enough. Throws the COUPON_ reasons.
 */
export function admitRedemption(promotion: Promotion | undefined, code: string, use: Omit<Use, "subtotal">): Promotion {
  const subtotal = promotion?.minimumSubtotal;
  const problem = problemOf(promotion, { ...use, subtotal });
  if (promotion !== undefined && problem === undefined) return promotion;
  throw refusalOf(problem ?? "COUPON_NOT_FOUND", code);
}

/** The refusal for `reason`. */
export function refusalOf(reason: CouponReason, code: string): DomainError {
  const kind = reason === "COUPON_NOT_FOUND" ? "not-found" : "precondition";
  return new DomainError(kind, reason, { coupon_code: code });
}

/** The promotion stopped, a version on; the same object where it is. */
export function pause(promotion: Promotion): Promotion {
  if (promotion.state === "paused") return promotion;
  return { ...promotion, state: "paused", version: promotion.version + 1 };
}

/** Refuses a schedule that ends before it begins: SCHEDULE_INVALID. */
export function checkSchedule({ startMs, endMs }: Pick<Promotion, "startMs" | "endMs">): void {
  if (startMs === undefined || endMs === undefined || endMs > startMs) return;
  throw new DomainError(
    "invalid",
    "SCHEDULE_INVALID",
    { start_ms: String(startMs), end_ms: String(endMs) },
    {
      violations: [{ field: "end_time", description: "must be after the start", rule: "end_time.after_start" }],
    },
  );
}

function scheduleOf({ state, startMs, endMs }: Promotion, { nowMs }: Use): readonly Condition[] {
  return [
    condition("COUPON_PAUSED", state === "active", "it has not been stopped"),
    ...(startMs === undefined
      ? []
      : [condition("COUPON_NOT_STARTED", nowMs >= startMs, `valid from ${dateOf(startMs)}`)]),
    ...(endMs === undefined ? [] : [condition("COUPON_EXPIRED", nowMs < endMs, `valid until ${dateOf(endMs)}`)]),
  ];
}

function limitsOf(promotion: Promotion, use: Use): readonly Condition[] {
  const { maxRedemptions, maxRedemptionsPerCustomer: own, minimumSubtotal: minimum } = promotion;
  const isWithin = promotion.redemptionCount < maxRedemptions;
  const isWithinOwn = use.customerRedemptionCount < own;
  return [
    ...(own === 0 ? [] : [condition("COUPON_NEEDS_CUSTOMER", use.customerId !== undefined, "for signed-in customers")]),
    ...(maxRedemptions === 0 ? [] : [condition("COUPON_LIMIT_REACHED", isWithin, `${times(maxRedemptions)} in all`)]),
    ...(own === 0 ? [] : [condition("COUPON_CUSTOMER_LIMIT_REACHED", isWithinOwn, `${times(own)} for each customer`)]),
    ...(minimum === undefined
      ? []
      : [
          condition(
            "COUPON_MINIMUM_NOT_MET",
            isAtLeast(use.subtotal, minimum),
            `for goods of at least ${formatMoney(minimum)}`,
          ),
        ]),
  ];
}

function condition(reason: CouponReason, isMet: boolean, description: string): Condition {
  return { reason, isMet, description };
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
