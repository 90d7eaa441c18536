import type { CapturedPayment, Order, PaymentAuthorization, PaymentCollection } from "@paypal/paypal-server-sdk";
import type { Money } from "@shopmesh/kernel";
import type { ProviderIntent } from "../../provider.ts";
import { fromPayPalMoney } from "./units.ts";

/** For how long the money of an authorisation is sure to be there. */
export const HONOR_MS = 3 * 24 * 3_600_000;

const reasons: Readonly<Record<string, string>> = {
  INSTRUMENT_DECLINED: "PAYMENT_DECLINED",
  TRANSACTION_REFUSED: "PAYMENT_DECLINED",
  PAYER_CANNOT_PAY: "INSUFFICIENT_FUNDS",
  PAYER_ACCOUNT_LOCKED_OR_CLOSED: "PAYMENT_DECLINED",
  AUTHORIZATION_DENIED: "PAYMENT_DECLINED",
  AUTHORIZATION_VOIDED: "AUTHORIZATION_EXPIRED",
  AUTHORIZATION_EXPIRED: "AUTHORIZATION_EXPIRED",
  CURRENCY_NOT_SUPPORTED: "CURRENCY_NOT_SUPPORTED",
};

/** Our stable name of why PayPal refused. */
export function failureReason(issue: string): string {
  return reasons[issue] ?? "PROCESSING_ERROR";
}

const orderStatuses: Readonly<Record<string, ProviderIntent["status"]>> = {
  CREATED: "requires-action",
  SAVED: "requires-action",
  PAYER_ACTION_REQUIRED: "requires-action",
  APPROVED: "approved",
  VOIDED: "cancelled",
};

const promiseStatuses: Readonly<Record<string, ProviderIntent["status"]>> = {
  CREATED: "authorized",
  PARTIALLY_CAPTURED: "authorized",
  PENDING: "processing",
  DENIED: "failed",
  VOIDED: "cancelled",
  CAPTURED: "settled",
};

type Promised = NonNullable<PaymentCollection["authorizations"]>[number];

/** An order in our words; once something is promised the promise tells how it stands. */
export function readOrder(order: Order): ProviderIntent {
  const authorization = newestPromise(order);
  if (authorization !== undefined) return readPromise(order.id ?? "", authorization, isClosed(order));
  return {
    ...bare(order.id ?? ""),
    status: orderStatuses[String(order.status)] ?? "processing",
    actionUrl: order.links?.find(({ rel }) => rel === "payer-action" || rel === "approve")?.href ?? "",
  };
}

/** A promise in our words, of the order called `reference`. */
export function readPromise(
  reference: string,
  { id = "", status, expirationTime, createTime }: Promised | PaymentAuthorization,
  isTaken: boolean,
): ProviderIntent {
  const known = promiseStatuses[String(status)] ?? "processing";
  return {
    ...bare(reference),
    status: isTaken && known === "authorized" ? "settled" : known,
    failureReason: known === "failed" ? "PAYMENT_DECLINED" : "",
    promise: id,
    authorizationExpireMs: msOf(expirationTime),
    renewFromMs: createTime === undefined ? undefined : Date.parse(createTime) + HONOR_MS,
  };
}

function bare(reference: string) {
  return {
    reference,
    failureReason: "",
    actionUrl: "",
    authorizationExpireMs: undefined,
    isMulticapture: true,
    cardBrand: "",
    cardLastFour: "",
    kept: undefined,
  };
}

/** An order that is gone. */
export function cancelledIntent(reference: string): ProviderIntent {
  return { ...bare(reference), status: "cancelled" };
}

export function paymentsOf({ purchaseUnits }: Order): PaymentCollection {
  return purchaseUnits?.[0]?.payments ?? {};
}

/** The first authorisation of an order: the only one that can be voided. */
export function firstPromise(order: Order): Promised | undefined {
  const [first] = byAge(paymentsOf(order).authorizations);
  return first;
}

function newestPromise(order: Order): Promised | undefined {
  return byAge(paymentsOf(order).authorizations).at(-1);
}

function byAge(promises: readonly Promised[] = []): readonly Promised[] {
  return promises.toSorted((left, right) => (msOf(left.createTime) ?? 0) - (msOf(right.createTime) ?? 0));
}

/** Whether nothing more can be taken, whatever the promise says of itself. */
function isClosed(order: Order): boolean {
  return (paymentsOf(order).captures ?? []).some(
    (capture) => capture.finalCapture === true && isTaken(String(capture.status)),
  );
}

/** Whether a capture of this status has moved money. */
export function isTaken(status: string): boolean {
  return status === "COMPLETED" || status === "PARTIALLY_REFUNDED" || status === "REFUNDED";
}

/** The provider's fee in a capture; undefined where PayPal does not tell it yet. */
export function readFee({ sellerReceivableBreakdown: breakdown }: CapturedPayment): Money | undefined {
  return breakdown?.paypalFee === undefined ? undefined : fromPayPalMoney(breakdown.paypalFee);
}

function msOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}
