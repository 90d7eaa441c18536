import type { Money } from "@shopmesh/kernel";
import { type Payment, providerShare } from "./payment.ts";
import { type GiftPart, splitOverGifts, sumParts } from "./tender.ts";

/** One taking or giving back of money. */
export type Transfer = {
  readonly id: string;
  readonly kind:
    | "capture"
    | "refund"
    /** A part of the promise that is wanted no more; what was taken of it already goes back. */
    | "release"
    /** What the provider promised, taken before the promise lapses: captures are settled out of it. */
    | "take";
  readonly state: "pending" | "succeeded" | "failed";
  readonly amount: Money;
  /** What of it is tax, in minor units. */
  readonly tax: bigint;
  /** What the marketplace pays of the price besides the amount, or takes back, in minor units. */
  readonly platformShare: bigint;
  /** The parts of it that gift cards give or get. */
  readonly gifts: readonly GiftPart[];
  /** What of it is given back out of which taking, once that is planned; empty where the provider need not know. */
  readonly outOf: readonly TakingPart[];
  /** What the provider is asked to move for it: more than its part where it takes the whole at its first capture, then nothing. */
  readonly moves: bigint;
  /** Whether it gives up what is left of the provider's promise. */
  readonly isFinal: boolean;
  /** How often the provider has been asked anew after it had refused: 1 at first. */
  readonly attempt: number;
  /** The provider's name of the movement; empty before it answered, and where nothing moves there. */
  readonly reference: string;
  /** Why money is given back. */
  readonly reason: string;
  readonly failureReason: string;
  readonly createMs: number;
  readonly updateMs: number;
};

/** A part of a capture, or of what was taken early, by the id of that transfer. */
export type TakingPart = { readonly takingId: string; readonly minorUnits: bigint };

/** A payment with all that moved, oldest first. */
export type Book = { readonly payment: Payment; readonly transfers: readonly Transfer[] };

/** The transfer of `id`. Throws an Error where there is none: a bug. */
export function transferIn({ transfers }: Book, id: string): Transfer {
  const transfer = transfers.find((candidate) => candidate.id === id);
  if (transfer === undefined) throw new Error(`the book has no transfer ${id}`);
  return transfer;
}

/** The sum of the captures that succeeded. */
export function capturedTotal(book: Book): Money {
  const sum = sumAmounts(succeeded(book, "capture"));
  return { ...book.payment.amount, minorUnits: sum };
}

/** Transfers that have not failed. */
export function live({ transfers }: Book, wanted: Transfer["kind"]): readonly Transfer[] {
  return transfers.filter(({ kind, state }) => kind === wanted && state !== "failed");
}

export function succeeded({ transfers }: Book, wanted: Transfer["kind"]): readonly Transfer[] {
  return transfers.filter(({ kind, state }) => kind === wanted && state === "succeeded");
}

/** What takes money from the provider and has not failed. */
export function liveTakings(book: Book): readonly Transfer[] {
  return [...live(book, "capture"), ...live(book, "take")];
}

/** What the provider has taken. */
export function takings(book: Book): readonly Transfer[] {
  return [...succeeded(book, "capture"), ...succeeded(book, "take")];
}

/**
 * The book with each of `ids` told out of which takings it is given back, the oldest first: once, for the provider must be asked the
 * same again. What is planned for others, and has not failed, is theirs.
 */
export function planGivingBack(book: Book, ids: readonly string[]): Book {
  return ids.reduce((present, id) => {
    const transfer = transferIn(present, id);
    if (transfer.outOf.length > 0) return present;
    const planned = { ...transfer, outOf: partsOutOf(present, transfer.moves) };
    return { ...present, transfers: present.transfers.map((other) => (other.id === id ? planned : other)) };
  }, book);
}

function partsOutOf(book: Book, minorUnits: bigint): readonly TakingPart[] {
  const spoken = [...live(book, "refund"), ...live(book, "release")].flatMap(({ outOf }) => outOf);
  let left = minorUnits;
  const parts = takings(book).flatMap(({ id, moves }) => {
    const rest = spoken.reduce((sum, part) => (part.takingId === id ? sum - part.minorUnits : sum), moves);
    const part = left < rest ? left : rest;
    left -= part;
    return part > 0n ? [{ takingId: id, minorUnits: part }] : [];
  });
  if (left > 0n) throw new Error(`the takings of ${book.payment.id} do not cover what is given back`);
  return parts;
}

export function sumAmounts(transfers: readonly Transfer[]): bigint {
  return transfers.reduce((total, { amount }) => total + amount.minorUnits, 0n);
}

/** What of the captures' `part` is booked and not taken back, nor about to be. */
export function leftOf(book: Book, part: "tax" | "platformShare"): bigint {
  const sum = (transfers: readonly Transfer[]) => transfers.reduce((total, transfer) => total + transfer[part], 0n);
  return sum(succeeded(book, "capture")) - sum(live(book, "refund"));
}

/** What the provider has moved, or is asked to, for these. */
export function sumMoves(transfers: readonly Transfer[]): bigint {
  return transfers.reduce((total, { moves }) => total + moves, 0n);
}

/** The provider's part of a transfer. */
export function providerPart({ amount, gifts }: Pick<Transfer, "amount" | "gifts">): bigint {
  return amount.minorUnits - sumParts(gifts);
}

/** What may still be captured: neither captured, nor on its way, nor wanted no more. */
export function capturable(book: Book): bigint {
  const { payment } = book;
  if (payment.isClosed || ["failed", "expired", "voided"].includes(payment.state)) return 0n;
  const rest = payment.amount.minorUnits - sumAmounts(live(book, "capture")) - sumAmounts(live(book, "release"));
  // What was given up after the last capture is not counted, and that may have been refused since.
  return rest > 0n ? rest : 0n;
}

/** What of each gift card no capture has claimed. */
export function unclaimed(book: Book): readonly GiftPart[] {
  const claimed = partsOf(live(book, "capture"));
  return book.payment.gifts.map(({ giftCardId, minorUnits }) => ({
    giftCardId,
    minorUnits: minorUnits - (claimed.get(giftCardId) ?? 0n),
  }));
}

/** What of each gift card was redeemed and not given back, refunds on their way counted as given. */
export function refundable(book: Book): readonly GiftPart[] {
  const taken = partsOf(succeeded(book, "capture"));
  const returned = partsOf(live(book, "refund"));
  return book.payment.gifts.map(({ giftCardId }) => ({
    giftCardId,
    minorUnits: (taken.get(giftCardId) ?? 0n) - (returned.get(giftCardId) ?? 0n),
  }));
}

/** What the provider took, or is asked to take, beyond the captures: out of it later ones are settled. */
export function surplus(book: Book): bigint {
  const captures = live(book, "capture");
  const claimed = captures.reduce((total, capture) => total + providerPart(capture), 0n);
  return sumMoves(liveTakings(book)) - claimed - sumMoves(live(book, "release"));
}

/** How a gift card stands in a payment. */
export type GiftStanding = {
  readonly giftCardId: string;
  readonly held: bigint;
  readonly taken: bigint;
  readonly refunded: bigint;
};

/**
 * How each gift card stands. Held is what pending captures claim and what captures to come may still take: from the provider's
 * promise is let go first, for gift cards are taken first.
 */
export function giftStandings(book: Book): readonly GiftStanding[] {
  if (book.payment.gifts.length === 0) return [];
  const pending = partsOf(live(book, "capture").filter(({ state }) => state === "pending"));
  const taken = partsOf(succeeded(book, "capture"));
  const refunded = partsOf(succeeded(book, "refund"));
  const toCome = new Map(
    splitOverGifts(capturable(book), unclaimed(book)).gifts.map((part) => [part.giftCardId, part.minorUnits]),
  );
  return book.payment.gifts.map(({ giftCardId }) => ({
    giftCardId,
    held: (pending.get(giftCardId) ?? 0n) + (toCome.get(giftCardId) ?? 0n),
    taken: taken.get(giftCardId) ?? 0n,
    refunded: refunded.get(giftCardId) ?? 0n,
  }));
}

/** What the provider holds for the payment beside gift cards: promised, taken and given back. */
export function providerStanding(book: Book) {
  return {
    promised: providerShare(book.payment),
    captured: sumMoves(takings(book)),
    refunded: sumMoves(succeeded(book, "refund")) + sumMoves(succeeded(book, "release")),
  };
}

function partsOf(transfers: readonly Transfer[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { giftCardId, minorUnits } of transfers.flatMap(({ gifts }) => gifts)) {
    sums.set(giftCardId, (sums.get(giftCardId) ?? 0n) + minorUnits);
  }
  return sums;
}
