import { DomainError } from "@shopmesh/kernel";
import type { Address } from "./address.ts";
import type { Group } from "./group.ts";
import { isCancellable, type Order } from "./order.ts";
import { isAtHome, type Parcel } from "./parcel.ts";
import { parcelsOf, piecesOf } from "./parcels.ts";

/** Pieces of a line that are not wanted any more. */
export type LineCancellation = { readonly lineId: string; readonly quantity: number };

/** Where an order goes: its own address once it was corrected, else its group's. */
export function destinationOf(order: Order, group: Group): Address {
  return order.address ?? group.address;
}

/** The order with a note to its seller. Throws ORDER_NOT_CHANGEABLE once all of it has left. */
export function noteDelivery(order: Order, deliveryNote: string, nowMs: number): Order {
  refuseEnded(order);
  if ((order.deliveryNote ?? "") === deliveryNote) return order;
  return { ...order, deliveryNote, version: order.version + 1, updateMs: nowMs };
}

/**
 * The order with a corrected address. While its payment is awaited or it is on hold nobody plans its parcels; afterwards a
 * label may name the old one. Throws ORDER_NOT_CHANGEABLE, ADDRESS_FIXED, ADDRESS_CHANGES_PRICE.
 */
export function correctAddress(order: Order, group: Group, address: Address, nowMs: number): Order {
  refuseEnded(order);
  const isResting = order.state === "pending" || order.state === "placed" || order.state === "on-hold";
  if (!isResting || order.parcels !== undefined)
    throw new DomainError("precondition", "ADDRESS_FIXED", { order: order.number, state: order.state });
  const known = destinationOf(order, group);
  const moved = (["countryCode", "region", "postalCode"] as const).find((name) => known[name] !== address[name]);
  if (moved !== undefined)
    throw new DomainError("precondition", "ADDRESS_CHANGES_PRICE", { order: order.number, differs: moved });
  return { ...order, address, version: order.version + 1, updateMs: nowMs };
}

/** What is called off: parcels as a whole, and pieces out of others. */
export type CallingOff = {
  readonly whole: readonly Parcel[];
  readonly parts: readonly { readonly parcel: Parcel; readonly pieces: readonly LineCancellation[] }[];
};

/**
 * Where the pieces lie that are not wanted any more: parcels that hold nothing else first, then some of the goods of parcels
 * that are not packed. Throws ORDER_NOT_CHANGEABLE, ORDER_LINE_NOT_FOUND, CHANGE_QUANTITY (more than is at home),
 * GOODS_SENT_TOGETHER (packed with goods that stay).
 */
export function planCallingOff(order: Order, wishes: readonly LineCancellation[]): CallingOff {
  refuseEnded(order);
  const open = new Map<string, number>();
  for (const { lineId, quantity } of wishes) {
    if (!order.lines.some(({ id }) => id === lineId) || open.has(lineId))
      throw new DomainError("invalid", "ORDER_LINE_NOT_FOUND", { order: order.number, line_id: lineId });
    const left = piecesOf(order, lineId, ["planned", "packed"]);
    if (quantity > left)
      throw new DomainError("precondition", "CHANGE_QUANTITY", { line_id: lineId, left: String(left) });
    open.set(lineId, quantity);
  }
  const take = (parcel: Parcel): readonly LineCancellation[] =>
    parcel.lines.flatMap((line) => {
      const quantity = Math.min(line.quantity, open.get(line.lineId) ?? 0);
      open.set(line.lineId, (open.get(line.lineId) ?? 0) - quantity);
      return quantity === 0 ? [] : { lineId: line.lineId, quantity };
    });
  const atHome = parcelsOf(order).filter(isAtHome);
  const whole = atHome.filter((parcel) => {
    const fits = parcel.lines.every(({ lineId, quantity }) => quantity <= (open.get(lineId) ?? 0));
    return fits && take(parcel).length > 0;
  });
  const parts = atHome
    .filter((parcel) => parcel.state === "planned" && !whole.includes(parcel))
    .map((parcel) => ({ parcel, pieces: take(parcel) }))
    .filter(({ pieces }) => pieces.length > 0);
  const packed = [...open].find(([, quantity]) => quantity > 0);
  if (packed !== undefined)
    throw new DomainError("precondition", "GOODS_SENT_TOGETHER", { order: order.number, line_id: packed[0] });
  return { whole, parts };
}

function refuseEnded(order: Order): void {
  if (isCancellable({ ...order, cancelRequestMs: undefined })) return;
  const { number, state, fulfilmentState } = order;
  throw new DomainError("precondition", "ORDER_NOT_CHANGEABLE", { order: number, state, fulfilment: fulfilmentState });
}
