import { formatMoney } from "@shopmesh/kernel";
import { type Book, providerStanding } from "./book.ts";
import type { Dispute } from "./dispute.ts";
import { isOpen, isPromised, type Payment } from "./payment.ts";
import type { ProviderDispute, ProviderRecord } from "./provider.ts";

export type DiscrepancyKind =
  /** The provider knows of a payment that we do not. */
  | "missing-here"
  /** We know of a payment that the provider does not. */
  | "missing-there"
  | "amount-differs"
  | "state-differs"
  /** A dispute stands otherwise there. */
  | "dispute-differs";

/** A difference between our books and the provider's. */
export type Difference = {
  readonly kind: DiscrepancyKind;
  /** How it is here and there, for people: "nothing promised, EUR 40.00 taken, EUR 0.00 given back". */
  readonly here: string;
  readonly there: string;
};

/** A difference that was found, until it heals. */
export type Discrepancy = Difference & {
  readonly id: string;
  readonly provider: string;
  readonly reference: string;
  readonly paymentId: string;
  readonly findMs: number;
  readonly resolveMs: number | undefined;
};

/** What changed this short a time ago is not compared: the other side may not have heard of it. */
export const SETTLE_MS = 2 * 60_000;

/**
 * What differs between a payment here and the provider's record of it (undefined: it has none); "undecided" where one of them
 * is still at it. A record of which nothing was promised or taken means nothing to anybody.
 */
export function compare(
  book: Book | undefined,
  record: ProviderRecord | undefined,
  nowMs: number,
): Difference | "undecided" | undefined {
  if (book === undefined) {
    const isMoney = record !== undefined && (record.isPromise || record.captured > 0n);
    return isMoney ? { kind: "missing-here", here: "", there: standingText(record) } : undefined;
  }
  const { payment, transfers } = book;
  const isBusy = isOpen(payment) || transfers.some(({ state }) => state === "pending");
  if (isBusy || nowMs - payment.updateMs < SETTLE_MS) return "undecided";
  const standing = providerStanding(book);
  const isPromisedHere = isPromised(payment) && payment.authorizationExpireMs !== undefined;
  const ours = { ...standing, isPromise: isPromisedHere, amount: { ...payment.amount, minorUnits: standing.promised } };
  const here = `${standingText(ours)} (${payment.state})`;
  if (record === undefined) {
    const isMoney = isPromised(payment) || standing.captured > 0n;
    return isMoney && payment.provider !== "" ? { kind: "missing-there", here, there: "" } : undefined;
  }
  const there = standingText(record);
  // A promise that another has replaced says nothing of the payment.
  const isOther = payment.reference !== "" && payment.reference !== record.reference;
  if (isOther) {
    const isMoney = record.isPromise || record.captured > 0n;
    return isMoney ? { kind: "missing-here", here: `under the name ${payment.reference}: ${here}`, there } : undefined;
  }
  if (standing.captured !== record.captured || standing.refunded !== record.refunded) {
    return { kind: "amount-differs", here, there };
  }
  return isPromisedHere === record.isPromise ? undefined : { kind: "state-differs", here, there };
}

/** What differs between a dispute here (undefined: we have not heard of it) and at the provider. */
export function compareDispute(
  payment: Payment | undefined,
  known: Dispute | undefined,
  told: ProviderDispute,
): Difference | undefined {
  const there = disputeText(told);
  if (payment === undefined) return { kind: "dispute-differs", here: "", there };
  if (known === undefined) return { kind: "dispute-differs", here: "no dispute", there };
  return known.state === told.state ? undefined : { kind: "dispute-differs", here: disputeText(known), there };
}

type Standing = Pick<ProviderRecord, "amount" | "isPromise" | "captured" | "refunded">;

function standingText({ amount, isPromise, captured, refunded }: Standing): string {
  const sum = (minorUnits: bigint) => formatMoney({ ...amount, minorUnits });
  const promised = isPromise ? `${formatMoney(amount)} promised` : "nothing promised";
  return `${promised}, ${sum(captured)} taken, ${sum(refunded)} given back`;
}

function disputeText({ state, amount, reason }: ProviderDispute): string {
  return `dispute ${state}: ${formatMoney(amount)}, ${reason}`;
}
