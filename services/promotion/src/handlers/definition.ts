import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type Promotion as ProtoPromotion,
  type PromotionAction,
  PromotionClass,
  type PromotionConditions,
  PromotionTrigger,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import type {
  CreatePromotionRequest,
  UpdatePromotionRequest,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { compileRule } from "../effects/rules.ts";
import {
  type Action,
  type Amendment,
  type Conditions,
  checkPromotion,
  noConditions,
  type Promotion,
  usualClass,
} from "../promotion.ts";
import { moneyOf } from "./proto.ts";

/** What a new promotion needs beside its request. */
export type Making = {
  readonly id: string;
  readonly nowMs: number;
  readonly currencyCode: string;
  /** The seller whose own it must be; undefined: as the request says. */
  readonly sellerId: string | undefined;
};

/** The promotion that a request asks for. Throws the reasons of CreatePromotion but COUPON_CODE_TAKEN. */
export function promotionOf(request: CreatePromotionRequest, making: Making): Promotion {
  const { startTime, endTime, conditions, minimumSubtotal, budget } = request;
  const action = actionOf(request);
  const promotion: Promotion = {
    id: making.id,
    version: 1,
    label: request.label,
    trigger: triggerOf(request.trigger),
    couponCode: request.couponCode,
    state: "active",
    promotionClass: classOf(request.promotionClass) ?? usualClass(action),
    combinesWith: classesOf(request.combinesWith),
    action,
    conditions: conditions === undefined ? noConditions : conditionsOf(conditions),
    sellerId: making.sellerId ?? (request.sellerId || undefined),
    platformShareBasisPoints: request.platformShareBasisPoints,
    startMs: startTime === undefined ? making.nowMs : timestampMs(startTime),
    endMs: endTime === undefined ? undefined : timestampMs(endTime),
    maxRedemptions: request.maxRedemptions,
    maxRedemptionsPerCustomer: request.maxRedemptionsPerCustomer,
    minimumSubtotal: minimumSubtotal === undefined ? undefined : moneyOf(minimumSubtotal),
    redemptionCount: 0,
    budget: budget === undefined ? undefined : moneyOf(budget),
    budgetSpent: 0n,
    codeCount: 0,
    createMs: making.nowMs,
  };
  checkPromotion(promotion, making.currencyCode);
  checkRule(promotion.conditions);
  return promotion;
}

/** How each field that may change is read. */
const amendments: Readonly<Record<string, (promotion: ProtoPromotion) => Amendment>> = {
  label: ({ label }) => ({ label }),
  start_time: ({ startTime }) => ({ startMs: startTime === undefined ? undefined : timestampMs(startTime) }),
  end_time: ({ endTime }) => ({ endMs: endTime === undefined ? undefined : timestampMs(endTime) }),
  max_redemptions: ({ maxRedemptions }) => ({ maxRedemptions }),
  max_redemptions_per_customer: ({ maxRedemptionsPerCustomer }) => ({ maxRedemptionsPerCustomer }),
  minimum_subtotal: ({ minimumSubtotal: minimum }) => ({
    minimumSubtotal: minimum === undefined ? undefined : moneyOf(minimum),
  }),
  combines_with: ({ combinesWith }) => ({ combinesWith: classesOf(combinesWith) }),
  conditions: ({ conditions }) => ({ conditions: conditions === undefined ? noConditions : conditionsOf(conditions) }),
  platform_share_basis_points: ({ platformShareBasisPoints }) => ({ platformShareBasisPoints }),
  budget: ({ budget }) => ({ budget: budget === undefined ? undefined : moneyOf(budget) }),
};

/** What an update changes. Throws FIELD_NOT_CHANGEABLE, RULE_INVALID, RULE_TOO_COSTLY. */
export function amendmentOf({ updateMask, promotion }: UpdatePromotionRequest): Amendment {
  if (promotion === undefined) return {};
  const named = updateMask?.paths ?? [];
  const paths = named.length > 0 ? named : Object.keys(amendments).filter((path) => isSet(promotion, path));
  const amendment = paths.reduce<Amendment>((all, path) => {
    const read = Object.hasOwn(amendments, path) ? amendments[path] : undefined;
    if (read !== undefined) return { ...all, ...read(promotion) };
    const violations = [{ field: "update_mask", description: `${path} cannot be changed`, rule: "update_mask.path" }];
    throw new DomainError("invalid", "FIELD_NOT_CHANGEABLE", { field: path }, { violations });
  }, {});
  if (amendment.label === "") {
    const violations = [{ field: "promotion.label", description: "must not be empty", rule: "promotion.label" }];
    throw new DomainError("invalid", "LABEL_MISSING", { field: "label" }, { violations });
  }
  if (amendment.conditions !== undefined) checkRule(amendment.conditions);
  return amendment;
}

function isSet(promotion: ProtoPromotion, path: string): boolean {
  const value = promotion[path.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as keyof ProtoPromotion];
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== 0 && value !== "";
}

function checkRule({ rule }: Conditions): void {
  if (rule !== "") compileRule(rule);
}

function actionOf({ action, discountBasisPoints }: CreatePromotionRequest): Action {
  if (action !== undefined) return actionOfProto(action);
  if (discountBasisPoints > 0) return { kind: "percent-off", basisPoints: discountBasisPoints };
  const violations = [{ field: "action", description: "must say what comes off", rule: "action.required" }];
  throw new DomainError("invalid", "ACTION_MISSING", { field: "action" }, { violations });
}

function actionOfProto({ action }: PromotionAction): Action {
  switch (action.case) {
    case "amountOff":
      return { kind: "amount-off", amount: moneyOf(action.value.amount) };
    case "freeShipping": {
      const { maximum } = action.value;
      return { kind: "free-shipping", maximum: maximum === undefined ? undefined : moneyOf(maximum) };
    }
    case "buyXGetY": {
      const { buyQuantity, getQuantity, basisPoints, getSkus, maxTimes } = action.value;
      return { kind: "buy-x-get-y", buyQuantity, getQuantity, basisPoints, getSkus, maxTimes };
    }
    case "cheapestFree":
      return { kind: "cheapest-free", everyQuantity: action.value.everyQuantity };
    default:
      return { kind: "percent-off", basisPoints: action.value?.basisPoints ?? 0 };
  }
}

function conditionsOf(conditions: PromotionConditions): Conditions {
  const { skus, categoryIds, sellerIds, minimumQuantity, firstOrder, customerGroups, countryCodes, rule } = conditions;
  return {
    skus,
    categoryIds,
    sellerIds,
    minimumQuantity,
    isFirstOrder: firstOrder,
    customerGroups,
    countryCodes,
    rule: rule.trim(),
  };
}

function triggerOf(trigger: PromotionTrigger): Promotion["trigger"] {
  if (trigger === PromotionTrigger.AUTOMATIC) return "automatic";
  return trigger === PromotionTrigger.GENERATED_CODES ? "generated-codes" : "code";
}

function classOf(value: PromotionClass): Promotion["promotionClass"] | undefined {
  if (value === PromotionClass.PRODUCT) return "product";
  if (value === PromotionClass.ORDER) return "order";
  return value === PromotionClass.SHIPPING ? "shipping" : undefined;
}

function classesOf(values: readonly PromotionClass[]): Promotion["combinesWith"] {
  return values.flatMap((value) => classOf(value) ?? []);
}
