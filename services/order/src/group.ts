import { DomainError, money } from "@shopmesh/kernel";
import { isCancellable, type Order, type OrderState, type PaymentState, proceed, type Totals } from "./order.ts";
import type { Address, CountedPromotion, Quote } from "./quote.ts";

/** Where a checkout is, as its buyer sees it. */
export type CheckoutState = "pending" | "requires-action" | "confirmed" | "rejected" | "cancelled";

/** What one checkout made: one order a seller, one payment for all. */
export type Group = {
  readonly id: string;
  readonly version: number;
  readonly state: CheckoutState;
  readonly cartId: string;
  readonly cartVersion: number;
  readonly quoteId: string;
  readonly personId: string | undefined;
  /** The hashes of what opens it to a guest: the cart's token, and its own. */
  readonly guestTokenHashes: readonly string[];
  readonly email: string;
  /** The language of messages about it; absent in what older code placed, and where nobody said. */
  readonly locale?: string;
  readonly address: Address;
  readonly couponCode: string;
  /** The promotions whose uses it counts; absent in what older code placed. */
  readonly promotions?: readonly CountedPromotion[];
  readonly paymentId: string;
  readonly totals: Totals;
  readonly actionUrl: string;
  readonly actionExpireMs: number | undefined;
  readonly rejectReason: string;
  readonly rejectMetadata: Readonly<Record<string, string>>;
  readonly createMs: number;
  readonly updateMs: number;
};

/** A group with its orders, in the order of the quote. */
export type PlacedGroup = { readonly group: Group; readonly orders: readonly Order[] };

/** What the placement of a quote needs from outside. */
export type Placement = {
  readonly groupId: string;
  readonly paymentId: string;
  readonly orders: readonly { readonly id: string; readonly number: string }[];
  readonly guestTokenHashes: readonly string[];
  readonly nowMs: number;
};

/** The group and orders, PENDING, that a quote becomes. Throws QUOTE_EXPIRED. */
export function placeQuote(
  quote: Quote,
  { groupId, paymentId, orders: ids, guestTokenHashes, nowMs }: Placement,
): PlacedGroup {
  if (nowMs >= quote.expireMs) throw new DomainError("precondition", "QUOTE_EXPIRED", { quote_id: quote.id });
  const group: Group = {
    id: groupId,
    version: 1,
    state: "pending",
    cartId: quote.cartId,
    cartVersion: quote.cartVersion,
    quoteId: quote.id,
    personId: quote.personId,
    guestTokenHashes,
    email: quote.email,
    ...(quote.locale === undefined ? {} : { locale: quote.locale }),
    address: quote.address,
    couponCode: quote.couponProblem === "" ? quote.couponCode : "",
    promotions: quote.promotions ?? [],
    paymentId,
    totals: quote.totals,
    actionUrl: "",
    actionExpireMs: undefined,
    rejectReason: "",
    rejectMetadata: {},
    createMs: nowMs,
    updateMs: nowMs,
  };
  const orders = quote.sellers.map((seller, index): Order => {
    const { id, number } = ids[index] ?? missingId(index);
    const zero = money(seller.totals.total.currencyCode, 0n);
    return {
      id,
      number,
      groupId,
      version: 1,
      state: "pending",
      heldState: undefined,
      paymentState: "pending",
      fulfilmentState: "unfulfilled",
      lines: seller.lines,
      totals: seller.totals,
      captured: zero,
      refunded: zero,
      sellerId: seller.sellerId,
      sellerName: seller.sellerName,
      shipping: seller.shipping,
      endReason: "",
      cancelRequestMs: undefined,
      cancelReason: "",
      createMs: nowMs,
      updateMs: nowMs,
      confirmMs: undefined,
      completeMs: undefined,
    };
  });
  return { group, orders };
}

/** The checkout waits for the payer until `expireMs`. */
export function requireAction(
  placed: PlacedGroup,
  action: { url: string; expireMs: number },
  nowMs: number,
): PlacedGroup {
  const { group, orders } = placed;
  if (group.state === "requires-action" && group.actionUrl === action.url) return placed;
  return {
    group: {
      ...touch(group, nowMs),
      state: "requires-action",
      actionUrl: action.url,
      actionExpireMs: action.expireMs,
    },
    orders: orders.map((order) => paying(order, "requires-action", nowMs)),
  };
}

/** Every tender is authorised: the orders are PLACED. */
export function place(placed: PlacedGroup, nowMs: number): PlacedGroup {
  const { group, orders } = placed;
  if (orders.every((order) => stateBehind(order) !== "pending")) return placed;
  return {
    group:
      group.state === "pending"
        ? group
        : { ...touch(group, nowMs), state: "pending", actionUrl: "", actionExpireMs: undefined },
    orders: move(orders, "placed", "authorized", nowMs),
  };
}

/** Past the pivot: the orders are CONFIRMED. */
export function confirm(placed: PlacedGroup, nowMs: number): PlacedGroup {
  if (placed.group.state === "confirmed") return placed;
  return {
    group: { ...touch(placed.group, nowMs), state: "confirmed" },
    orders: move(placed.orders, "confirmed", "authorized", nowMs),
  };
}

/** The checkout turned back and everything is undone: REJECTED, or CANCELLED where its buyer asked for it, for all of it. */
export function reject(
  placed: PlacedGroup,
  refusal: { reason: string; metadata: Readonly<Record<string, string>> },
  nowMs: number,
): PlacedGroup {
  if (placed.group.state === "rejected" || placed.group.state === "cancelled") return placed;
  const isAsked = placed.orders.every(({ cancelRequestMs }) => cancelRequestMs !== undefined);
  return {
    group: {
      ...touch(placed.group, nowMs),
      state: isAsked ? "cancelled" : "rejected",
      actionUrl: "",
      actionExpireMs: undefined,
      rejectReason: refusal.reason,
      rejectMetadata: refusal.metadata,
    },
    orders: placed.orders.map((order) => ({
      ...proceed(order, isAsked && stateBehind(order) === "placed" ? "cancelled" : "rejected", nowMs),
      paymentState: order.paymentState === "pending" ? "failed" : "voided",
      fulfilmentState: "cancelled",
      endReason: refusal.reason,
    })),
  };
}

/** The order with its holder's wish to call it off noted. Throws ORDER_NOT_CANCELLABLE. */
export function requestCancel(order: Order, cancelReason: string, nowMs: number): Order {
  if (order.cancelRequestMs !== undefined) return order;
  if (!isCancellable(order)) throw notCancellable(order);
  return { ...order, cancelRequestMs: nowMs, cancelReason, version: order.version + 1, updateMs: nowMs };
}

/** The refusal for an order that can be called off no more. */
export function notCancellable({ number, state, fulfilmentState }: Order): DomainError {
  return new DomainError("precondition", "ORDER_NOT_CANCELLABLE", {
    order: number,
    state,
    fulfilment: fulfilmentState,
  });
}

/** Where an order is, or was when it was put on hold. */
function stateBehind({ state, heldState }: Order): OrderState {
  return heldState ?? state;
}

function touch(group: Group, nowMs: number): Group {
  return { ...group, version: group.version + 1, updateMs: nowMs };
}

function move(
  orders: readonly Order[],
  state: OrderState,
  paymentState: PaymentState,
  nowMs: number,
): readonly Order[] {
  return orders.map((order) => ({ ...proceed(order, state, nowMs), paymentState }));
}

function paying(order: Order, paymentState: PaymentState, nowMs: number): Order {
  return { ...order, paymentState, version: order.version + 1, updateMs: nowMs };
}

function missingId(index: number): never {
  throw new Error(`no id was given for order ${index}`);
}
