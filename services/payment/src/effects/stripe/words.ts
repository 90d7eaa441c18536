import type Stripe from "stripe";
import type { ProviderIntent, ProviderMethod, ProviderSetup } from "../../provider.ts";
import { fromStripeAmount } from "./units.ts";

type IntentError = {
  readonly code?: string | undefined;
  readonly decline_code?: string | undefined;
};

const reasons: Readonly<Record<string, string>> = {
  insufficient_funds: "INSUFFICIENT_FUNDS",
  expired_card: "CARD_EXPIRED",
  incorrect_cvc: "INCORRECT_CVC",
  invalid_cvc: "INCORRECT_CVC",
  processing_error: "PROCESSING_ERROR",
  payment_intent_authentication_failure: "AUTHENTICATION_FAILED",
  authentication_required: "AUTHENTICATION_FAILED",
  charge_expired_for_capture: "AUTHORIZATION_EXPIRED",
  // Of a capture: Stripe has cancelled what lapsed.
  payment_intent_unexpected_state: "AUTHORIZATION_EXPIRED",
};

/** Our stable name of why Stripe refused. A bank's finer reasons (lost, stolen, fraud) are nobody's business but the bank's. */
export function failureReason(error: IntentError | null | undefined): string {
  const byDecline = reasons[error?.decline_code ?? ""];
  return byDecline ?? reasons[error?.code ?? ""] ?? "CARD_DECLINED";
}

/** A PaymentIntent, its latest charge expanded where there is one, in our words. */
export function readIntent(intent: Stripe.PaymentIntent): ProviderIntent {
  const charge = typeof intent.latest_charge === "object" ? intent.latest_charge : null;
  const card = charge?.payment_method_details?.card ?? undefined;
  const status = statuses[intent.status] ?? "processing";
  return {
    reference: intent.id,
    status,
    failureReason: status === "failed" ? failureReason(intent.last_payment_error) : "",
    actionUrl: intent.next_action?.redirect_to_url?.url ?? "",
    authorizationExpireMs: card?.capture_before === undefined ? undefined : card.capture_before * 1000,
    isMulticapture: card?.multicapture?.status === "available",
    cardBrand: card?.brand ?? "",
    cardLastFour: card?.last4 ?? "",
    kept: isKept(intent) && card !== undefined ? readMethod(idOf(intent.payment_method), card) : undefined,
  };
}

/** A SetupIntent, its payment method expanded, in our words. */
export function readSetup(setup: Stripe.SetupIntent): ProviderSetup {
  const { id: reference, status, payment_method: method } = setup;
  if (status === "succeeded" && typeof method === "object" && method?.card !== undefined) {
    return { reference, status: "kept", method: readMethod(method.id, method.card) };
  }
  const actionUrl = setup.next_action?.redirect_to_url?.url ?? "";
  if (status === "requires_action" && actionUrl !== "") return { reference, status: "requires-action", actionUrl };
  return { reference, status: "failed", failureReason: failureReason(setup.last_setup_error) };
}

function isKept({ setup_future_usage: usage, status }: Stripe.PaymentIntent): boolean {
  return usage === "off_session" && (status === "requires_capture" || status === "succeeded");
}

type CardFace = {
  readonly brand?: string | null;
  readonly last4?: string | null;
  readonly exp_month?: number | null;
  readonly exp_year?: number | null;
};

function readMethod(reference: string, card: CardFace): ProviderMethod {
  return {
    reference,
    cardBrand: card.brand ?? "",
    cardLastFour: card.last4 ?? "",
    expireMonth: card.exp_month ?? 0,
    expireYear: card.exp_year ?? 0,
  };
}

function idOf(reference: string | { readonly id: string } | null): string {
  return typeof reference === "string" ? reference : (reference?.id ?? "");
}

const statuses: Readonly<Record<string, ProviderIntent["status"]>> = {
  requires_capture: "authorized",
  requires_action: "requires-action",
  requires_payment_method: "failed",
  canceled: "cancelled",
  succeeded: "settled",
  requires_confirmation: "processing",
  processing: "processing",
};

/** The provider's fee in what a capture put on the balance; undefined where Stripe does not tell it yet. */
export function readFee({ latest_charge: charge }: Stripe.PaymentIntent) {
  if (charge === null || typeof charge !== "object") return undefined;
  const { balance_transaction: balance } = charge;
  if (balance === null || typeof balance !== "object") return undefined;
  return fromStripeAmount(balance.fee, balance.currency);
}
