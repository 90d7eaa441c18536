import type { Book } from "../src/book.ts";
import type { Payment } from "../src/payment.ts";

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
