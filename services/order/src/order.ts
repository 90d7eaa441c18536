import { DomainError, type Money } from "@shopmesh/kernel";
import type { Address } from "./address.ts";
import type { Parcel } from "./parcel.ts";
import type { Refund } from "./refund.ts";
import type { Return } from "./return.ts";

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

/** What one line or a shipping charge bears of tax; frozen when the order is quoted. */
export type Tax = {
  readonly rateBasisPoints: number;
  readonly isInclusive: boolean;
  readonly amount: Money;
  /** What is taxed, without the tax. */
  readonly net: Money;
  readonly jurisdiction: string;
  /** The tax of each who levies; absent in what older code froze. */
  readonly parts?: readonly {
    readonly jurisdiction: string;
    readonly rateBasisPoints: number;
    readonly amount: Money;
  }[];
  /** Whether the marketplace owes it, not the seller; absent in what older code froze. */
  readonly marketplaceCollects?: boolean;
};

/** One thing bought: everything a snapshot, nothing read again later. */
export type OrderLine = {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  readonly title: string;
  readonly optionTitle: string;
  readonly unitPrice: Money;
  readonly subtotal: Money;
  readonly discount: Money;
  readonly total: Money;
  readonly tax: Tax;
  readonly sellerId: string;
  readonly productId: string;
  readonly productVersion: number;
  readonly categoryId: string;
  readonly pictureUrl: string;
  readonly weightGrams: number;
  /** Who bears the discount; absent in what older code froze: the seller. */
  readonly sellerDiscount?: Money;
  readonly platformDiscount?: Money;
};

/** How it travels, and for how much. */
export type Shipping = {
  readonly optionId: string;
  readonly carrier: string;
  readonly serviceName: string;
  readonly price: Money;
  readonly tax: Tax;
  readonly earliestDeliveryMs: number | undefined;
  readonly latestDeliveryMs: number | undefined;
};

/** Sums of the lines and the shipping; `tax` is contained in `total` where prices include it. */
export type Totals = {
  readonly subtotal: Money;
  readonly discount: Money;
  readonly shipping: Money;
  readonly tax: Money;
  readonly total: Money;
};

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

/** Whether a person may stop it for a while. */
export function isOpen(state: OrderState): boolean {
  return nextStates[state].includes("on-hold");
}
