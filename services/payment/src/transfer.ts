import { DomainError, type Money } from "@shopmesh/kernel";
import { giveBack, isPromised, type Payment, take, wrongState } from "./payment.ts";

/** One taking or giving back of money. */
export type Transfer = {
  readonly id: string;
  readonly kind: "capture" | "refund";
  readonly state: "pending" | "succeeded" | "failed";
  readonly amount: Money;
  /** What the provider is asked to move for it: more than `amount` where a card is taken whole at its first capture, then nothing. */
  readonly moves: bigint;
  /** Whether it gives up what is left of the promise. */
  readonly isFinal: boolean;
  /** Why money is given back. */
  readonly reason: string;
  readonly failureReason: string;
  readonly createMs: number;
  readonly updateMs: number;
};

/** A payment with all that moved, oldest first. */
export type Book = { readonly payment: Payment; readonly transfers: readonly Transfer[] };

export type CaptureRequest = {
  readonly id: string;
  readonly amount: Money;
  readonly isFinal: boolean;
};
export type RefundRequest = {
  readonly id: string;
  readonly amount: Money;
  readonly reason: string;
};

/** What the provider said of a transfer. */
export type TransferResult = { readonly kind: "succeeded" } | { readonly kind: "failed"; readonly reason: string };

/**
 * The book with a capture begun; as it is where the capture was begun before. A card that cannot be taken in parts is taken
 * whole at the first capture, later ones are settled out of that. Throws PAYMENT_STATE, CAPTURE_TOO_LARGE, CAPTURE_MISMATCH.
 */
export function beginCapture(book: Book, request: CaptureRequest, nowMs: number): Book {
  if (isBegun(book, "capture", request)) return book;
  const { payment } = book;
  const isTakeable = isPromised(payment) || ["captured", "partially-refunded"].includes(payment.state);
  if (!isTakeable || payment.voidReason !== undefined) throw wrongState(payment, "captured");
  requireAmount(payment, request.amount);
  const captures = live(book, "capture");
  const promised = sum(captures, ({ amount }) => amount.minorUnits);
  const moving = sum(captures, ({ moves }) => moves);
  const wanted = request.amount.minorUnits;
  const isTaken = moving - promised >= wanted;
  const isPossible = isTaken || (isPromised(payment) && (payment.isMulticapture || moving === 0n));
  if (!isPossible || promised + wanted > payment.amount.minorUnits) {
    throw new DomainError("precondition", "CAPTURE_TOO_LARGE", {
      payment_id: payment.id,
      authorized: String(payment.amount.minorUnits),
      captured: String(promised),
      asked: String(wanted),
    });
  }
  const whole = payment.isMulticapture || request.isFinal ? wanted : payment.amount.minorUnits;
  const hasPending = captures.some(({ state }) => state === "pending");
  const capture: Transfer = {
    id: request.id,
    kind: "capture",
    state: "pending",
    amount: request.amount,
    moves: isTaken ? 0n : whole,
    // Giving up the rest would take it from a capture whose answer is still out.
    isFinal: !payment.isMulticapture || (request.isFinal && !hasPending),
    reason: "",
    failureReason: "",
    createMs: nowMs,
    updateMs: nowMs,
  };
  return settleTaken({ ...book, transfers: [...book.transfers, capture] }, nowMs);
}

/** The book with a refund begun; as it is where it was begun before. Throws PAYMENT_STATE, REFUND_TOO_LARGE, REFUND_MISMATCH. */
export function beginRefund(book: Book, request: RefundRequest, nowMs: number): Book {
  if (isBegun(book, "refund", request)) return book;
  const { payment } = book;
  const taken = payment.taken.minorUnits;
  if (taken === 0n) throw wrongState(payment, "refunded");
  requireAmount(payment, request.amount);
  const promised = sum(live(book, "refund"), ({ amount }) => amount.minorUnits);
  if (promised + request.amount.minorUnits > taken) {
    throw new DomainError("precondition", "REFUND_TOO_LARGE", {
      payment_id: payment.id,
      captured: String(taken),
      refunded: String(promised),
      asked: String(request.amount.minorUnits),
    });
  }
  const refund: Transfer = {
    id: request.id,
    kind: "refund",
    state: "pending",
    amount: request.amount,
    moves: request.amount.minorUnits,
    isFinal: false,
    reason: request.reason,
    failureReason: "",
    createMs: nowMs,
    updateMs: nowMs,
  };
  return { ...book, transfers: [...book.transfers, refund] };
}

/** The book with the transfer of `id` settled; as it is where it was settled before. */
export function settle(book: Book, id: string, result: TransferResult, nowMs: number): Book {
  const transfer = transferIn(book, id);
  if (transfer.state !== "pending") return book;
  const failureReason = result.kind === "failed" ? result.reason : "";
  const settled = { ...transfer, state: result.kind, failureReason, updateMs: nowMs };
  const transfers = book.transfers.map((other) => (other.id === id ? settled : other));
  if (result.kind === "failed") return settleTaken({ ...book, transfers }, nowMs);
  const payment =
    transfer.kind === "capture"
      ? take(book.payment, transfer.moves, transfer.isFinal)
      : giveBack(book.payment, transfer.moves);
  return settleTaken({ payment, transfers }, nowMs);
}

/** The transfer of `id`. Throws an Error where there is none: a bug. */
export function transferIn({ transfers }: Book, id: string): Transfer {
  const transfer = transfers.find((candidate) => candidate.id === id);
  if (transfer === undefined) throw new Error(`the book has no transfer ${id}`);
  return transfer;
}

/** The sum of the captures that succeeded. */
export function capturedTotal({ payment, transfers }: Book): Money {
  const succeeded = transfers.filter(({ kind, state }) => kind === "capture" && state === "succeeded");
  return { ...payment.amount, minorUnits: sum(succeeded, ({ amount }) => amount.minorUnits) };
}

/** Settles captures for which nothing moves: once what they were taken with has been taken, or was refused. */
function settleTaken(book: Book, nowMs: number): Book {
  const isMoving = live(book, "capture").some(({ state, moves }) => state === "pending" && moves > 0n);
  const waiting = live(book, "capture").filter(({ state, moves }) => state === "pending" && moves === 0n);
  if (isMoving || waiting.length === 0) return book;
  const isTaken = book.payment.taken.minorUnits > 0n;
  const outcome = isTaken
    ? ({ state: "succeeded", failureReason: "" } as const)
    : ({ state: "failed", failureReason: "CAPTURE_REFUSED" } as const);
  return {
    ...book,
    transfers: book.transfers.map((transfer) =>
      waiting.includes(transfer) ? { ...transfer, ...outcome, updateMs: nowMs } : transfer,
    ),
  };
}

function isBegun(
  { payment, transfers }: Book,
  kind: Transfer["kind"],
  { id, amount }: { readonly id: string; readonly amount: Money },
): boolean {
  const known = transfers.find((transfer) => transfer.id === id);
  if (known === undefined) return false;
  const isSame = known.kind === kind && known.amount.minorUnits === amount.minorUnits;
  if (isSame && known.amount.currencyCode === amount.currencyCode) return true;
  const reason = kind === "capture" ? "CAPTURE_MISMATCH" : "REFUND_MISMATCH";
  throw new DomainError("precondition", reason, { payment_id: payment.id, id });
}

function requireAmount({ amount: whole }: Payment, amount: Money): void {
  if (amount.currencyCode !== whole.currencyCode) {
    throw new DomainError("invalid", "CURRENCY_MISMATCH", {
      left: whole.currencyCode,
      right: amount.currencyCode,
    });
  }
  if (amount.minorUnits <= 0n) {
    throw new DomainError("invalid", "AMOUNT_NOT_POSITIVE", { asked: String(amount.minorUnits) });
  }
}

function live({ transfers }: Book, wanted: Transfer["kind"]): readonly Transfer[] {
  return transfers.filter(({ kind, state }) => kind === wanted && state !== "failed");
}

function sum(transfers: readonly Transfer[], of: (transfer: Transfer) => bigint): bigint {
  return transfers.reduce((total, transfer) => total + of(transfer), 0n);
}
