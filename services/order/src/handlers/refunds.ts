import type { Money as MoneyMessage } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";
import type { OrderAdminService, RefundOrderRequest } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { type Clock, DomainError, type Money, money } from "@shopmesh/kernel";
import type { Handlers, SagaDriver } from "@shopmesh/mesh";
import { changeAftersale } from "../effects/aftersale.ts";
import type { RefundState } from "../effects/refund.ts";
import { beginRefund, planRefund, type RefundWish } from "../refunding.ts";
import { findOrder } from "../store/orders.ts";
import { orderForActor } from "./proto.ts";
import { refundToProto } from "./return-proto.ts";

/** What giving money back needs. */
export type RefundHandlerDeps = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly refunds: SagaDriver<RefundState>;
};

/** Money that goes back without goods. */
export function refundHandlers({
  clock,
  newId,
  refunds,
}: RefundHandlerDeps): Handlers<typeof OrderAdminService, "refundOrder"> {
  return {
    async refundOrder(request, call) {
      const { order } = await findOrder(call.sql, request.orderId);
      const { groupId, id: orderId } = order;
      const nowMs = clock();
      const refundId = newId();
      const wish = wishOf(request);
      const given = { id: refundId, returnId: "", reason: request.reason, note: request.note };
      const { after, placed } = await call.transaction(async (tx) => {
        const changed = await changeAftersale(tx, { groupId, orderId }, nowMs, (present) =>
          beginRefund(present, planRefund(present, wish), given, nowMs),
        );
        await refunds.begin(tx, refundId, { groupId, orderId, refundId, transferId: refundId });
        return changed;
      });
      const [refund] = after.refunds?.filter(({ id }) => id === refundId) ?? [];
      return {
        ...(refund === undefined ? {} : { refund: refundToProto(refund) }),
        order: orderForActor(after, placed.group, call.actor),
      };
    },
  };
}

function wishOf({ lines, shipping, goodwill }: RefundOrderRequest): RefundWish {
  return {
    lines: lines.map(({ lineId, part }) =>
      part.case === "amount"
        ? { lineId, amount: positive(part.value, "lines.amount") }
        : { lineId, quantity: part.value ?? 0 },
    ),
    shipping: shipping === undefined ? undefined : positive(shipping, "shipping"),
    goodwill: goodwill === undefined ? undefined : positive(goodwill, "goodwill"),
  };
}

/** More than nothing. Throws REFUND_EMPTY. */
function positive({ currencyCode, minorUnits }: MoneyMessage, field: string): Money {
  if (minorUnits <= 0n) throw new DomainError("invalid", "REFUND_EMPTY", { field });
  return money(currencyCode, minorUnits);
}
