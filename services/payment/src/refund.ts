import { DomainError } from "@shopmesh/kernel";
import { type Book, leftOf, live, refundable, succeeded, sumAmounts, type Transfer } from "./book.ts";
import { wrongState } from "./payment.ts";
import { splitOverGifts } from "./tender.ts";
import {
  type AskedParts,
  begin,
  begun,
  type BookedParts,
  requireAmount,
  requireParts,
  type TransferWish,
} from "./transfer.ts";

export type RefundRequest = TransferWish &
  AskedParts & {
    readonly reason: string;
    /** What is booked for the payment's order group beside it; undefined: nothing. */
    readonly beside?: BookedParts | undefined;
  };

/**
 * The book with a refund begun; as it is where it is under way or done, begun anew where it failed. It goes back to the gift
 * cards first, to each at most what was taken from it, then to the provider's tender. The sum of refunds never exceeds what
 * was captured. Throws PAYMENT_STATE, REFUND_TOO_LARGE, REFUND_MISMATCH, CURRENCY_MISMATCH, TAX_NEGATIVE,
 * PLATFORM_SHARE_NEGATIVE.
 */
export function beginRefund(book: Book, request: RefundRequest, nowMs: number): Book {
  const { isUnderWay, attempt } = begun(book, "refund", request, "REFUND_MISMATCH");
  if (isUnderWay) return book;
  const { payment } = book;
  const captured = sumAmounts(succeeded(book, "capture"));
  // What the bank has taken back, or may keep, cannot be given back as well.
  if (captured === 0n || payment.state === "disputed" || payment.state === "lost")
    throw wrongState(payment, "refunded");
  requireAmount(payment, request.amount);
  const refunded = sumAmounts(live(book, "refund"));
  if (refunded + request.amount.minorUnits > captured) {
    throw new DomainError("precondition", "REFUND_TOO_LARGE", {
      payment_id: payment.id,
      captured: String(captured),
      refunded: String(refunded),
      asked: String(request.amount.minorUnits),
    });
  }
  const { gifts, provider } = splitOverGifts(request.amount.minorUnits, refundable(book));
  const refund: Transfer = {
    id: request.id,
    kind: "refund",
    state: "pending",
    amount: request.amount,
    ...partsLeft(book, requireParts(request), request.beside),
    gifts,
    outOf: [],
    moves: provider,
    isFinal: false,
    attempt,
    reference: "",
    reason: request.reason,
    failureReason: "",
    createMs: nowMs,
    updateMs: nowMs,
  };
  return begin(book, refund, nowMs);
}

/** Of captures that were begun before these were booked none is owed, and none comes back. */
function partsLeft(book: Book, asked: BookedParts, beside: BookedParts = { tax: 0n, platformShare: 0n }): BookedParts {
  const within = (part: keyof BookedParts): bigint => {
    const left = leftOf(book, part) + beside[part];
    return asked[part] < left ? asked[part] : left;
  };
  return { tax: within("tax"), platformShare: within("platformShare") };
}
