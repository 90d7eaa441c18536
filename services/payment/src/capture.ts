import { DomainError } from "@shopmesh/kernel";
import { type Book, capturable, live, liveTakings, surplus, sumMoves, type Transfer, unclaimed } from "./book.ts";
import { isPromised, LAPSED, type Payment, wrongState } from "./payment.ts";
import { splitOverGifts, sumParts } from "./tender.ts";
import { type AskedParts, begin, begun, requireAmount, requireParts, type TransferWish } from "./transfer.ts";

export type CaptureRequest = TransferWish &
  AskedParts & {
    /** Whether nothing more will be captured. */
    readonly isFinal: boolean;
  };

/** Time, and an id for a giving back that the capture entails. */
export type Ids = { readonly nowMs: number; readonly newId: () => string };

const takeable: ReadonlySet<Payment["state"]> = new Set([
  "authorized",
  "partially-captured",
  "captured",
  "partially-refunded",
  "expired",
  "disputed",
  "won",
  "lost",
]);

/**
 * The book with a capture begun; as it is where the capture is under way or done, begun anew where it failed. Gift cards are
 * taken first, in their order, then the provider's promise. A provider that allows one capture is taken whole at the first of
 * its part, and later captures are settled out of that. The last capture gives up the rest: what was taken beyond the captures
 * goes back. Throws PAYMENT_STATE, CAPTURE_TOO_LARGE, CAPTURE_MISMATCH, CURRENCY_MISMATCH, TAX_NEGATIVE,
 * PLATFORM_SHARE_NEGATIVE.
 */
export function beginCapture(book: Book, request: CaptureRequest, { nowMs, newId }: Ids): Book {
  const { isUnderWay, attempt } = begun(book, "capture", request, "CAPTURE_MISMATCH");
  if (isUnderWay) return book;
  const { payment } = book;
  if (!takeable.has(payment.state) || payment.voidReason !== undefined) throw wrongState(payment, "captured");
  requireAmount(payment, request.amount);
  const parts = requireParts(request);
  const wanted = request.amount.minorUnits;
  if (payment.failureReason === LAPSED) return refuse(book, request, { attempt, nowMs });
  const rest = capturable(book);
  const { gifts, provider } = splitOverGifts(wanted, unclaimed(book));
  const moves = provider === 0n ? 0n : providerMoves(book, provider, { ...request, rest });
  if (wanted > rest || moves === undefined) throw tooLarge(book, wanted, rest);
  const isLast = request.isFinal || wanted === rest;
  const hasPending = live(book, "capture").some(({ state }) => state === "pending");
  const capture: Transfer = {
    id: request.id,
    kind: "capture",
    state: "pending",
    amount: request.amount,
    ...parts,
    gifts,
    outOf: [],
    moves,
    // Giving up the rest would take it from a capture whose answer is still out.
    isFinal: !payment.isMulticapture || (isLast && !hasPending),
    attempt,
    reference: "",
    reason: "",
    failureReason: "",
    createMs: nowMs,
    updateMs: nowMs,
  };
  const after = begin(isLast ? { ...book, payment: { ...payment, isClosed: true } } : book, capture, nowMs);
  return isLast ? giveBackSurplus(after, { nowMs, newId }) : after;
}

/** What the provider is asked to move for its part of a capture: nothing where it took that before; undefined where it cannot. */
function providerMoves(
  book: Book,
  part: bigint,
  { isFinal, rest }: { readonly isFinal: boolean; readonly rest: bigint },
): bigint | undefined {
  const { payment } = book;
  const over = surplus(book);
  if (over >= part) return 0n;
  if (!isPromised(payment)) return undefined;
  if (payment.isMulticapture) return part - over;
  if (sumMoves(liveTakings(book)) > 0n) return undefined;
  const giftsLeft = sumParts(unclaimed(book));
  // Whatever of the promise may still be wanted: it cannot be taken later.
  return isFinal ? part : rest - giftsLeft;
}

/** Of a promise that lapsed nothing more is taken; the capture may be asked for again, should it be promised anew. */
function refuse(
  book: Book,
  { id, amount }: CaptureRequest,
  { attempt, nowMs }: { readonly attempt: number; readonly nowMs: number },
): Book {
  const refused: Transfer = {
    ...blank,
    id,
    kind: "capture",
    state: "failed",
    amount,
    // Nobody was asked: the key is free.
    attempt,
    failureReason: LAPSED,
    createMs: nowMs,
    updateMs: nowMs,
  };
  return begin(book, refused, nowMs);
}

const blank = {
  tax: 0n,
  platformShare: 0n,
  gifts: [],
  outOf: [],
  moves: 0n,
  isFinal: false,
  attempt: 1,
  reference: "",
  reason: "",
  failureReason: "",
} as const;

/** The book with all that the provider still promises being taken, out of which captures to come are settled. */
export function beginTake(book: Book, { nowMs, newId }: Ids): Book {
  const moves = capturable(book) - sumParts(unclaimed(book)) - surplus(book);
  if (moves <= 0n) return book;
  const amount = { ...book.payment.amount, minorUnits: moves };
  const taken: Transfer = {
    ...blank,
    id: newId(),
    kind: "take",
    state: "pending",
    amount,
    moves,
    isFinal: true,
    reason: LAPSED,
    createMs: nowMs,
    updateMs: nowMs,
  };
  return begin(book, taken, nowMs);
}

/** How long the giving back rests of what was taken beyond all captures, once the provider has refused it. */
const GIVE_BACK_AGAIN_MS = 24 * 3_600_000;

/**
 * When what was taken beyond all captures is to be asked for again to go back: a day after that was refused. Undefined where that was
 * never asked for, nothing is left to go back, it is on its way, or the bank has it back or may.
 */
export function giveBackAgainMs(book: Book): number | undefined {
  const { payment, transfers } = book;
  const restsUntilMs = givingBackRestsUntilMs(book);
  const isBanks = payment.state === "disputed" || payment.state === "lost";
  const isBusy = transfers.some(({ state }) => state === "pending");
  return !payment.isClosed || isBanks || isBusy || surplus(book) <= 0n ? undefined : restsUntilMs;
}

/** Until when nothing more is asked to go back of what was taken early, because the provider has refused that; undefined: it has not. */
export function givingBackRestsUntilMs({ transfers }: Book): number | undefined {
  const refused = transfers.filter(({ kind, state }) => kind === "release" && state === "failed");
  return refused.length === 0 ? undefined : Math.max(...refused.map(({ updateMs }) => updateMs)) + GIVE_BACK_AGAIN_MS;
}

/** What was taken beyond all captures, of a payment of which nothing more is captured, goes back. */
export function giveBackSurplus(book: Book, { nowMs, newId }: Ids): Book {
  const over = surplus(book);
  if (over <= 0n) return book;
  return begin(
    book,
    {
      ...blank,
      id: newId(),
      kind: "release",
      state: "pending",
      amount: { ...book.payment.amount, minorUnits: over },
      moves: over,
      reason: "NOT_CAPTURED",
      createMs: nowMs,
      updateMs: nowMs,
    },
    nowMs,
  );
}

function tooLarge({ payment }: Book, asked: bigint, rest: bigint): DomainError {
  return new DomainError("precondition", "CAPTURE_TOO_LARGE", {
    payment_id: payment.id,
    authorized: String(payment.amount.minorUnits),
    captured: String(payment.amount.minorUnits - rest),
    asked: String(asked),
  });
}
