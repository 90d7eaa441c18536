import { DomainError } from "@shopmesh/kernel";
import { type Book, capturable, live, succeeded, sumAmounts, surplus, type Transfer, unclaimed } from "./book.ts";
import { isPromised, wantVoid, wrongState } from "./payment.ts";
import { sumParts } from "./tender.ts";
import { begin, begun, requireAmount, type TransferWish } from "./transfer.ts";

export type ReleaseRequest = TransferWish & { readonly reason: string };

/**
 * The book with a part of the promise given up: it will not be captured. What the provider has taken of it goes back; of a
 * promise that stands nothing moves now, its rest lapses with the last capture, and at once where nothing is left to capture.
 * Where nothing was captured and nothing is left the payment is wanted no more. After the last capture there is nothing to do.
 * Throws PAYMENT_STATE, RELEASE_TOO_LARGE, RELEASE_MISMATCH.
 */
export function beginRelease(book: Book, request: ReleaseRequest, nowMs: number): Book {
  const { isUnderWay, attempt } = begun(book, "release", request, "RELEASE_MISMATCH");
  if (isUnderWay) return book;
  const { payment } = book;
  requireAmount(payment, request.amount);
  const isGone = payment.isClosed || payment.state === "expired";
  if (!isGone && !isPromised(payment) && succeeded(book, "capture").length === 0) throw wrongState(payment, "released");
  const wanted = request.amount.minorUnits;
  const rest = capturable(book);
  if (!isGone && wanted > rest) {
    throw new DomainError("precondition", "RELEASE_TOO_LARGE", {
      payment_id: payment.id,
      left: String(rest),
      asked: String(wanted),
    });
  }
  const release: Transfer = {
    id: request.id,
    kind: "release",
    state: "pending",
    amount: request.amount,
    tax: 0n,
    platformShare: 0n,
    gifts: [],
    outOf: [],
    moves: isGone ? 0n : takenOf(book, wanted, rest - wanted),
    isFinal: false,
    attempt,
    reference: "",
    reason: request.reason,
    failureReason: "",
    createMs: nowMs,
    updateMs: nowMs,
  };
  if (isGone || wanted < rest) return begin(book, release, nowMs);
  if (sumAmounts(live(book, "capture")) > 0n) {
    return begin({ ...book, payment: { ...payment, isClosed: true } }, release, nowMs);
  }
  const given = begin(book, release, nowMs);
  return { ...given, payment: wantVoid(given.payment, request.reason) };
}

/** What of `wanted` the provider has taken already, when `left` may still be captured. */
function takenOf(book: Book, wanted: bigint, left: bigint): bigint {
  const giftsLeft = sumParts(unclaimed(book));
  const needed = left > giftsLeft ? left - giftsLeft : 0n;
  const over = surplus(book) - needed;
  if (over <= 0n) return 0n;
  return over < wanted ? over : wanted;
}
