import { trace } from "@opentelemetry/api";
import {
  OrderCancelledSchema,
  OrderCompletedSchema,
  OrderConfirmedSchema,
  OrderPaymentOwedSchema,
  OrderPlacedSchema,
  OrderRejectedSchema,
  OrderShippedSchema,
} from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { addMoney, money } from "@shopmesh/kernel";
import type { Tx } from "@shopmesh/mesh";
import type { PlacedGroup } from "../group.ts";
import type { FulfilmentState, Order, OrderState } from "../order.ts";
import { hasLeft, type Parcel, shipmentOf } from "../parcel.ts";

/** Says what became of the orders that changed their state, in the transaction that changed it. */
export function emitChanges(tx: Tx, before: PlacedGroup, after: PlacedGroup): void {
  for (const [index, order] of after.orders.entries()) {
    const known = before.orders[index];
    if (known === undefined || wayOf(known) !== wayOf(order)) emitState(tx, after, order);
  }
}

/** Says what became of one order, in the transaction that changed it; `placed` holds it as it is now. */
export function emitOrder(tx: Tx, placed: PlacedGroup, before: Order, after: Order): void {
  traceOrders(placed);
  const isGone = (order: Order) => allLeft.includes(order.fulfilmentState);
  if (isGone(after) && !isGone(before)) {
    const gone = (after.parcels ?? []).filter(hasLeft);
    emitShipped(tx, placed, after, [...new Set(gone.map(shipmentOf))]);
  }
  if (wayOf(before) !== wayOf(after)) emitState(tx, placed, after);
}

/** How far an order has come: one on hold goes on behind that, and what it comes to is told all the same. */
function wayOf({ state, heldState }: Order): OrderState {
  return heldState ?? state;
}

const allLeft: readonly FulfilmentState[] = ["shipped", "delivered", "failed"];

/** Says that an order's parcels have left. */
export function emitShipped(tx: Tx, placed: PlacedGroup, order: Order, shipmentIds: readonly string[]): void {
  tx.emit(
    OrderShippedSchema,
    { ...fieldsOf(placed, order), shipmentIds: [...shipmentIds] },
    { id: order.id, version: order.version },
  );
}

/** Says that a parcel has left whose part of the money was refused. */
export function emitOwed(tx: Tx, { group }: PlacedGroup, order: Order, parcel: Parcel): void {
  tx.emit(
    OrderPaymentOwedSchema,
    {
      orderId: order.id,
      orderGroupId: order.groupId,
      orderNumber: order.number,
      customerId: group.personId ?? "",
      sellerId: order.sellerId,
      parcelId: parcel.id,
      amount: parcel.amount,
      reason: parcel.owedReason ?? "",
    },
    { id: order.id, version: order.version },
  );
}

/** Marks the active span with the numbers by which people look for it. */
export function traceOrders({ orders }: PlacedGroup): void {
  trace.getActiveSpan()?.setAttribute("order.number", orders.map(({ number }) => number).join(" "));
}

const eventOf = {
  placed: OrderPlacedSchema,
  confirmed: OrderConfirmedSchema,
  completed: OrderCompletedSchema,
} as const satisfies Partial<Record<OrderState, unknown>>;

function emitState(tx: Tx, placed: PlacedGroup, order: Order): void {
  const fields = fieldsOf(placed, order);
  const aggregate = { id: order.id, version: order.version };
  const way = wayOf(order);
  if (way === "rejected") tx.emit(OrderRejectedSchema, { ...fields, reason: order.endReason }, aggregate);
  else if (way === "cancelled") tx.emit(OrderCancelledSchema, { ...fields, reason: order.endReason }, aggregate);
  else if (way === "placed" || way === "confirmed" || way === "completed") {
    tx.emit(eventOf[way], { ...fields, ...deliveryOf(placed, order) }, aggregate);
  }
}

/** Where an order goes and what that costs before discounts, for those who reckon what a promotion would do. */
function deliveryOf({ group }: PlacedGroup, { shipping }: Order) {
  const { price, discount } = shipping;
  return {
    countryCode: group.address.countryCode,
    shippingPrice: discount === undefined ? price : addMoney(price, discount),
  };
}

function fieldsOf({ group, orders }: PlacedGroup, order: Order) {
  return {
    orderId: order.id,
    orderGroupId: order.groupId,
    orderNumber: order.number,
    customerId: group.personId ?? "",
    sellerId: order.sellerId,
    lines: order.lines.map((line) => ({
      lineId: line.id,
      sku: line.sku,
      productId: line.productId,
      categoryId: line.categoryId,
      quantity: line.quantity,
      total: line.total,
      discount: line.discount,
      unitPrice: line.unitPrice,
      sellerDiscount: line.sellerDiscount ?? line.discount,
      platformDiscount: line.platformDiscount ?? money(line.discount.currencyCode, 0n),
    })),
    total: order.totals.total,
    groupOrderIds: orders.map(({ id }) => id),
    couponCode: group.couponCode,
  };
}
