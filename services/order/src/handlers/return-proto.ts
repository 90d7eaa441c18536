import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import * as pb from "@shopmesh/contracts/shop/order/v1/return_pb.ts";
import { DomainError, sumMoney } from "@shopmesh/kernel";
import { timeField } from "@shopmesh/mesh";
import type { Exchange } from "../exchange.ts";
import type { Order } from "../order.ts";
import type { Refund } from "../refund.ts";
import { isEscalatable, type Return, type ReturnReason, type ReturnState } from "../return.ts";
import { returnableOf } from "../returning.ts";

const states = {
  requested: pb.ReturnState.REQUESTED,
  approved: pb.ReturnState.APPROVED,
  declined: pb.ReturnState.DECLINED,
  "label-sent": pb.ReturnState.LABEL_SENT,
  "in-transit": pb.ReturnState.IN_TRANSIT,
  received: pb.ReturnState.RECEIVED,
  "partially-received": pb.ReturnState.PARTIALLY_RECEIVED,
  inspected: pb.ReturnState.INSPECTED,
  refunded: pb.ReturnState.REFUNDED,
  exchanged: pb.ReturnState.EXCHANGED,
  rejected: pb.ReturnState.REJECTED,
} as const satisfies Record<ReturnState, pb.ReturnState>;

const reasons = {
  "changed-mind": pb.ReturnReason.CHANGED_MIND,
  defective: pb.ReturnReason.DEFECTIVE,
  damaged: pb.ReturnReason.DAMAGED,
  "wrong-item": pb.ReturnReason.WRONG_ITEM,
  "not-as-described": pb.ReturnReason.NOT_AS_DESCRIBED,
  late: pb.ReturnReason.LATE,
} as const satisfies Record<ReturnReason, pb.ReturnReason>;

const refundStates = {
  pending: pb.OrderRefundState.PENDING,
  succeeded: pb.OrderRefundState.SUCCEEDED,
} as const satisfies Record<Refund["state"], pb.OrderRefundState>;

const exchangeStates = {
  wanted: pb.ExchangeState.WANTED,
  reserved: pb.ExchangeState.RESERVED,
  "out-of-stock": pb.ExchangeState.OUT_OF_STOCK,
  dropped: pb.ExchangeState.DROPPED,
  placed: pb.ExchangeState.PLACED,
  confirmed: pb.ExchangeState.CONFIRMED,
  failed: pb.ExchangeState.FAILED,
} as const satisfies Record<Exchange["state"], pb.ExchangeState>;

/** The domain's words for the states that a request names. */
export function returnStateNames(asked: readonly pb.ReturnState[]): readonly ReturnState[] {
  const wanted = new Set<pb.ReturnState>(asked);
  return (Object.keys(states) as ReturnState[]).filter((name) => wanted.has(states[name]));
}

/** The domain's word for a reason. Throws RETURN_REASON_UNKNOWN for one of a newer contract. */
export function returnReasonName(asked: pb.ReturnReason): ReturnReason {
  const found = (Object.keys(reasons) as ReturnReason[]).find((name) => reasons[name] === asked);
  if (found === undefined) throw new DomainError("invalid", "RETURN_REASON_UNKNOWN", { field: "lines.reason" });
  return found;
}

/** The return as its buyer, its seller or staff may read it: the label is not the seller's to print. */
export function returnToProto(
  one: Return,
  order: Order,
  isForSeller = false,
): MessageInitShape<typeof pb.ReturnSchema> {
  const { label, escalateMs } = one;
  return {
    id: one.id,
    orderId: order.id,
    orderNumber: order.number,
    orderGroupId: order.groupId,
    sellerId: order.sellerId,
    state: states[one.state],
    lines: one.lines.map((line) => ({
      lineId: line.lineId,
      sku: line.sku,
      title: order.lines.find(({ id }) => id === line.lineId)?.title ?? line.sku,
      quantity: line.quantity,
      reason: reasons[line.reason],
      receivedQuantity: line.received,
      resellableQuantity: line.resellable,
      damagedQuantity: line.damaged,
      refusedQuantity: line.refused,
    })),
    note: one.note,
    endReason: one.endReason,
    endNote: one.endNote,
    ...(label === undefined ? {} : { shipment: { ...label, labelUrl: isForSeller ? "" : label.labelUrl } }),
    refundId: one.refundId ?? "",
    escalatable: isEscalatable(one),
    ...timeField("escalateTime", escalateMs),
    createTime: timestampFromMs(one.createMs),
    updateTime: timestampFromMs(one.updateMs),
    ...(one.exchange === undefined ? {} : { exchange: exchangeToProto(one.exchange) }),
  };
}

function exchangeToProto({
  state,
  lines,
  credit,
  totals,
  groupId,
  orderId,
  orderNumber,
}: Exchange): MessageInitShape<typeof pb.ExchangeSchema> {
  return {
    state: exchangeStates[state],
    lines: lines.map(({ sku, title, optionTitle, quantity, credit: paid, total }) => ({
      ...{ sku, title, optionTitle, quantity },
      ...{ credit: paid, charge: total },
    })),
    ...{ credit, charge: totals.total },
    ...{ orderGroupId: groupId, orderId, orderNumber },
  };
}

export function refundToProto(refund: Refund): MessageInitShape<typeof pb.OrderRefundSchema> {
  const { settleMs, createMs, state, parts, isOfCredit: _, ...same } = refund;
  return {
    ...same,
    state: refundStates[state],
    parts: parts.map((part) => ({ ...part })),
    createTime: timestampFromMs(createMs),
    ...timeField("settleTime", settleMs),
  };
}

/** What goes or went back of an order. */
export function aftersaleToProto(order: Order, isForSeller: boolean) {
  return {
    refunds: (order.refunds ?? []).map(refundToProto),
    returns: (order.returns ?? []).map((one) => returnToProto(one, order, isForSeller)),
  };
}

/** What can still go back of a line, and what was given back of it. */
export function lineAftersaleToProto(order: Order, lineId: string) {
  const { quantity, untilMs } = returnableOf(order, lineId);
  const parts = (order.refunds ?? []).flatMap((refund) => refund.parts.filter((part) => part.lineId === lineId));
  return {
    returnableQuantity: quantity,
    refunded: sumMoney(
      order.totals.total.currencyCode,
      parts.map(({ amount }) => amount),
    ),
    ...timeField("returnEndTime", untilMs),
  };
}
