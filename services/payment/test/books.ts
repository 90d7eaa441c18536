import type { Book } from "../src/book.ts";
import { beginCapture, beginTake } from "../src/capture.ts";
import { isPromised, type Payment } from "../src/payment.ts";

export const money = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });

/** A payment of 1.00 EUR by card. */
export function payment(overrides: Partial<Payment> = {}): Payment {
  return {
    id: "p",
    orderGroupId: "g",
    version: 1,
    state: "authorized",
    amount: money(100n),
    provider: "stripe",
    gifts: [],
    taken: money(0n),
    refunded: money(0n),
    voidReason: undefined,
    failureReason: "",
    actionUrl: "",
    actionExpireMs: undefined,
    authorizationExpireMs: undefined,
    cardBrand: "visa",
    cardLastFour: "4242",
    isClosed: false,
    isMulticapture: true,
    reference: "pi_1",
    authorization: {
      paymentMethod: "",
      customer: "",
      savedMethodId: "",
      isSaving: false,
      attempt: 1,
      renewing: 0,
      promise: "",
      stray: "",
      orderNumbers: [],
      returnUrl: "",
    },
    personId: undefined,
    guestTokenHash: undefined,
    askMs: undefined,
    createMs: 0,
    updateMs: 0,
    ...overrides,
  };
}

/** Its book, nothing moved yet. */
export function book(overrides: Partial<Payment> = {}): Book {
  return { payment: payment(overrides), transfers: [] };
}

/** A gift card that pays `minorUnits` of it. */
export function gift(giftCardId: string, minorUnits: bigint) {
  return { giftCardId, lastFour: "WXYZ", minorUnits };
}

/** What a provider may say of a transfer. */
export const done = { kind: "succeeded", reference: "ch_1" } as const;
export const refused = { kind: "failed", reason: "CARD_DECLINED" } as const;

/** The book with a capture of `minorUnits` begun. */
export function capture(
  before: Book,
  id: string,
  minorUnits: bigint,
  { isFinal = false, nowMs = 0, tax = 0, platformShare: share = 0 } = {},
): Book {
  let ids = 0;
  const newId = () => `${id}/${(ids += 1)}`;
  const parts = { tax: money(BigInt(tax)), platformShare: money(BigInt(share)) };
  return beginCapture(before, { id, amount: money(minorUnits), ...parts, isFinal }, { nowMs, newId });
}

/** The book with the rest being taken, as the schedule does before a promise lapses. */
export function takeRest(before: Book, step: number): Book {
  const isBusy = before.transfers.some(({ state }) => state === "pending");
  if (isBusy || !isPromised(before.payment) || before.payment.voidReason !== undefined) return before;
  return beginTake(before, { nowMs: step, newId: () => `${step}/take` });
}
