import { trace } from "@opentelemetry/api";
import {
  OrderCancelledSchema,
  OrderConfirmedSchema,
  OrderRefundedSchema,
  OrderRejectedSchema,
  ReturnApprovedSchema,
  ReturnDeclinedSchema,
  ReturnLabelledSchema,
  ReturnEscalatedSchema,
  ReturnReceivedSchema,
  ReturnRejectedSchema,
  ReturnRequestedSchema,
} from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { on, type Reaction } from "@shopmesh/mesh";
import { keepSellerOrder } from "../store/seller-orders.ts";
import { type TellDeps, tell, tellStaffLater } from "./telling.ts";

type OrderEvent = {
  readonly orderId: string;
  readonly orderNumber: string;
  readonly customerId: string;
};

/** What buyers hear of their orders and returns, and what those who sell and run the shop do. */
export function orderReactions(deps: TellDeps): readonly Reaction[] {
  return [
    // One for each order of the group says it; the first is enough.
    on(OrderConfirmedSchema, async (event, { id: eventId }, tx) => {
      const news = { template: "order-confirmed", about: event.orderGroupId, eventId } as const;
      await tell(deps, tx, { ...news, ...groupOf(event) });
      const { orderId, orderNumber, sellerId } = event;
      await keepSellerOrder(tx, { orderId, orderNumber, sellerId, createMs: deps.clock() });
    }),
    on(OrderRejectedSchema, async (event, { id: eventId }, tx) => {
      const news = { template: "order-rejected", about: event.orderGroupId, eventId } as const;
      await tell(deps, tx, { ...news, ...groupOf(event), facts: { reason: event.reason } });
    }),
    on(OrderCancelledSchema, async (event, { id: eventId }, tx) => {
      const news = { template: "order-cancelled", about: event.orderId, eventId } as const;
      await tell(deps, tx, { ...news, ...orderOf(event), facts: { reason: event.reason } });
    }),
    on(OrderRefundedSchema, async (event, { id: eventId }, tx) => {
      const { refundId, returnId, amount } = event;
      const template = returnId === "" ? "order-refunded" : "return-refunded";
      const sum = { currencyCode: amount?.currencyCode ?? "", minorUnits: String(amount?.minorUnits ?? 0n) };
      const facts = { ...sum, ...(returnId === "" ? {} : { returnId }) };
      await tell(deps, tx, { template, about: refundId, eventId, ...orderOf(event), facts });
    }),
    on(ReturnApprovedSchema, async (event, { id: eventId }, tx) => {
      const { returnId } = event;
      const news = { template: "return-approved", about: returnId, eventId } as const;
      await tell(deps, tx, { ...news, ...orderOf(event), facts: { returnId } });
    }),
    on(ReturnDeclinedSchema, async (event, { id: eventId }, tx) => {
      const { returnId, reason } = event;
      const news = { template: "return-declined", about: returnId, eventId } as const;
      await tell(deps, tx, { ...news, ...orderOf(event), facts: { returnId, reason } });
    }),
    on(ReturnLabelledSchema, async (event, { id: eventId }, tx) => {
      const { returnId, carrier, trackingNumber } = event;
      const news = { template: "return-label", about: returnId, eventId } as const;
      await tell(deps, tx, { ...news, ...orderOf(event), facts: { returnId, carrier, trackingNumber } });
    }),
    on(ReturnRejectedSchema, async (event, { id: eventId }, tx) => {
      const { returnId, reason } = event;
      const news = { template: "return-rejected", about: returnId, eventId } as const;
      await tell(deps, tx, { ...news, ...orderOf(event), facts: { returnId, reason } });
    }),
    on(ReturnRequestedSchema, async ({ returnId, orderNumber, sellerId }, { id: eventId }, tx) => {
      const facts = { returnId, orderNumber };
      tellStaffLater(tx, { template: "return-requested", about: returnId, eventId, sellerId, facts });
    }),
    on(ReturnEscalatedSchema, async ({ returnId, orderNumber, sellerId }, { id: eventId }, tx) => {
      const facts = { returnId, orderNumber, sellerId };
      tellStaffLater(tx, { template: "return-escalated", about: returnId, eventId, sellerId: "", facts });
    }),
    on(ReturnReceivedSchema, async (event, { id: eventId }, tx) => {
      const { returnId } = event;
      const news = { template: "return-received", about: returnId, eventId } as const;
      await tell(deps, tx, { ...news, ...orderOf(event), facts: { returnId } });
    }),
  ];
}

function groupOf(event: OrderEvent & { readonly groupOrderIds: readonly string[] }) {
  const { orderIds, personId } = orderOf(event);
  return { orderIds: event.groupOrderIds.length > 0 ? event.groupOrderIds : orderIds, personId };
}

function orderOf({ orderId, orderNumber, customerId }: OrderEvent) {
  trace.getActiveSpan()?.setAttribute("order.number", orderNumber);
  return { orderIds: [orderId], personId: customerId };
}
