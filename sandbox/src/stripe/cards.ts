import type { CardFace } from "./objects.ts";

export type Decline = {
  readonly code: string;
  readonly declineCode?: string;
  readonly message: string;
};

/** How a card behaves when it is asked for money. */
export type CardOutcome =
  | { readonly kind: "approve" }
  | { readonly kind: "decline"; readonly decline: Decline }
  /** 3-D Secure first, then the decline if there is one. */
  | { readonly kind: "authenticate"; readonly decline?: Decline }
  /** The money moves, the answer is never sent: the caller waits in vain, or its connection is cut. */
  | { readonly kind: "unanswered"; readonly silence: "hang" | "reset" }
  | { readonly kind: "serverError" };

export type TestCard = {
  readonly face: CardFace;
  readonly outcome: CardOutcome;
  readonly allowsMulticapture: boolean;
  /** How long the provider thinks before it does anything. */
  readonly thinkMs: number;
};

const approve: CardOutcome = { kind: "approve" };
const visa = face("visa", "4242");

const genericDecline = declined("generic_decline", "Your card was declined.");

/** Stripe's own test tokens and, named `pm_sandbox_…`, ours. */
const cards: Readonly<Record<string, TestCard>> = {
  pm_card_visa: card(visa, approve),
  pm_card_visa_debit: card(face("visa", "5556", "debit"), approve),
  pm_card_mastercard: card(face("mastercard", "4444"), approve),
  pm_card_mastercard_debit: card(face("mastercard", "8210", "debit"), approve),
  pm_card_amex: card(face("amex", "8431"), approve),
  pm_card_discover: card(face("discover", "9424"), approve),
  pm_card_diners: card(face("diners", "0004"), approve),
  pm_card_jcb: card(face("jcb", "0505"), approve),
  pm_card_unionpay: card(face("unionpay", "0005"), approve),

  // Taken back by its holder's bank once it is captured.
  pm_card_createDispute: card(face("visa", "0259"), approve),

  pm_card_chargeDeclined: card(face("visa", "0002"), refuse(genericDecline)),
  pm_card_visa_chargeDeclined: card(face("visa", "0002"), refuse(genericDecline)),
  pm_card_chargeCustomerFail: card(face("visa", "0341"), refuse(genericDecline)),
  pm_card_chargeDeclinedInsufficientFunds: card(face("visa", "9995"), refuse(insufficientFunds())),
  pm_card_visa_chargeDeclinedInsufficientFunds: card(face("visa", "9995"), refuse(insufficientFunds())),
  pm_card_visa_chargeDeclinedLostCard: card(
    face("visa", "9987"),
    refuse(declined("lost_card", "Your card was declined.")),
  ),
  pm_card_visa_chargeDeclinedStolenCard: card(
    face("visa", "9979"),
    refuse(declined("stolen_card", "Your card was declined.")),
  ),
  pm_card_visa_chargeDeclinedVelocityLimitExceeded: card(
    face("visa", "6975"),
    refuse(
      declined(
        "card_velocity_exceeded",
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
      ),
    ),
  ),
  pm_card_chargeDeclinedFraudulent: card(
    face("visa", "0019"),
    refuse(declined("fraudulent", "Your card was declined.")),
  ),
  pm_card_radarBlock: card(face("visa", "0019"), refuse(declined("fraudulent", "Your card was declined."))),
  pm_card_chargeDeclinedExpiredCard: card(
    face("visa", "0069"),
    refuse({
      code: "expired_card",
      declineCode: "expired_card",
      message: "Your card has expired.",
    }),
  ),
  pm_card_chargeDeclinedIncorrectCvc: card(
    face("visa", "0127"),
    refuse({
      code: "incorrect_cvc",
      declineCode: "incorrect_cvc",
      message: "Your card's security code is incorrect.",
    }),
  ),
  pm_card_chargeDeclinedProcessingError: card(
    face("visa", "0119"),
    refuse({
      code: "processing_error",
      declineCode: "processing_error",
      message: "An error occurred while processing your card. Try again in a little bit.",
    }),
  ),

  pm_card_threeDSecure2Required: card(face("visa", "3220"), { kind: "authenticate" }),
  pm_card_threeDSecureRequired: card(face("visa", "3063"), { kind: "authenticate" }),
  pm_card_authenticationRequired: card(face("visa", "3184"), { kind: "authenticate" }),
  pm_card_authenticationRequiredOnSetup: card(face("visa", "3155"), { kind: "authenticate" }),
  pm_card_threeDSecureOptional: card(face("visa", "3055"), approve),
  pm_card_threeDSecureRequiredChargeDeclined: card(face("visa", "1629"), {
    kind: "authenticate",
    decline: genericDecline,
  }),
  pm_card_authenticationRequiredChargeDeclinedInsufficientFunds: card(face("visa", "3178"), {
    kind: "authenticate",
    decline: insufficientFunds(),
  }),

  pm_sandbox_timeoutAfterCharge: card(visa, { kind: "unanswered", silence: "hang" }),
  pm_sandbox_resetAfterCharge: card(visa, { kind: "unanswered", silence: "reset" }),
  pm_sandbox_slow: { ...card(visa, approve), thinkMs: 2000 },
  pm_sandbox_error500: card(visa, { kind: "serverError" }),
  pm_sandbox_singleCapture: { ...card(visa, approve), allowsMulticapture: false },
};

/** The test card of a token; undefined for a name that is none. */
export function findCard(token: string): TestCard | undefined {
  return Object.hasOwn(cards, token) ? cards[token] : undefined;
}

export const cardTokens: readonly string[] = Object.keys(cards);

function card(cardFace: CardFace, outcome: CardOutcome): TestCard {
  return { face: cardFace, outcome, allowsMulticapture: true, thinkMs: 0 };
}

function face(brand: string, last4: string, funding = "credit"): CardFace {
  return {
    brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
    country: "US",
    display_brand: brand,
    exp_month: 12,
    exp_year: 2040,
    fingerprint: `sandbox${brand}${last4}`,
    funding,
    generated_from: null,
    last4,
    networks: { available: [brand], preferred: null },
    regulated_status: "unregulated",
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

function refuse(decline: Decline): CardOutcome {
  return { kind: "decline", decline };
}

function declined(declineCode: string, message: string): Decline {
  return { code: "card_declined", declineCode, message };
}

function insufficientFunds(): Decline {
  return declined("insufficient_funds", "Your card has insufficient funds.");
}
