import type { FulfilmentState, Order } from "./order.ts";
import { proceed } from "./order.ts";

/** The parcel is planned: the order is being worked on. */
export function plan(order: Order, nowMs: number): Order {
  if (order.fulfilmentState !== "unfulfilled") return order;
  return fulfilling(proceed(order, "processing", nowMs), "planned", nowMs);
}

/** Its goods left the shelf and its money was taken. */
export function ship(order: Order, nowMs: number): Order {
  if (order.fulfilmentState === "shipped" || order.fulfilmentState === "delivered") return order;
  return {
    ...fulfilling(order, "shipped", nowMs),
    paymentState: "captured",
    captured: order.totals.total,
  };
}

/** Everything has arrived. */
export function deliver(order: Order, nowMs: number): Order {
  if (order.fulfilmentState === "delivered") return order;
  return proceed(fulfilling(order, "delivered", nowMs), "completed", nowMs);
}

/** Its fulfilment turns back, naming `reason`: what was done is being undone. */
export function turnBack(order: Order, reason: string, nowMs: number): Order {
  return order.endReason === "" ? { ...order, endReason: reason, version: order.version + 1, updateMs: nowMs } : order;
}

/** It was too late to turn back: the order goes on, nobody wishing otherwise. */
export function goOn(order: Order, nowMs: number): Order {
  if (order.endReason === "") return order;
  const nothingWished = { endReason: "", cancelRequestMs: undefined, cancelReason: "" };
  return { ...order, ...nothingWished, version: order.version + 1, updateMs: nowMs };
}

/** Nothing will be sent and nothing was taken: CANCELLED, naming `reason`. */
export function callOff(order: Order, reason: string, nowMs: number): Order {
  if (order.state === "cancelled") return order;
  return {
    ...proceed(order, "cancelled", nowMs),
    fulfilmentState: "cancelled",
    paymentState: "voided",
    endReason: reason,
  };
}

function fulfilling(order: Order, fulfilmentState: FulfilmentState, nowMs: number): Order {
  return { ...order, fulfilmentState, version: order.version + 1, updateMs: nowMs };
}
