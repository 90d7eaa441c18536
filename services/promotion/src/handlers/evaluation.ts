import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  EvaluatePromotionsRequest,
  EvaluatePromotionsResponseSchema,
  ExplainCouponRequest,
  ExplainCouponResponseSchema,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import type { Clock } from "@shopmesh/kernel";
import { type Call, personIdOf } from "@shopmesh/mesh";
import { normaliseCode } from "../coupon.ts";
import { type Line, subtotalOf } from "../discount.ts";
import type { AutomaticPromotions } from "../effects/automatic.ts";
import { askerOf, contextOf, type Rules } from "../effects/rules.ts";
import { evaluate, explain, type Offer, type Situation } from "../evaluation.ts";
import { asksForFacts, isCounted, type Promotion } from "../promotion.ts";
import { applyAll, type Taken } from "../stacking.ts";
import { type Found, findOffers } from "../store/promotions.ts";
import { classes, linesOf, moneyOf } from "./proto.ts";

/** What evaluating a cart needs. */
export type EvaluationDeps = {
  readonly clock: Clock;
  readonly automatic: AutomaticPromotions;
  readonly rules: Rules;
  /** The currency of every price in the shop. */
  readonly currencyCode: string;
};

const nothingFound: Found = { offers: [], coupon: undefined, hasOrdered: false, groups: [] };

/** What comes off a cart. No statement while no code is entered and no automatic promotion needs to know more. */
export async function evaluateCart(
  deps: EvaluationDeps,
  request: EvaluatePromotionsRequest,
  call: Call,
): Promise<MessageInitShape<typeof EvaluatePromotionsResponseSchema>> {
  const lines = linesOf(request.lines);
  const currency = subtotalOf(lines)?.currencyCode ?? deps.currencyCode;
  const deliveries = request.shipping.map(({ sellerId, price }) => ({ sellerId, price: moneyOf(price).minorUnits }));
  const couponCode = normaliseCode(request.couponCode);
  const automatic = await deps.automatic.open();
  if (couponCode === "" && automatic.length === 0) return {};
  const ids = automatic.filter(asksForFacts).map(({ id }) => id);
  const { customerId } = request;
  const found =
    couponCode === "" && ids.length === 0
      ? nothingFound
      : await findOffers(call.sql, { ids, couponCode, customerId }, deps.currencyCode);
  const evaluation = evaluate({
    automatic: automatic.map((promotion) => offerOf(promotion, found)),
    coupon: couponCode === "" ? undefined : (found.coupon ?? null),
    basket: { lines, deliveries },
    situation: situationOf(deps, { lines, found, customerId, countryCode: request.countryCode }),
  });
  return { ...tell(evaluation.taken, { lines, couponCode, currency }), ...evaluation, couponCode };
}

/** Each condition of a coupon, for the actor. */
export async function explainCoupon(
  deps: EvaluationDeps,
  request: ExplainCouponRequest,
  call: Call,
): Promise<MessageInitShape<typeof ExplainCouponResponseSchema>> {
  const lines = linesOf(request.lines);
  const subtotal = subtotalOf(lines);
  const customerId = personIdOf(call.actor) ?? "";
  const couponCode = normaliseCode(request.couponCode);
  const found = await findOffers(call.sql, { ids: [], couponCode, customerId }, deps.currencyCode);
  const basket = { lines, deliveries: [] };
  const situation = situationOf(deps, { lines, found, customerId, countryCode: request.countryCode });
  const conditions = explain(found.coupon, basket, situation);
  const applies = conditions.every(({ isMet }) => isMet);
  const answer = { conditions: conditions.map((condition) => ({ ...condition })), applies };
  if (found.coupon === undefined) return answer;
  const { promotion } = found.coupon;
  const { label } = promotion;
  if (!applies || subtotal === undefined) return { ...answer, label };
  const minorUnits = applyAll([promotion], basket)[0]?.total ?? 0n;
  return { ...answer, label, discountTotal: { currencyCode: subtotal.currencyCode, minorUnits } };
}

/** The promotion as it was just read where that was needed, else as this process knows it. */
function offerOf(promotion: Promotion, { offers }: Found): Offer {
  const fresh = offers.find((offer) => offer.promotion.id === promotion.id);
  return fresh ?? { promotion, customerRedemptionCount: 0, isCodeUsed: false };
}

function situationOf(
  { clock, rules }: EvaluationDeps,
  asked: {
    readonly lines: readonly Line[];
    readonly found: Found;
    readonly customerId: string;
    readonly countryCode: string;
  },
): Situation {
  const { lines, found, customerId, countryCode } = asked;
  const nowMs = clock();
  const buyer = {
    customerId: customerId === "" ? undefined : customerId,
    hasOrdered: found.hasOrdered,
    groups: found.groups,
  };
  const known = { nowMs, buyer, countryCode: countryCode === "" ? undefined : countryCode };
  return { ...known, askRule: askerOf(rules, () => contextOf(lines, known)) };
}

function tell(
  taken: readonly Taken[],
  {
    lines,
    couponCode,
    currency,
  }: { readonly lines: readonly Line[]; readonly couponCode: string; readonly currency: string },
) {
  const amount = (minorUnits: bigint) => ({ currencyCode: currency, minorUnits });
  const place = new Map(lines.map((line, index) => [line, index]));
  const shared = ({ promotion }: Taken, part: { readonly amount: bigint; readonly platform: bigint }) => ({
    promotionId: promotion.id,
    label: promotion.label,
    amount: amount(part.amount),
    couponCode: promotion.trigger === "automatic" ? "" : couponCode,
    sellerAmount: amount(part.amount - part.platform),
    platformAmount: amount(part.platform),
  });
  const offLines = taken.flatMap((one) => one.lines.map((part) => ({ one, part })));
  const sorted = offLines.toSorted((left, right) => (place.get(left.part.of) ?? 0) - (place.get(right.part.of) ?? 0));
  return {
    discounts: sorted.map(({ one, part }) => ({
      ...shared(one, part),
      sku: part.of.sku,
      promotionClass: classes[one.promotion.promotionClass],
    })),
    shippingDiscounts: taken.flatMap((one) =>
      one.deliveries.map((part) => ({ ...shared(one, part), sellerId: part.of.sellerId })),
    ),
    promotions: taken.filter(isWorthTelling).map(({ promotion, total }) => ({
      promotionId: promotion.id,
      label: promotion.label,
      promotionClass: classes[promotion.promotionClass],
      amount: amount(total),
      couponCode: promotion.trigger === "automatic" ? "" : couponCode,
      counted: isCounted(promotion),
    })),
  };
}

// A coupon that gives nothing is told for its owner, free shipping for the delivery to come.
function isWorthTelling({ promotion, total }: Taken): boolean {
  return total > 0n || promotion.trigger !== "automatic" || promotion.promotionClass === "shipping";
}
