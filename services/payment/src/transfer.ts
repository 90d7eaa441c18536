import { DomainError, type Money, sameCurrency } from "@shopmesh/kernel";
import {
  type Book,
  live,
  liveTakings,
  providerPart,
  succeeded,
  sumMoves,
  surplus,
  takings,
  type Transfer,
  transferIn,
} from "./book.ts";
import { closed, giveBack, isPromised, type Payment, take, takeEarly, transition, untake } from "./payment.ts";
import { sumParts } from "./tender.ts";

/** What makes a transfer: a key chosen by the caller, and how much. */
export type TransferWish = { readonly id: string; readonly amount: Money };

/** What the provider said of a transfer. */
export type TransferResult =
  | { readonly kind: "succeeded"; readonly reference: string }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * The transfer that was begun under this id, unless it is new or has failed: a refusal is not final, it is begun anew under
 * another of the provider's keys. Throws `mismatch` where the id was another wish's.
 */
export function begun(
  { payment, transfers }: Book,
  kind: Transfer["kind"],
  { id, amount }: TransferWish,
  mismatch: string,
): { readonly isUnderWay: boolean; readonly attempt: number } {
  const known = transfers.find((transfer) => transfer.id === id);
  if (known === undefined) return { isUnderWay: false, attempt: 1 };
  const isSame = known.kind === kind && known.amount.minorUnits === amount.minorUnits;
  if (!isSame || known.amount.currencyCode !== amount.currencyCode) {
    throw new DomainError("precondition", mismatch, { payment_id: payment.id, id });
  }
  return known.state === "failed"
    ? { isUnderWay: false, attempt: known.attempt + 1 }
    : { isUnderWay: true, attempt: known.attempt };
}

/** Throws CURRENCY_MISMATCH, AMOUNT_NOT_POSITIVE. */
export function requireAmount({ amount: whole }: Payment, amount: Money): void {
  sameCurrency(whole, amount);
  if (amount.minorUnits <= 0n) {
    throw new DomainError("invalid", "AMOUNT_NOT_POSITIVE", { asked: String(amount.minorUnits) });
  }
}

/** What is booked beside an amount, in minor units. */
export type BookedParts = Pick<Transfer, "tax" | "platformShare">;

/** The same as somebody asks for it; undefined is nothing. */
export type AskedParts = { readonly [part in keyof BookedParts]: Money | undefined };

/**
 * What of `amount` is tax, and what the marketplace pays besides. The tax may be more than the amount: that share is taxed, too.
 * Throws CURRENCY_MISMATCH, TAX_NEGATIVE, PLATFORM_SHARE_NEGATIVE.
 */
export function requireParts({ amount, tax, platformShare }: AskedParts & { readonly amount: Money }): BookedParts {
  const require = (part: Money | undefined, refusal: string): bigint => {
    if (part === undefined) return 0n;
    sameCurrency(amount, part);
    if (part.minorUnits < 0n) throw new DomainError("invalid", refusal, { asked: String(part.minorUnits) });
    return part.minorUnits;
  };
  return {
    tax: require(tax, "TAX_NEGATIVE"),
    platformShare: require(platformShare, "PLATFORM_SHARE_NEGATIVE"),
  };
}

/** The book with a transfer begun, in the place of one of its id that failed; settled where there is nobody to ask. */
export function begin(book: Book, transfer: Transfer, nowMs: number): Book {
  const others = book.transfers.filter(({ id }) => id !== transfer.id);
  const begunBook = { ...book, transfers: [...others, transfer] };
  const isOurs =
    transfer.state === "pending" &&
    transfer.moves === 0n &&
    (transfer.kind !== "capture" || providerPart(transfer) === 0n);
  const settled = isOurs ? settle(begunBook, transfer.id, { kind: "succeeded", reference: "" }, nowMs) : begunBook;
  return close(settleWaiting(settled, nowMs));
}

/** The book with the transfer of `id` settled; as it is where it was settled before. */
export function settle(book: Book, id: string, result: TransferResult, nowMs: number): Book {
  const transfer = transferIn(book, id);
  if (transfer.state !== "pending") return book;
  const outcome =
    result.kind === "failed"
      ? { failureReason: result.reason, reference: transfer.reference }
      : { failureReason: "", reference: result.reference };
  const after = replace(book, { ...transfer, state: result.kind, ...outcome, updateMs: nowMs });
  const payment = result.kind === "failed" ? stillWanted(book.payment, transfer) : moved(book.payment, transfer);
  return close(settleWaiting({ ...after, payment }, nowMs));
}

/** What was to be captured last and was refused may be asked for again: the promise is not given up. */
function stillWanted(payment: Payment, { kind }: Transfer): Payment {
  return kind === "capture" && payment.isClosed && isPromised(payment) ? { ...payment, isClosed: false } : payment;
}

function moved(payment: Payment, { kind, moves, gifts, isFinal }: Transfer): Payment {
  switch (kind) {
    case "capture":
      return take(payment, moves + sumParts(gifts), isFinal && moves > 0n);
    case "refund":
      return giveBack(payment, moves + sumParts(gifts));
    case "release":
      return untake(payment, moves);
    case "take":
      return takeEarly(payment, moves);
  }
}

/**
 * Settles what waits for a taking that is on its way: captures that are settled out of it, and releases that give back of it.
 * Where it was refused there may be nothing to settle them out of, and nothing to give back.
 */
function settleWaiting(book: Book, nowMs: number): Book {
  if (isTaking(book)) return book;
  const waiting = live(book, "capture").filter(({ state, moves }) => state === "pending" && moves === 0n);
  const captured = waiting.reduce((present, transfer) => {
    const isCovered = providerPart(transfer) <= unspent(present);
    const outcome = isCovered
      ? ({ state: "succeeded", failureReason: "" } as const)
      : ({ state: "failed", failureReason: "CAPTURE_REFUSED" } as const);
    const payment = isCovered
      ? take(present.payment, sumParts(transfer.gifts), false)
      : stillWanted(present.payment, transfer);
    return { ...replace(present, { ...transfer, ...outcome, updateMs: nowMs }), payment };
  }, book);
  return trimReleases(captured, nowMs);
}

/** What the provider has taken, neither captured nor given back. */
function unspent(book: Book): bigint {
  const captured = succeeded(book, "capture").reduce((total, capture) => total + providerPart(capture), 0n);
  return sumMoves(takings(book)) - captured - sumMoves(succeeded(book, "release"));
}

function trimReleases(book: Book, nowMs: number): Book {
  return live(book, "release")
    .filter(({ state }) => state === "pending")
    .reduce((present, transfer) => {
      const over = -surplus(present);
      if (over <= 0n) return present;
      const left = transfer.moves - over;
      if (left > 0n) return replace(present, { ...transfer, moves: left });
      return replace(present, { ...transfer, moves: 0n, state: "succeeded", updateMs: nowMs });
    }, book);
}

/** Whether the provider is being asked for money. */
export function isTaking(book: Book): boolean {
  return liveTakings(book).some(({ state, moves }) => state === "pending" && moves > 0n);
}

/** Whether a promise is left at the provider of which nothing will be taken any more. */
export function isLeftOver(book: Book): boolean {
  const { payment } = book;
  const isPending = liveTakings(book).some(({ state }) => state === "pending");
  return payment.isClosed && isPromised(payment) && payment.provider !== "" && !isPending;
}

/** The book closed, where nothing will be captured any more and no provider is to be told. */
function close(book: Book): Book {
  const { payment } = book;
  if (isEmptied(book)) return { ...book, payment: transition(payment, "voided") };
  if (!payment.isClosed || !isPromised(payment) || payment.provider !== "") return book;
  return { ...book, payment: closed(payment) };
}

/** Whether all that was taken early of a payment that is wanted no more has gone back. */
function isEmptied(book: Book): boolean {
  const { state, voidReason, taken } = book.payment;
  const isOut = book.transfers.some((transfer) => transfer.state === "pending");
  return (
    state === "authorized" && voidReason !== undefined && !isOut && takings(book).length > 0 && taken.minorUnits === 0n
  );
}

function replace(book: Book, changed: Transfer): Book {
  return { ...book, transfers: book.transfers.map((other) => (other.id === changed.id ? changed : other)) };
}
