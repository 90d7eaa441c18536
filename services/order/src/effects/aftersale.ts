import * as events from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import type { Tx } from "@shopmesh/mesh";
import type { PlacedGroup } from "../group.ts";
import type { Order } from "../order.ts";
import { acceptedOf, type Return, type ReturnState } from "../return.ts";
import { changeOrder } from "../store/change.ts";
import { indexReturns } from "../store/returns.ts";

/** Which order of which group. */
export type OrderKey = { readonly groupId: string; readonly orderId: string };

/** Changes an order's returns and refunds: its snapshot, timeline and index, and says what became of them, all at once. */
export async function changeAftersale(
  tx: Tx,
  { groupId, orderId }: OrderKey,
  nowMs: number,
  change: (order: Order, placed: PlacedGroup) => Order,
): Promise<{ readonly after: Order; readonly placed: PlacedGroup }> {
  const { before, after, placed } = await changeOrder(tx, groupId, orderId, nowMs, change);
  if (before === after) return { after, placed };
  await indexReturns(tx, before, after, placed.group.personId);
  emitReturns(tx, before, after, placed);
  emitRefunds(tx, before, after, placed);
  return { after, placed };
}

function emitReturns(tx: Tx, before: Order, after: Order, placed: PlacedGroup): void {
  for (const one of after.returns ?? []) {
    const old = before.returns?.find(({ id }) => id === one.id);
    if (old === undefined || old.state !== one.state) emitState(tx, one, after, placed);
    if (one.escalateMs !== old?.escalateMs)
      tx.emit(events.ReturnEscalatedSchema, fieldsOf(one, after, placed), aggregateOf(one, after));
  }
}

/** States that are told by nothing but their return's name and goods. */
const plainEvents = {
  requested: events.ReturnRequestedSchema,
  approved: events.ReturnApprovedSchema,
  received: events.ReturnReceivedSchema,
  "partially-received": events.ReturnReceivedSchema,
} as const satisfies Partial<Record<ReturnState, unknown>>;

function emitState(tx: Tx, one: Return, order: Order, placed: PlacedGroup): void {
  const fields = fieldsOf(one, order, placed);
  const aggregate = aggregateOf(one, order);
  const reason = one.endReason;
  switch (one.state) {
    case "requested":
    case "approved":
    case "received":
    case "partially-received":
      return tx.emit(plainEvents[one.state], fields, aggregate);
    case "declined":
      return tx.emit(events.ReturnDeclinedSchema, { ...fields, reason }, aggregate);
    case "rejected":
      return tx.emit(events.ReturnRejectedSchema, { ...fields, reason }, aggregate);
    case "label-sent": {
      const { carrier = "", trackingNumber = "" } = one.label ?? {};
      return tx.emit(events.ReturnLabelledSchema, { ...fields, carrier, trackingNumber }, aggregate);
    }
    case "refunded": {
      const refund = order.refunds?.find(({ id }) => id === one.refundId);
      const amount = refund?.amount ?? { ...order.totals.total, minorUnits: 0n };
      return tx.emit(events.ReturnRefundedSchema, { ...fields, refundId: one.refundId ?? "", amount }, aggregate);
    }
    case "exchanged": {
      const { orderId = "", orderNumber = "" } = one.exchange ?? {};
      const replacement = { replacementOrderId: orderId, replacementOrderNumber: orderNumber };
      return tx.emit(events.ReturnExchangedSchema, { ...fields, ...replacement }, aggregate);
    }
    default:
      return undefined;
  }
}

/** Says of each refund that its money has gone back, in the transaction that counts it. */
export function emitRefunds(tx: Tx, before: Order, after: Order, placed: PlacedGroup): void {
  for (const refund of after.refunds ?? []) {
    const old = before.refunds?.find(({ id }) => id === refund.id);
    if (refund.state !== "succeeded" || old?.state === "succeeded") continue;
    const { id: refundId, returnId, amount, tax, parts, reason } = refund;
    tx.emit(
      events.OrderRefundedSchema,
      { ...orderFieldsOf(after, placed), refundId, returnId, amount, tax, parts: [...parts], reason },
      { id: after.id, version: after.version },
    );
  }
}

function aggregateOf({ id }: Return, { version }: Order) {
  return { id, version };
}

function orderFieldsOf(order: Order, { group }: PlacedGroup) {
  return {
    orderId: order.id,
    orderGroupId: order.groupId,
    orderNumber: order.number,
    customerId: group.personId ?? "",
    sellerId: order.sellerId,
  };
}

function fieldsOf(one: Return, order: Order, placed: PlacedGroup) {
  return {
    ...orderFieldsOf(order, placed),
    returnId: one.id,
    lines: one.lines.map((line) => ({
      lineId: line.lineId,
      sku: line.sku,
      productId: order.lines.find(({ id }) => id === line.lineId)?.productId ?? "",
      quantity: line.quantity,
      receivedQuantity: line.received,
      acceptedQuantity: acceptedOf(line),
    })),
  };
}
