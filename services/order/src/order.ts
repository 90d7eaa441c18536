import { DomainError, type Money } from "@shopmesh/kernel";
import type { Address } from "./address.ts";
import type { ExchangeOf } from "./exchange.ts";
import type { OrderLine, Shipping, Totals } from "./line.ts";
import type { Parcel } from "./parcel.ts";
import type { Refund } from "./refund.ts";
import type { Return } from "./return.ts";

export type { OrderLine, Shipping, Tax, Totals } from "./line.ts";

/** Where an order is. */
export type OrderState =
  | "pending"
  | "placed"
  | "rejected"
  | "confirmed"
  | "processing"
  | "completed"
  | "closed"
  | "cancelled"
  | "on-hold";

/** Where its money is. */
export type PaymentState =
  | "pending"
  | "requires-action"
  | "authorized"
  | "partially-captured"
  | "captured"
  | "owed"
  | "partially-refunded"
  | "refunded"
  | "voided"
  | "failed";

/** Where its goods are. */
export type FulfilmentState =
  | "unfulfilled"
  | "planned"
  | "partially-shipped"
  | "shipped"
  | "delivered"
  | "cancelled"
  | "failed";

/** What one seller delivers of one checkout. */
export type Order = {
  readonly id: string;
  /** Public, unguessable. */
  readonly number: string;
  readonly groupId: string;
  readonly version: number;
  readonly state: OrderState;
  /** What an order on hold goes back to. */
  readonly heldState: OrderState | undefined;
  readonly paymentState: PaymentState;
  readonly fulfilmentState: FulfilmentState;
  readonly lines: readonly OrderLine[];
  readonly totals: Totals;
  readonly captured: Money;
  readonly refunded: Money;
  readonly sellerId: string;
  readonly sellerName: string;
  readonly shipping: Shipping;
  /** Why it was, or is being, rejected or cancelled; empty otherwise. */
  readonly endReason: string;
  readonly cancelRequestMs: number | undefined;
  /** Why it is to be called off; empty while nobody wishes so. */
  readonly cancelReason: string;
  readonly createMs: number;
  readonly updateMs: number;
  readonly confirmMs: number | undefined;
  readonly completeMs: number | undefined;
  /** Absent before it is closed. */
  readonly closeMs?: number;
  /** Why it is on hold; absent or empty while it is not. */
  readonly holdReason?: string;
  /** What it is sent in; absent before they are planned, and for ever where older code planned one shipment for all. */
  readonly parcels?: readonly Parcel[];
  /** Where it goes, once corrected; else where its group goes. */
  readonly address?: Address;
  /** What its buyer asks the seller to mind. */
  readonly deliveryNote?: string;
  /** Absent before the first. */
  readonly refunds?: readonly Refund[];
  readonly returns?: readonly Return[];
  /** The return whose goods it replaces; absent for what was bought. */
  readonly exchangeOf?: ExchangeOf;
};

/** States each state may turn into; an empty list is final. ON_HOLD returns only to where it came from. */
export const nextStates: Readonly<Record<OrderState, readonly OrderState[]>> = {
  pending: ["placed", "rejected", "on-hold"],
  placed: ["confirmed", "cancelled", "rejected", "on-hold"],
  confirmed: ["processing", "cancelled", "on-hold"],
  processing: ["completed", "cancelled", "on-hold"],
  completed: ["closed"],
  "on-hold": ["pending", "placed", "confirmed", "processing", "cancelled"],
  rejected: [],
  closed: [],
  cancelled: [],
};

/** Where the goods of an order are that may be cancelled as a whole. */
const nothingLeft: readonly FulfilmentState[] = ["unfulfilled", "planned", "cancelled"];

/** The order in state `to`, a version on. Repeating a transition is a no-op. Throws ORDER_STATE. */
export function transition(order: Order, to: OrderState, nowMs: number): Order {
  if (order.state === to) return order;
  const isReturn = order.state === "on-hold" && to !== "cancelled" && to !== order.heldState;
  const isShippedCancel = to === "cancelled" && !nothingLeft.includes(order.fulfilmentState);
  if (!nextStates[order.state].includes(to) || isReturn || isShippedCancel) {
    throw new DomainError("precondition", "ORDER_STATE", {
      order: order.number,
      from: order.state,
      to,
    });
  }
  return {
    ...order,
    state: to,
    heldState: to === "on-hold" ? order.state : undefined,
    version: order.version + 1,
    updateMs: nowMs,
    confirmMs: to === "confirmed" && order.confirmMs === undefined ? nowMs : order.confirmMs,
    completeMs: to === "completed" ? nowMs : order.completeMs,
  };
}

/** As transition, for what happens to it by itself: an order on hold stays so, and goes back to there once it is resumed. */
export function proceed(order: Order, to: OrderState, nowMs: number): Order {
  if (order.state !== "on-hold" || order.heldState === undefined) return transition(order, to, nowMs);
  if (order.heldState === to) return order;
  const behind = transition({ ...order, state: order.heldState, heldState: undefined }, to, nowMs);
  return isOpen(to) ? { ...behind, state: "on-hold", heldState: to } : behind;
}

/** Whether its holder may still call it, or a part of it, off: something is still at home. */
export function isCancellable({ state, fulfilmentState, cancelRequestMs, parcels }: Order): boolean {
  const isAtHome =
    parcels === undefined
      ? fulfilmentState === "unfulfilled" || fulfilmentState === "planned"
      : parcels.some((parcel) => parcel.state === "planned" || parcel.state === "packed");
  return (isOpen(state) || state === "on-hold") && cancelRequestMs === undefined && isAtHome;
}

/** The order on hold, naming `reason`. Throws ORDER_STATE. */
export function hold(order: Order, reason: string, nowMs: number): Order {
  return order.state === "on-hold" ? order : { ...transition(order, "on-hold", nowMs), holdReason: reason };
}

/** The order where it was, or would have come to, before its hold; one that is not on hold stays as it is. */
export function resume(order: Order, nowMs: number): Order {
  if (order.state !== "on-hold" || order.heldState === undefined) return order;
  return { ...transition(order, order.heldState, nowMs), holdReason: "" };
}

/** Whether it is, or was once, its seller's to send; before that it is its buyer's alone. */
export function wasConfirmed({ state, confirmMs }: Order): boolean {
  return confirmMs !== undefined || ["confirmed", "processing", "completed", "closed"].includes(state);
}

/** Whether nothing becomes of it any more. */
export function isFinal(state: OrderState): boolean {
  return nextStates[state].length === 0;
}

/** Whether a person may stop it for a while. */
export function isOpen(state: OrderState): boolean {
  return nextStates[state].includes("on-hold");
}
