import { createHash } from "node:crypto";
import type { Tender } from "@shopmesh/contracts/shop/order/v1/quote_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Quote } from "../quote.ts";
import type { TenderMeans, TenderState } from "../tender.ts";

/**
 * The tenders with their amounts: one without an amount takes what the others leave, and is none where they leave nothing.
 * Throws TENDER_MISSING, TENDERS_MISMATCH, TENDERS_TOO_MANY, TENDERS_REPEATED.
 */
export function shareTenders(
  { totals: { total } }: Pick<Quote, "totals">,
  tenders: readonly Tender[],
): readonly TenderState[] {
  const given = tenders.reduce((sum, { amount }) => sum + (amount?.minorUnits ?? 0n), 0n);
  const open = tenders.filter(({ amount }) => amount === undefined);
  if (tenders.length === 0 && total.minorUnits === 0n) return [];
  if (tenders.length === 0) throw new DomainError("invalid", "TENDER_MISSING", { field: "tenders" });
  const isWrong = tenders.some(({ amount }) => amount !== undefined && isUnfit(amount, total.currencyCode));
  const left = total.minorUnits - given;
  if (isWrong || open.length > 1 || left < 0n || (open.length === 0 && left !== 0n)) {
    throw new DomainError("invalid", "TENDERS_MISMATCH", {
      field: "tenders",
      total: String(total.minorUnits),
      currency: total.currencyCode,
    });
  }
  const shared = tenders.map((tender) => ({
    ...meansOf(tender),
    minorUnits: String(tender.amount?.minorUnits ?? left),
  }));
  refuseMix(shared);
  return shared.filter(({ minorUnits }) => minorUnits !== "0");
}

function isUnfit(
  amount: { readonly currencyCode: string; readonly minorUnits: bigint },
  currencyCode: string,
): boolean {
  return amount.currencyCode !== currencyCode || amount.minorUnits <= 0n;
}

/** Any number of gift cards, each once, and at most one means that a provider promises. */
function refuseMix(tenders: readonly TenderMeans[]): void {
  const hashes = tenders.flatMap((tender) => ("giftCardHash" in tender ? tender.giftCardHash : []));
  if (tenders.length - hashes.length > 1) throw new DomainError("invalid", "TENDERS_TOO_MANY", { field: "tenders" });
  if (new Set(hashes).size < hashes.length) throw new DomainError("invalid", "TENDERS_REPEATED", { field: "tenders" });
}

function meansOf({ means }: Tender): TenderMeans {
  switch (means.case) {
    case "card": {
      const { paymentMethod, savedMethodId, save } = means.value;
      return { paymentMethod, savedMethodId, save };
    }
    case "paypal":
      return { isPayPal: true };
    case "giftCard":
      return { giftCardHash: hashOfCode(means.value.code) };
    default:
      throw new DomainError("invalid", "TENDER_MISSING", { field: "tenders.means" });
  }
}

/** What is kept of a gift card's code, as payment knows it: SHA-256 of its letters and digits in upper case. */
function hashOfCode(code: string): string {
  const plain = code.toUpperCase().replaceAll(/[^A-Z0-9]/g, "");
  return createHash("sha256").update(plain).digest("hex");
}
