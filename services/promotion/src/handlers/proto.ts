import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type PricedLine,
  PromotionClass,
  type PromotionSchema,
  PromotionState,
  PromotionTrigger,
  type PromotionActionSchema,
  type RedemptionSchema,
  RedemptionState,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import { DomainError, type Money, money } from "@shopmesh/kernel";
import { timeField } from "@shopmesh/mesh";
import type { Line } from "../discount.ts";
import type { Action, Promotion } from "../promotion.ts";
import type { Redemption } from "../redemption.ts";

const promotionStates = {
  active: PromotionState.ACTIVE,
  paused: PromotionState.PAUSED,
} as const satisfies Record<Promotion["state"], PromotionState>;

const triggers = {
  code: PromotionTrigger.CODE,
  automatic: PromotionTrigger.AUTOMATIC,
  "generated-codes": PromotionTrigger.GENERATED_CODES,
} as const satisfies Record<Promotion["trigger"], PromotionTrigger>;

/** The classes of promotions on the wire. */
export const classes = {
  product: PromotionClass.PRODUCT,
  order: PromotionClass.ORDER,
  shipping: PromotionClass.SHIPPING,
} as const satisfies Record<Promotion["promotionClass"], PromotionClass>;

const redemptionStates = {
  reserved: RedemptionState.RESERVED,
  confirmed: RedemptionState.CONFIRMED,
  released: RedemptionState.RELEASED,
} as const satisfies Record<Redemption["state"], RedemptionState>;

export function promotionToProto(promotion: Promotion, currencyCode: string): MessageInitShape<typeof PromotionSchema> {
  const { startMs, endMs, minimumSubtotal, action, conditions, budget } = promotion;
  const { isFirstOrder: firstOrder, ...sameConditions } = conditions;
  return {
    id: promotion.id,
    label: promotion.label,
    couponCode: promotion.couponCode,
    discountBasisPoints: action.kind === "percent-off" ? action.basisPoints : 0,
    state: promotionStates[promotion.state],
    ...timeField("startTime", startMs),
    ...timeField("endTime", endMs),
    maxRedemptions: promotion.maxRedemptions,
    maxRedemptionsPerCustomer: promotion.maxRedemptionsPerCustomer,
    ...(minimumSubtotal === undefined ? {} : { minimumSubtotal }),
    redemptionCount: promotion.redemptionCount,
    etag: String(promotion.version),
    createTime: timestampFromMs(promotion.createMs),
    trigger: triggers[promotion.trigger],
    promotionClass: classes[promotion.promotionClass],
    combinesWith: promotion.combinesWith.map((name) => classes[name]),
    action: actionToProto(action),
    conditions: {
      ...sameConditions,
      firstOrder,
      skus: [...conditions.skus],
      categoryIds: [...conditions.categoryIds],
      sellerIds: [...conditions.sellerIds],
      customerGroups: [...conditions.customerGroups],
      countryCodes: [...conditions.countryCodes],
    },
    sellerId: promotion.sellerId ?? "",
    platformShareBasisPoints: promotion.platformShareBasisPoints,
    ...(budget === undefined ? {} : { budget }),
    budgetSpent: { currencyCode, minorUnits: promotion.budgetSpent },
    codeCount: promotion.codeCount,
  };
}

function actionToProto(action: Action): MessageInitShape<typeof PromotionActionSchema> {
  switch (action.kind) {
    case "percent-off":
      return { action: { case: "percentOff", value: { basisPoints: action.basisPoints } } };
    case "amount-off":
      return { action: { case: "amountOff", value: { amount: action.amount } } };
    case "free-shipping": {
      const { maximum } = action;
      return { action: { case: "freeShipping", value: maximum === undefined ? {} : { maximum } } };
    }
    case "buy-x-get-y": {
      const { kind: _, getSkus, ...same } = action;
      return { action: { case: "buyXGetY", value: { ...same, getSkus: [...getSkus] } } };
    }
    case "cheapest-free":
      return { action: { case: "cheapestFree", value: { everyQuantity: action.everyQuantity } } };
  }
}

export function redemptionToProto(redemption: Redemption): MessageInitShape<typeof RedemptionSchema> {
  const { id, promotionId, couponCode, state } = redemption;
  return { id, promotionId, couponCode, state: redemptionStates[state] };
}

/** The lines of a request. */
export function linesOf(lines: readonly PricedLine[]): readonly Line[] {
  return lines.map(({ sku, sellerId, categoryId, quantity, unitPrice }) => {
    return { sku, sellerId, categoryId, quantity, unitPrice: moneyOf(unitPrice) };
  });
}

/** An amount of a request, which validation has refused to be without. */
export function moneyOf(amount: { readonly currencyCode: string; readonly minorUnits: bigint } | undefined): Money {
  if (amount === undefined) throw new DomainError("internal", "AMOUNT_MISSING");
  return money(amount.currencyCode, amount.minorUnits);
}
