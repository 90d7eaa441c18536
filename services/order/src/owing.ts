import type { PlacedGroup } from "./group.ts";
import { hold, type Order, resume } from "./order.ts";
import { isAtHome } from "./parcel.ts";

/** Why orders are on hold of which the money is not there. */
export const holdReasons = {
  /** A part of it could not be taken for goods that have left. */
  owed: "PAYMENT_OWED",
  /** Its promise lapsed before all has left. */
  lapsed: "AUTHORIZATION_EXPIRED",
} as const;

/** The group with each confirmed order on hold of which something is at home: nothing leaves without money. */
export function holdUnpaid(placed: PlacedGroup, reason: string, nowMs: number): PlacedGroup {
  return changeOrders(placed, (order) => (mayLeave(order) ? hold(order, reason, nowMs) : order));
}

/**
 * The order on hold for what a person says: that takes the place of any other reason, for what is held for money alone goes on by
 * itself. Throws ORDER_STATE.
 */
export function holdByPerson(order: Order, reason: string, nowMs: number): Order {
  if (order.state !== "on-hold") return hold(order, reason, nowMs);
  if (order.holdReason === reason) return order;
  return { ...order, holdReason: reason, version: order.version + 1, updateMs: nowMs };
}

/** The group with those orders going on that wait for their money alone: it is there. Whatever is owed yet keeps them. */
export function resumePaid(placed: PlacedGroup, nowMs: number): PlacedGroup {
  return resumeWhere(placed, Object.values(holdReasons), nowMs);
}

/** The group with those going on that wait for a debt alone which is none any more. Whatever is owed yet keeps them. */
export function resumeUnowed(placed: PlacedGroup, nowMs: number): PlacedGroup {
  return resumeWhere(placed, [holdReasons.owed], nowMs);
}

function resumeWhere(placed: PlacedGroup, reasons: readonly string[], nowMs: number): PlacedGroup {
  if (placed.orders.some(({ paymentState }) => paymentState === "owed")) return placed;
  return changeOrders(placed, (order) => (reasons.includes(order.holdReason ?? "") ? resume(order, nowMs) : order));
}

function mayLeave({ state, parcels, fulfilmentState }: Order): boolean {
  if (state !== "confirmed" && state !== "processing") return false;
  return parcels?.some(isAtHome) ?? (fulfilmentState === "unfulfilled" || fulfilmentState === "planned");
}

function changeOrders(placed: PlacedGroup, change: (order: Order) => Order): PlacedGroup {
  const orders = placed.orders.map(change);
  return orders.every((order, index) => order === placed.orders[index]) ? placed : { ...placed, orders };
}
