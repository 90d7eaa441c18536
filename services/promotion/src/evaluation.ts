import { type Buyer, type Condition, conditionsOf, type CouponReason } from "./coupon.ts";
import { goodsOf, subtotalOf } from "./discount.ts";
import type { Promotion } from "./promotion.ts";
import { applyAll, type Basket, bestOf, type Taken } from "./stacking.ts";

/** A promotion as one buyer finds it. */
export type Offer = {
  readonly promotion: Promotion;
  /** This customer's redemptions, reserved or confirmed; 0 for a guest. */
  readonly customerRedemptionCount: number;
  /** Whether the generated code that was entered is used or kept by another. */
  readonly isCodeUsed: boolean;
};

/** What a promotion's rule says of a cart. */
export type RuleAnswer = {
  readonly isMet: boolean;
  /** Whether it asks where the goods go. */
  readonly asksDelivery: boolean;
};

/** Who buys, when, and where it goes. */
export type Situation = {
  readonly nowMs: number;
  readonly buyer: Buyer;
  /** Undefined while that is unknown. */
  readonly countryCode: string | undefined;
  /** What the rule of a promotion that has one says. */
  readonly askRule: (promotion: Promotion) => RuleAnswer;
};

/** What comes off. */
export type Evaluation = {
  readonly taken: readonly Taken[];
  readonly couponProblem: CouponReason | "";
  readonly dependsOnDelivery: boolean;
};

/** Everything that is asked of a cart. */
export type Question = {
  /** The automatic promotions that are open. */
  readonly automatic: readonly Offer[];
  /** Undefined where no code is entered; null for an unknown one. */
  readonly coupon: Offer | null | undefined;
  readonly basket: Basket;
  readonly situation: Situation;
};

/** What comes off a cart: of the promotions whose conditions hold, the set that is best for the buyer. */
export function evaluate({ automatic, coupon, basket, situation }: Question): Evaluation {
  const entered = coupon === undefined || coupon === null ? [] : [coupon];
  const met = [...automatic, ...entered].filter((offer) => problemWith(offer, basket, situation) === undefined);
  const candidates = met.map(({ promotion }) => promotion);
  const taken = bestOf(candidates, basket);
  const dependsOnDelivery = candidates.some((promotion) => asksDelivery(promotion, situation));
  return { taken, dependsOnDelivery, couponProblem: couponProblemOf(coupon, taken, { basket, situation }) };
}

/** Each condition of one promotion, by itself. */
export function explain(offer: Offer | undefined, basket: Basket, situation: Situation): readonly Condition[] {
  const { nowMs, buyer, countryCode } = situation;
  const use = { nowMs, buyer, customerRedemptionCount: offer?.customerRedemptionCount ?? 0, discount: 0n };
  const isCodeUsed = offer?.isCodeUsed ?? false;
  const goods = { subtotal: undefined, quantity: 0, countryCode, isRuleMet: false };
  if (offer === undefined) return conditionsOf(undefined, { ...use, isCodeUsed }, goods);
  const { promotion } = offer;
  const own = goodsOf(promotion, basket.lines);
  // What it takes off beside others is no more than by itself.
  const discount = promotion.budget === undefined ? 0n : (applyAll([promotion], basket)[0]?.total ?? 0n);
  return conditionsOf(
    promotion,
    { ...use, isCodeUsed, discount },
    {
      countryCode,
      subtotal: subtotalOf(own),
      quantity: own.reduce((count, { quantity }) => count + quantity, 0),
      isRuleMet: isRuleMet(promotion, situation),
    },
  );
}

function problemWith(offer: Offer, basket: Basket, situation: Situation): CouponReason | undefined {
  return explain(offer, basket, situation).find(({ isMet }) => !isMet)?.reason;
}

function couponProblemOf(
  coupon: Offer | null | undefined,
  taken: readonly Taken[],
  { basket, situation }: Pick<Question, "basket" | "situation">,
): CouponReason | "" {
  if (coupon === undefined) return "";
  if (coupon === null) return "COUPON_NOT_FOUND";
  const problem = problemWith(coupon, basket, situation);
  if (problem !== undefined) return problem;
  const { promotion } = coupon;
  if (taken.some((one) => one.promotion === promotion)) return "";
  // What free shipping is worth is not known before the delivery is: a quote tells.
  const isUndecided = promotion.promotionClass === "shipping" && basket.deliveries.length === 0;
  return isUndecided ? "" : "COUPON_BETTER_OFFER";
}

function isRuleMet(promotion: Promotion, { countryCode, askRule }: Situation): boolean {
  if (promotion.conditions.rule === "") return true;
  const answer = askRule(promotion);
  return answer.isMet || (answer.asksDelivery && countryCode === undefined);
}

function asksDelivery(promotion: Promotion, { askRule }: Situation): boolean {
  const { countryCodes, rule } = promotion.conditions;
  if (promotion.promotionClass === "shipping" || countryCodes.length > 0) return true;
  return rule !== "" && askRule(promotion).asksDelivery;
}
