import { timestampMs } from "@bufbuild/protobuf/wkt";
import type {
  CreatePromotionRequest,
  PromotionAdminService,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { type Clock, DomainError, type Money } from "@shopmesh/kernel";
import { cutPage, type Handlers, idPart, readPage } from "@shopmesh/mesh";
import { checkSchedule, type Promotion, pause } from "../coupon.ts";
import { insertPromotion, listPromotions, lockPromotion, updateState } from "../store/promotions.ts";
import { moneyOf, promotionToProto } from "./proto.ts";

/** What administrators need. */
export type AdminHandlerDeps = {
  readonly clock: Clock;
  readonly newId: () => string;
  /** The currency of every price in the shop. */
  readonly currencyCode: string;
};

const pages = { standard: 50, most: 200, key: [idPart] } as const;

export function adminHandlers(deps: AdminHandlerDeps): Handlers<typeof PromotionAdminService> {
  return {
    async createPromotion(request, call) {
      const promotion = newPromotion(deps, request);
      await call.transaction(async (tx) => {
        if (await insertPromotion(tx, promotion)) return;
        throw new DomainError("exists", "COUPON_CODE_TAKEN", { coupon_code: promotion.couponCode });
      });
      return { promotion: promotionToProto(promotion) };
    },
    async pausePromotion({ promotionId }, call) {
      const promotion = await call.transaction(async (tx) => {
        const before = await lockPromotion(tx, promotionId);
        if (before === undefined) {
          throw new DomainError("not-found", "PROMOTION_NOT_FOUND", { promotion_id: promotionId });
        }
        const after = pause(before);
        if (after !== before) await updateState(tx, after);
        return after;
      });
      return { promotion: promotionToProto(promotion) };
    },
    async listPromotions(request, call) {
      const page = readPage(request, pages);
      const found = await listPromotions(call.sql, { limit: page.limit, afterId: page.after?.[0] });
      const { rows, nextPageToken } = cutPage(found, page, ({ id }) => [id]);
      return { promotions: rows.map(promotionToProto), nextPageToken };
    },
  };
}

function newPromotion({ clock, newId, currencyCode }: AdminHandlerDeps, request: CreatePromotionRequest): Promotion {
  const nowMs = clock();
  const { label, couponCode, discountBasisPoints, startTime, endTime } = request;
  const { maxRedemptions, maxRedemptionsPerCustomer, minimumSubtotal } = request;
  const schedule = {
    startMs: startTime === undefined ? nowMs : timestampMs(startTime),
    endMs: endTime === undefined ? undefined : timestampMs(endTime),
  };
  checkSchedule(schedule);
  return {
    ...schedule,
    id: newId(),
    version: 1,
    label,
    couponCode,
    discountBasisPoints,
    state: "active",
    maxRedemptions,
    maxRedemptionsPerCustomer,
    minimumSubtotal: minimumSubtotal === undefined ? undefined : inCurrency(moneyOf(minimumSubtotal), currencyCode),
    redemptionCount: 0,
    createMs: nowMs,
  };
}

function inCurrency(amount: Money, currencyCode: string): Money {
  if (amount.currencyCode === currencyCode) return amount;
  throw new DomainError("invalid", "CURRENCY_NOT_SUPPORTED", {
    currency: amount.currencyCode,
    supported: currencyCode,
  });
}
