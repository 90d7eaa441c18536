import type { Order } from "./order.ts";

/** Pieces of a line that arrived together. */
export type Delivery = { readonly lineId: string; readonly quantity: number; readonly deliverMs: number };

/** What has arrived of an order. */
export function deliveriesOf({ parcels, lines, fulfilmentState, completeMs }: Order): readonly Delivery[] {
  if (parcels !== undefined)
    return parcels.flatMap(({ deliverMs, lines: pieces }) =>
      deliverMs === undefined ? [] : pieces.map(({ lineId, quantity }) => ({ lineId, quantity, deliverMs })),
    );
  if (fulfilmentState !== "delivered" || completeMs === undefined) return [];
  return lines.map(({ id, quantity }) => ({ lineId: id, quantity, deliverMs: completeMs }));
}
