import { OrderConfirmedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { CouponRedeemedSchema } from "@shopmesh/contracts/shop/promotion/v1/promotion_events_pb.ts";
import type { Clock } from "@shopmesh/kernel";
import { type Consumer, on } from "@shopmesh/mesh";
import { findRedemption, settleRedemption } from "./store/redemptions.ts";

/** A confirmed order makes its group's redemption final; the group's other orders find it so. */
export function promotionConsumers({ clock }: { readonly clock: Clock }): readonly Consumer[] {
  return [
    {
      kind: "shared",
      name: "confirmed-orders",
      order: "each",
      reactions: [
        on(OrderConfirmedSchema, async ({ orderGroupId }, _meta, tx) => {
          if (!(await settleRedemption(tx, orderGroupId, "confirmed", clock()))) return;
          const redemption = await findRedemption(tx, orderGroupId);
          if (redemption === undefined) return;
          const { id, promotionId, couponCode, customerId = "", version } = redemption;
          const fields = { redemptionId: id, promotionId, couponCode, customerId };
          tx.emit(CouponRedeemedSchema, fields, { id, version });
        }),
      ],
    },
  ];
}
