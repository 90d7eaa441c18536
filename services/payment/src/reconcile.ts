import { type Book, providerStanding } from "./book.ts";
import { isOpen, isPromised } from "./payment.ts";
import type { ProviderRecord } from "./provider.ts";

export type DiscrepancyKind =
  /** The provider knows of a payment that we do not. */
  | "missing-here"
  /** We know of a payment that the provider does not. */
  | "missing-there"
  | "amount-differs"
  | "state-differs";

/** A difference between our books and the provider's. */
export type Difference = {
  readonly kind: DiscrepancyKind;
  /** How it is here and there, for people: "captured 4000, refunded 0". */
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
    return isMoney ? { kind: "missing-here", here: "", there: recordText(record) } : undefined;
  }
  const { payment, transfers } = book;
  const isBusy = isOpen(payment) || transfers.some(({ state }) => state === "pending");
  if (isBusy || nowMs - payment.updateMs < SETTLE_MS) return "undecided";
  const standing = providerStanding(book);
  const here = `${payment.state}, captured ${standing.captured}, refunded ${standing.refunded}`;
  if (record === undefined) {
    const isMoney = isPromised(payment) || standing.captured > 0n;
    return isMoney && payment.provider !== "" ? { kind: "missing-there", here, there: "" } : undefined;
  }
  const there = recordText(record);
  // A promise that another has replaced says nothing of the payment.
  const isOther = payment.reference !== "" && payment.reference !== record.reference;
  if (isOther) return record.isPromise || record.captured > 0n ? { kind: "missing-here", here, there } : undefined;
  if (standing.captured !== record.captured || standing.refunded !== record.refunded) {
    return { kind: "amount-differs", here, there };
  }
  const isPromisedHere = isPromised(payment) && payment.authorizationExpireMs !== undefined;
  return isPromisedHere === record.isPromise ? undefined : { kind: "state-differs", here, there };
}

function recordText({ isPromise, captured, refunded }: ProviderRecord): string {
  return `${isPromise ? "promised" : "closed"}, captured ${captured}, refunded ${refunded}`;
}
