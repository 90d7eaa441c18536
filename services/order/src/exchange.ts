import type { Money } from "@shopmesh/kernel";
import type { OrderLine, Shipping, Totals } from "./line.ts";
import type { RefundPart } from "./refund.ts";
import type { TenderMeans } from "./tender.ts";

/** Where an exchange is; its return goes its own way beside it. */
export type ExchangeState = "wanted" | "reserved" | "out-of-stock" | "dropped" | "placed" | "confirmed" | "failed";

/** What is wanted instead of the money: an order that is there once the goods were inspected. It lives in its return. */
export type Exchange = {
  readonly state: ExchangeState;
  /** The lines of that order, their totals being what they cost beyond what goods that go back pay. */
  readonly lines: readonly ReplacementLine[];
  readonly shipping: Shipping;
  readonly totals: Totals;
  readonly credit: Money;
  readonly groupId: string;
  readonly orderId: string;
  readonly orderNumber: string;
  readonly paymentId: string;
  /** Of a guest's group: the hash of what opens it. */
  readonly guestTokenHash: string;
  /** What pays the rest. */
  readonly tenders: readonly (TenderMeans & { readonly amount: Money })[];
  readonly returnUrl: string;
  /** What of the returned goods stays paid, for the replacement; absent before it is ordered. */
  readonly held?: readonly RefundPart[];
};

/** A line of which goods that went back pay a part, or all. */
export type ReplacementLine = OrderLine & { readonly credit: Money };

/** Which return's goods an order replaces. */
export type ExchangeOf = { readonly groupId: string; readonly orderId: string; readonly returnId: string };

/** States each state may turn into; an empty list is final. */
export const nextExchangeStates: Readonly<Record<ExchangeState, readonly ExchangeState[]>> = {
  wanted: ["reserved", "out-of-stock", "dropped", "placed"],
  reserved: ["dropped", "placed"],
  placed: ["confirmed", "failed"],
  confirmed: [],
  "out-of-stock": [],
  dropped: [],
  failed: [],
};

/** The exchange in state `to`; what may not come of it any more leaves it as it is. */
export function moveExchange(exchange: Exchange, to: ExchangeState): Exchange {
  return nextExchangeStates[exchange.state].includes(to) ? { ...exchange, state: to } : exchange;
}
