import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type PricedLine,
  type PromotionSchema,
  PromotionState,
  type RedemptionSchema,
  RedemptionState,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import { DomainError, type Money, money } from "@shopmesh/kernel";
import type { Promotion } from "../coupon.ts";
import type { Line } from "../discount.ts";
import type { Redemption } from "../redemption.ts";

const promotionStates = {
  active: PromotionState.ACTIVE,
  paused: PromotionState.PAUSED,
} as const satisfies Record<Promotion["state"], PromotionState>;

const redemptionStates = {
  reserved: RedemptionState.RESERVED,
  confirmed: RedemptionState.CONFIRMED,
  released: RedemptionState.RELEASED,
} as const satisfies Record<Redemption["state"], RedemptionState>;

export function promotionToProto(promotion: Promotion): MessageInitShape<typeof PromotionSchema> {
  const { startMs, endMs, minimumSubtotal } = promotion;
  return {
    id: promotion.id,
    label: promotion.label,
    couponCode: promotion.couponCode,
    discountBasisPoints: promotion.discountBasisPoints,
    state: promotionStates[promotion.state],
    ...(startMs === undefined ? {} : { startTime: timestampFromMs(startMs) }),
    ...(endMs === undefined ? {} : { endTime: timestampFromMs(endMs) }),
    maxRedemptions: promotion.maxRedemptions,
    maxRedemptionsPerCustomer: promotion.maxRedemptionsPerCustomer,
    ...(minimumSubtotal === undefined ? {} : { minimumSubtotal }),
    redemptionCount: promotion.redemptionCount,
    etag: String(promotion.version),
    createTime: timestampFromMs(promotion.createMs),
  };
}

export function redemptionToProto(redemption: Redemption): MessageInitShape<typeof RedemptionSchema> {
  const { id, promotionId, couponCode, state } = redemption;
  return { id, promotionId, couponCode, state: redemptionStates[state] };
}

/** The lines of a request. */
export function linesOf(lines: readonly PricedLine[]): readonly Line[] {
  return lines.map(({ sku, sellerId, quantity, unitPrice }) => {
    // Validation has refused a line without a price.
    if (unitPrice === undefined) throw new DomainError("internal", "AMOUNT_MISSING");
    return { sku, sellerId, quantity, unitPrice: moneyOf(unitPrice) };
  });
}

/** An amount of a request. */
export function moneyOf({
  currencyCode,
  minorUnits,
}: {
  readonly currencyCode: string;
  readonly minorUnits: bigint;
}): Money {
  return money(currencyCode, minorUnits);
}
