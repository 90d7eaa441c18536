import { addMoney, DomainError, type Money, subtractMoney, sumMoney } from "@shopmesh/kernel";
import { type FulfilmentState, type Order, type PaymentState, proceed } from "./order.ts";
import {
  asDelivery,
  deliveryOf,
  hasLeft,
  isAtHome,
  isEnded,
  isWrittenOff,
  type LaterEnd,
  moveParcel,
  type Parcel,
  type ParcelLine,
  type ParcelState,
  shipmentOf,
} from "./parcel.ts";
import { dividePrice, noPrice, type Price, sumPrices } from "./price.ts";
import type { RefundPart } from "./refund.ts";

/** The parcels of an order; none of one that is not planned yet, or that the older plan sends whole. */
export function parcelsOf(order: Order): readonly Parcel[] {
  return order.parcels ?? [];
}

/** The parcel of `id`. Throws PARCEL_NOT_FOUND. */
export function parcelIn(order: Order, id: string): Parcel {
  const parcel = parcelsOf(order).find((candidate) => candidate.id === id);
  if (parcel === undefined)
    throw new DomainError("not-found", "PARCEL_NOT_FOUND", { order: order.number, parcel_id: id });
  return parcel;
}

/** The parcels are planned: the order is being worked on. */
export function openParcels(order: Order, parcels: readonly Parcel[], nowMs: number): Order {
  if (order.parcels !== undefined) return order;
  return derive({ ...proceed(order, "processing", nowMs), parcels }, nowMs);
}

/** The seller has packed it. Throws PARCEL_STATE, PARCEL_NOT_FOUND. */
export function packParcel(order: Order, id: string, nowMs: number): Order {
  return change(order, id, nowMs, (parcel) => moveParcel(parcel, "packed"));
}

/** It has left as the `rank`th of its group; a wish to call it off came too late, and is gone where nothing else was called off. */
export function sendParcel(
  order: Order,
  id: string,
  { rank, shipMs }: { readonly rank: number; readonly shipMs: number },
  nowMs: number,
): Order {
  const sent = change(order, id, nowMs, (parcel) =>
    hasLeft(parcel) ? parcel : { ...moveParcel(parcel, "shipped"), rank, shipMs, endReason: "" },
  );
  const isCallingOff = parcelsOf(sent).some(({ state }) => state === "cancelling" || state === "cancelled");
  return sent === order || isCallingOff ? sent : { ...sent, cancelRequestMs: undefined, cancelReason: "" };
}

/** Its part of the money was taken: nothing is owed. */
export function captureParcel(order: Order, id: string, nowMs: number): Order {
  return change(order, id, nowMs, (parcel) =>
    parcel.isCaptured ? parcel : { ...withoutDebt(parcel), isCaptured: true },
  );
}

/** It has left, and its part of the money could not be taken: that is owed, and the saga `collectionId` is to collect it. */
export function oweParcel(
  order: Order,
  id: string,
  { reason, collectionId }: { readonly reason: string; readonly collectionId: string },
  nowMs: number,
): Order {
  return change(order, id, nowMs, (parcel) => {
    const isKnown = parcel.owedReason === reason && parcel.collectionId === collectionId;
    return parcel.isCaptured || isKnown ? parcel : { ...parcel, owedReason: reason, collectionId };
  });
}

function withoutDebt({ owedReason: _, ...parcel }: Parcel): Parcel {
  return parcel;
}

/** It has arrived. */
export function deliverParcel(order: Order, id: string, deliverMs: number, nowMs: number): Order {
  return change(order, id, nowMs, (parcel) =>
    parcel.state === "delivered" ? parcel : { ...moveParcel(parcel, "delivered"), deliverMs },
  );
}

/** It will not arrive: `to` says how. Nobody owes anything for it. */
export function loseParcel(order: Order, id: string, to: "lost" | "returned", nowMs: number): Order {
  return change(order, id, nowMs, (parcel) =>
    parcel.state === to ? parcel : { ...withoutDebt(moveParcel(parcel, to)), endReason: to.toUpperCase() },
  );
}

/**
 * Its carrier tells another end than the one that it came to, whose money is settled: kept for people to see, and nothing is
 * taken or given back by it. Whatever travelled in that shipment; one that came back was delivered to nobody any more.
 */
export function noteLaterEnd(order: Order, shipmentId: string, laterEnd: LaterEnd, nowMs: number): Order {
  const isNews = ({ state, laterEnd: known }: Parcel) =>
    (laterEnd.state === "delivered" && state === "lost" && known === undefined) ||
    (laterEnd.state === "returned" && (state === "lost" || state === "delivered") && known?.state !== "returned");
  const toldOf = parcelsOf(order).filter((parcel) => shipmentOf(parcel) === shipmentId && isNews(parcel));
  return toldOf.reduce((noted, { id }) => change(noted, id, nowMs, (parcel) => ({ ...parcel, laterEnd })), order);
}

/** It is being called off; one that has left meanwhile is not. */
export function turnParcelBack(order: Order, id: string, reason: string, nowMs: number): Order {
  return change(order, id, nowMs, (parcel) =>
    isAtHome(parcel) ? { ...moveParcel(parcel, "cancelling"), endReason: reason } : parcel,
  );
}

/** It was called off, its goods and its money given back. */
export function callParcelOff(order: Order, id: string, nowMs: number): Order {
  return change(order, id, nowMs, (parcel) => moveParcel(parcel, "cancelled"));
}

/**
 * Pieces of a parcel as one of their own in the same shipment, `id`, each line's money split by its pieces by largest remainder;
 * the delivery stays with the rest. Throws PARCEL_NOT_FOUND.
 */
export function splitParcel(
  order: Order,
  parcelId: string,
  { id, pieces }: { readonly id: string; readonly pieces: readonly { lineId: string; quantity: number }[] },
  nowMs: number,
): Order {
  const parcel = parcelIn(order, parcelId);
  const split = parcel.lines.map((line) => {
    const taken = pieces.find(({ lineId }) => lineId === line.lineId)?.quantity ?? 0;
    return divide(line, taken);
  });
  const zero = { ...parcel.amount, minorUnits: 0n };
  const { shippingPlatformShare: _, ...goods } = parcel;
  const off: Parcel = {
    ...goods,
    id,
    key: id,
    shipmentId: shipmentOf(parcel),
    lines: split.flatMap(([taken]) => (taken.quantity > 0 ? taken : [])),
    ...asDelivery(noPrice(zero.currencyCode)),
    amount: split.reduce((sum, [taken]) => addMoney(sum, taken.amount), zero),
  };
  const rest: Parcel = {
    ...parcel,
    lines: split.flatMap(([, left]) => (left.quantity > 0 ? left : [])),
    amount: subtractMoney(parcel.amount, off.amount),
  };
  const parcels = [...parcelsOf(order).map((other) => (other === parcel ? rest : other)), off];
  return derive({ ...order, parcels }, nowMs);
}

function divide(line: ParcelLine, quantity: number): readonly [ParcelLine, ParcelLine] {
  const { lineId, sku } = line;
  const [taken, left] = dividePrice(line, quantity, line.quantity);
  return [
    { lineId, sku, quantity, ...taken },
    { lineId, sku, quantity: line.quantity - quantity, ...left },
  ];
}

/** Whether nothing more happens to any parcel of an order that has some. */
export function isSettled(order: Order): boolean {
  return order.parcels !== undefined && order.parcels.every(isEnded);
}

/** The order at the end of its parcels: COMPLETED where one had left, else CANCELLED. */
export function settleOrder(order: Order, nowMs: number): Order {
  const parcels = parcelsOf(order);
  if (parcels.some(hasLeft)) return proceed(order, "completed", nowMs);
  const endReason = order.endReason || (parcels.find((parcel) => parcel.endReason !== "")?.endReason ?? "CANCELLED");
  return { ...proceed(order, "cancelled", nowMs), endReason };
}

/** What a parcel was paid for: its lines, and its part of the delivery under an empty line id. */
export function partsOfParcel(parcel: Parcel): readonly RefundPart[] {
  const parts = parcel.lines.map(({ sku: _, ...part }) => part);
  return [...parts, { lineId: "", quantity: 0, ...deliveryOf(parcel) }];
}

/** What is taken for a parcel when it leaves: what of it is tax, and what the marketplace pays besides. */
export function priceOfParcel(parcel: Parcel): Price {
  return sumPrices(parcel.amount.currencyCode, [...parcel.lines, deliveryOf(parcel)]);
}

/** What of the total was called off, or not paid for in time and lost, and will never be taken. */
export function calledOffTotal(order: Order): Money {
  const isWhole = order.parcels === undefined && (order.state === "cancelled" || order.state === "rejected");
  if (isWhole) return order.totals.total;
  const off = parcelsOf(order).filter((parcel) => parcel.state === "cancelled" || isWrittenOff(parcel));
  return sumMoney(
    order.totals.total.currencyCode,
    off.map(({ amount }) => amount),
  );
}

/** Where the money of an order is, by what was promised, called off, taken and given back. */
export function paymentStateOf(order: Order): PaymentState {
  const { captured, refunded, totals, paymentState, parcels = [] } = order;
  if (parcels.some(({ owedReason }) => owedReason !== undefined)) return "owed";
  const wanted = subtractMoney(totals.total, calledOffTotal(order)).minorUnits;
  const isAllTaken = captured.minorUnits >= wanted;
  if (refunded.minorUnits > 0n)
    return isAllTaken && refunded.minorUnits >= captured.minorUnits ? "refunded" : "partially-refunded";
  if (parcels.some(({ isCaptured }) => isCaptured)) return isAllTaken ? "captured" : "partially-captured";
  const isOff = parcels.length > 0 && parcels.every((parcel) => parcel.state === "cancelled" || isWrittenOff(parcel));
  if (isOff) return "voided";
  return paymentState === "owed" ? "authorized" : paymentState;
}

/** How many pieces of a line are in parcels of these states. */
export function piecesOf(order: Order, lineId: string, states: readonly ParcelState[]): number {
  const lines = parcelsOf(order).flatMap((parcel) => (states.includes(parcel.state) ? parcel.lines : []));
  return lines.reduce((sum, line) => (line.lineId === lineId ? sum + line.quantity : sum), 0);
}

function fulfilmentOf(parcels: readonly Parcel[]): FulfilmentState {
  const wanted = parcels.filter(({ state }) => state !== "cancelled");
  if (wanted.length === 0) return "cancelled";
  const gone = wanted.filter(hasLeft);
  if (gone.length === 0) return "planned";
  if (gone.length < wanted.length) return "partially-shipped";
  if (gone.some(({ state }) => state === "shipped")) return "shipped";
  return gone.some(({ state }) => state === "delivered") ? "delivered" : "failed";
}

function change(order: Order, id: string, nowMs: number, to: (parcel: Parcel) => Parcel): Order {
  const parcel = parcelIn(order, id);
  const changed = to(parcel);
  if (changed === parcel) return order;
  const parcels = parcelsOf(order).map((other) => (other === parcel ? changed : other));
  return derive({ ...order, parcels }, nowMs);
}

/** Another version, its axes as its parcels have them. */
function derive(order: Order, nowMs: number): Order {
  const parcels = parcelsOf(order);
  const taken = parcels.filter(({ isCaptured }) => isCaptured);
  const captured = taken.reduce((sum, { amount }) => addMoney(sum, amount), {
    ...order.totals.total,
    minorUnits: 0n,
  });
  const moved = { ...order, captured, fulfilmentState: fulfilmentOf(parcels) };
  return { ...moved, paymentState: paymentStateOf(moved), version: order.version + 1, updateMs: nowMs };
}
