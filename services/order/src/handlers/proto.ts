import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import * as pb from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { type Money, sumMoney } from "@shopmesh/kernel";
import { type Actor, timeField } from "@shopmesh/mesh";
import { destinationOf } from "../changing.ts";
import type { Group, PlacedGroup } from "../group.ts";
import { isCancellable, type Order, type OrderLine, type Shipping } from "../order.ts";
import { calledOffTotal, parcelsOf, piecesOf } from "../parcels.ts";
import { parcelToProto } from "./parcel-proto.ts";
import type { StoredEntry } from "../store/timeline.ts";
import type { TimelineEntry } from "../timeline.ts";
import { checkoutStates, fulfilmentStates, orderStates, paymentStates } from "./states.ts";
import { aftersaleToProto, lineAftersaleToProto } from "./return-proto.ts";

const timelineKinds = {
  state: pb.TimelineKind.STATE,
  shipment: pb.TimelineKind.SHIPMENT,
  payment: pb.TimelineKind.PAYMENT,
  request: pb.TimelineKind.REQUEST,
} as const satisfies Record<TimelineEntry["kind"], pb.TimelineKind>;

/** The group with its orders. */
export function groupToProto({ group, orders }: PlacedGroup): MessageInitShape<typeof pb.OrderGroupSchema> {
  return {
    id: group.id,
    version: BigInt(group.version),
    state: checkoutStates[group.state],
    orders: orders.map((order) => orderToProto(order, group)),
    totals: {
      ...group.totals,
      captured: sumOf(orders.map(({ captured }) => captured)),
      refunded: sumOf(orders.map(({ refunded }) => refunded)),
      cancelled: sumOf(orders.map(calledOffTotal)),
    },
    rejectReason: group.rejectReason,
    rejectMetadata: { ...group.rejectMetadata },
    actionUrl: group.actionUrl,
    ...timeField("actionExpireTime", group.actionExpireMs),
    customerId: group.personId ?? "",
    email: group.email,
    shippingAddress: group.address,
    paymentId: group.paymentId,
    couponCode: group.couponCode,
    cartId: orders.some(({ exchangeOf }) => exchangeOf !== undefined) ? "" : group.cartId,
    createTime: timestampFromMs(group.createMs),
    updateTime: timestampFromMs(group.updateMs),
  };
}

/** The order; `isForSeller`: what is its buyer's alone is left out. */
export function orderToProto(order: Order, group: Group, isForSeller = false): MessageInitShape<typeof pb.OrderSchema> {
  return {
    id: order.id,
    number: order.number,
    orderGroupId: order.groupId,
    version: BigInt(order.version),
    state: orderStates[order.state],
    paymentState: paymentStates[order.paymentState],
    fulfilmentState: fulfilmentStates[order.fulfilmentState],
    lines: order.lines.map((line) => lineToProto(line, order)),
    totals: { ...order.totals, captured: order.captured, refunded: order.refunded, cancelled: calledOffTotal(order) },
    sellerId: order.sellerId,
    sellerName: order.sellerName,
    shipping: shippingToProto(order.shipping),
    customerId: group.personId ?? "",
    email: isForSeller ? "" : group.email,
    shippingAddress: destinationOf(order, group),
    deliveryNote: order.deliveryNote ?? "",
    paymentId: group.paymentId,
    endReason: order.endReason,
    cancellable: isCancellable(order),
    ...timeField("cancelRequestTime", order.cancelRequestMs),
    createTime: timestampFromMs(order.createMs),
    updateTime: timestampFromMs(order.updateMs),
    ...timeField("confirmTime", order.confirmMs),
    ...timeField("completeTime", order.completeMs),
    parcels: parcelsOf(order).map(parcelToProto),
    ...aftersaleToProto(order, isForSeller),
    holdReason: order.holdReason ?? "",
    ...timeField("closeTime", order.closeMs),
    exchangedReturnId: order.exchangeOf?.returnId ?? "",
    locale: group.locale ?? "",
  };
}

/** The order as `actor` may read it: only its seller does without the e-mail address and the labels of returns. */
export function orderForActor(order: Order, group: Group, actor: Actor): MessageInitShape<typeof pb.OrderSchema> {
  if (actor.kind !== "person" || actor.id === group.personId) return orderToProto(order, group);
  return orderToProto(order, group, !isStaff(actor));
}

/** Whether it is one of the shop's own people. */
export function isStaff(actor: Actor): boolean {
  return actor.kind === "person" && (actor.roles.includes("support") || actor.roles.includes("admin"));
}

/** What happened, as it is read. */
export function entryToProto(entry: StoredEntry): MessageInitShape<typeof pb.TimelineEntrySchema> {
  return {
    sequence: BigInt(entry.sequence),
    time: timestampFromMs(entry.timeMs),
    kind: timelineKinds[entry.kind],
    orderId: entry.orderId ?? "",
    summary: entry.summary,
    reason: entry.reason,
    traceId: entry.traceId,
  };
}

/** A line; with its order: how far its pieces are, too. */
export function lineToProto(line: OrderLine, order?: Order): MessageInitShape<typeof pb.OrderLineSchema> {
  const { tax, productVersion, credit, ...same } = line;
  return {
    ...same,
    ...(credit === undefined ? {} : { exchangeCredit: credit }),
    tax: taxToProto(tax),
    taxCategory: line.categoryId,
    productVersion: BigInt(productVersion),
    ...(order === undefined ? {} : { ...quantitiesOf(line, order), ...lineAftersaleToProto(order, line.id) }),
  };
}

/** How many of a line's pieces have left, arrived and been called off. */
function quantitiesOf({ id, quantity }: OrderLine, order: Order) {
  if (order.parcels !== undefined)
    return {
      shippedQuantity: piecesOf(order, id, ["shipped", "delivered", "lost", "returned"]),
      deliveredQuantity: piecesOf(order, id, ["delivered"]),
      cancelledQuantity: piecesOf(order, id, ["cancelled"]),
    };
  const { fulfilmentState } = order;
  const isShipped = fulfilmentState === "shipped" || fulfilmentState === "delivered";
  return {
    shippedQuantity: isShipped ? quantity : 0,
    deliveredQuantity: fulfilmentState === "delivered" ? quantity : 0,
    cancelledQuantity: fulfilmentState === "cancelled" ? quantity : 0,
  };
}

/** A delivery with its tax. */
export function shippingToProto({
  tax,
  earliestDeliveryMs,
  latestDeliveryMs,
  ...same
}: Shipping): MessageInitShape<typeof pb.OrderShippingSchema> {
  return {
    ...same,
    tax: taxToProto(tax),
    ...timeField("earliestDeliveryTime", earliestDeliveryMs),
    ...timeField("latestDeliveryTime", latestDeliveryMs),
  };
}

function taxToProto({ isInclusive, parts = [], ...tax }: OrderLine["tax"]): MessageInitShape<typeof pb.LineTaxSchema> {
  return { ...tax, parts: [...parts], inclusive: isInclusive };
}

/** A sum of amounts of one currency. */
export function sumOf(amounts: readonly Money[]): Money {
  return sumMoney(amounts[0]?.currencyCode ?? "EUR", amounts);
}
