import type { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import type { Client, SagaStep } from "@shopmesh/mesh";
import { amountOf, type Purchase } from "../purchase.ts";

/** What the step needs of promotion. */
export type RedemptionDeps = {
  readonly promotion: Pick<Client<typeof PromotionService>, "reserveRedemption" | "releaseRedemption">;
};

/** What of a checkout says which promotions it uses. */
type Promoted = { readonly groupId: string; readonly purchase: Purchase };

/** The step that counts the coupon and the automatic promotions of a checkout against their limits and budgets. */
export function reserveCoupon({ promotion }: RedemptionDeps): SagaStep<Promoted> {
  return {
    name: "reserve-coupon",
    async perform({ groupId, purchase }, { key, origin }) {
      if (!isPromoted(purchase)) return { kind: "done" };
      const { couponCode, customerId, promotions = [], total } = purchase;
      const parts = promotions.map(({ promotionId, minorUnits }) => ({
        promotionId,
        discount: amountOf({ currencyCode: total.currencyCode, minorUnits }),
      }));
      await promotion.reserveRedemption(
        { requestId: key, redemptionId: groupId, couponCode, customerId, parts },
        origin,
      );
      return { kind: "done" };
    },
    async undo({ groupId, purchase }, { key, origin }) {
      if (!isPromoted(purchase)) return;
      await promotion.releaseRedemption({ requestId: `${key}/undo`, redemptionId: groupId }, origin);
    },
  };
}

function isPromoted({ couponCode, promotions = [] }: Purchase): boolean {
  return couponCode !== "" || promotions.length > 0;
}
