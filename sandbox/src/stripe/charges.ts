import { newId } from "../ids.ts";
import type { Decline, TestCard } from "./cards.ts";
import type { BalanceTransaction, Charge, PaymentIntent, PaymentMethod } from "./objects.ts";
import { nowSeconds, type StripeWorld } from "./world.ts";

/** How long an authorisation may wait for its capture. */
const authorizationMs = 7 * 24 * 3_600_000;
const feeBasisPoints = 290n;
const fixedFee = 30n;

/** A charge that the card took: authorised only, or captured at once. */
export function approvedCharge(
  world: StripeWorld,
  intent: PaymentIntent,
  method: PaymentMethod,
  card: TestCard,
): Charge {
  const isManual = intent.capture_method === "manual";
  const captureBeforeMs = isManual ? world.clock.now() + authorizationMs : null;
  const wantsMulticapture = intent.payment_method_options.card.request_multicapture === "if_available";
  return {
    ...bareCharge(world, intent, method),
    amount_captured: isManual ? 0 : intent.amount,
    captured: !isManual,
    outcome: outcome({
      network_status: "approved_by_network",
      seller_message: "Payment complete.",
      type: "authorized",
    }),
    paid: true,
    payment_method_details: {
      type: "card",
      card: {
        ...method.card,
        amount_authorized: intent.amount,
        authorization_code: "123456",
        ...(captureBeforeMs === null ? {} : { capture_before: Math.floor(captureBeforeMs / 1000) }),
        multicapture: {
          status: isManual && wantsMulticapture && card.allowsMulticapture ? "available" : "unavailable",
        },
        network: method.card.brand,
        overcapture: { maximum_amount_capturable: intent.amount, status: "unavailable" },
      },
    },
    status: "succeeded",
    _captureBeforeMs: captureBeforeMs,
  };
}

/** A charge that the card refused. */
export function declinedCharge(
  world: StripeWorld,
  intent: PaymentIntent,
  method: PaymentMethod,
  decline: Decline,
): Charge {
  return {
    ...bareCharge(world, intent, method),
    failure_code: decline.code,
    failure_message: decline.message,
    outcome: outcome({
      network_status: "declined_by_network",
      reason: decline.declineCode ?? decline.code,
      seller_message: "The bank did not return any further details with this decline.",
      type: "issuer_declined",
    }),
    payment_method_details: { type: "card", card: { ...method.card, network: method.card.brand } },
    status: "failed",
  };
}

export function canCaptureMoreThanOnce(charge: Charge): boolean {
  const details = charge["payment_method_details"];
  return JSON.stringify(details).includes('"multicapture":{"status":"available"}');
}

/** What a captured or refunded amount does to the shop's balance at Stripe; `amount` is negative for a refund. */
export function recordBalance(
  world: StripeWorld,
  {
    type,
    source,
    amount,
    currency,
    fee = type === "charge" ? feeOf(amount) : 0,
  }: Pick<BalanceTransaction, "type" | "source" | "amount" | "currency"> & { readonly fee?: number },
): BalanceTransaction {
  const created = nowSeconds(world);
  return world.store.save({
    id: newId("txn"),
    object: "balance_transaction",
    amount,
    available_on: created,
    balance_type: "payments",
    created,
    currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [
            {
              amount: fee,
              application: null,
              currency,
              description: "Stripe processing fees",
              type: "stripe_fee",
            },
          ],
    net: amount - fee,
    reporting_category: type,
    source,
    status: "available",
    type,
  });
}

/** 2.9 % rounded half up, and 30 minor units. */
function feeOf(amount: number): number {
  return Number((BigInt(amount) * feeBasisPoints + 5000n) / 10_000n + fixedFee);
}

function bareCharge(world: StripeWorld, intent: PaymentIntent, method: PaymentMethod): Charge {
  return {
    id: newId("ch"),
    object: "charge",
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method["billing_details"],
    calculated_statement_descriptor: "SHOPMESH",
    captured: false,
    created: nowSeconds(world),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: null,
    paid: false,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: null,
    receipt_email: intent["receipt_email"],
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: intent["shipping"],
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "failed",
    transfer_data: null,
    transfer_group: null,
    _captureBeforeMs: null,
  };
}

function outcome(values: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    reason: null,
    risk_level: "normal",
    ...values,
  };
}
