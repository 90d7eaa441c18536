import type { Order } from "./order.ts";

/** Pieces of a line that arrived together. */
export type Delivery = { readonly lineId: string; readonly quantity: number; readonly deliverMs: number };

/** What has arrived of an order. */
export function deliveriesOf(order: Order): readonly Delivery[] {
  const { completeMs } = order;
  if (order.fulfilmentState !== "delivered" || completeMs === undefined) return [];
  return order.lines.map(({ id, quantity }) => ({ lineId: id, quantity, deliverMs: completeMs }));
}
