import { DomainError, type Money } from "@shopmesh/kernel";

/** One means of payment; without an amount it pays whatever the others leave. */
export type Tender = { readonly paymentMethod: string; readonly amount: Money | undefined };

/** The one card that pays `amount` whole. Throws TENDERS_TOO_MANY, TENDERS_DO_NOT_MATCH. */
export function soleTender(tenders: readonly Tender[], amount: Money): Tender {
  const [tender] = tenders;
  if (tender === undefined || tenders.length > 1) {
    throw new DomainError("invalid", "TENDERS_TOO_MANY", { tenders: String(tenders.length) });
  }
  const paid = tender.amount ?? amount;
  if (paid.currencyCode !== amount.currencyCode || paid.minorUnits !== amount.minorUnits) {
    throw new DomainError("invalid", "TENDERS_DO_NOT_MATCH", {
      amount: String(amount.minorUnits),
      tenders: String(paid.minorUnits),
    });
  }
  return tender;
}
