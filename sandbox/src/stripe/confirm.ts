import type { Decline } from "./cards.ts";
import { approvedCharge, declinedCharge, recordBalance } from "./charges.ts";
import { flagOf } from "./fields.ts";
import { textOf } from "./form.ts";
import { cardOf } from "./methods.ts";
import { publicView, type NextAction, type PaymentIntent, type PaymentMethod } from "./objects.ts";
import { invalidParameter, StripeRefusal } from "./refusal.ts";
import { book, emit, type Outcome, type StripeCall, type StripeWorld } from "./world.ts";

const authenticationRequired: Decline = {
  code: "authentication_required",
  declineCode: "authentication_required",
  message: "Your card was declined. This transaction requires authentication.",
};

const authenticationFailed: Decline = {
  code: "payment_intent_authentication_failure",
  message: "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
};

/** Asks the intent's card for its money; the card's test token decides what comes of it. */
export function attemptPayment(world: StripeWorld, call: StripeCall, intent: PaymentIntent): Outcome {
  if (intent.payment_method === null) {
    throw invalidParameter(
      "payment_method",
      "A payment method is needed to confirm.",
      "payment_intent_unexpected_state",
    );
  }
  const method = world.store.get("payment_method", intent.payment_method, "payment_method");
  const { outcome } = cardOf(method);
  switch (outcome.kind) {
    case "serverError":
      throw new StripeRefusal(500, { type: "api_error", message: "An unknown error occurred" }, true);
    case "decline":
      return decline(world, call, { intent, method, reason: outcome.decline });
    case "authenticate":
      if (flagOf(call.form, "off_session") || flagOf(call.form, "error_on_requires_action")) {
        return decline(world, call, { intent, method, reason: authenticationRequired });
      }
      return { status: 200, body: publicView(askPayer(world, call, intent)) };
    case "unanswered":
      return {
        status: 200,
        body: publicView(approve(world, call, intent, method)),
        silence: outcome.silence,
      };
    case "approve":
      return { status: 200, body: publicView(approve(world, call, intent, method)) };
  }
}

/** The intent once its payer has passed or failed 3-D Secure. An intent that no longer waits stays as it is. */
export function finishAuthentication(
  world: StripeWorld,
  call: StripeCall,
  { intent, hasPassed }: { readonly intent: PaymentIntent; readonly hasPassed: boolean },
): PaymentIntent {
  if (intent.status !== "requires_action" || intent.payment_method === null) return intent;
  const method = world.store.get("payment_method", intent.payment_method);
  const { outcome } = cardOf(method);
  const refusal = outcome.kind === "authenticate" ? outcome.decline : undefined;
  if (!hasPassed) return fail(world, call, { intent, method, reason: authenticationFailed, chargeId: null });
  if (refusal) return charge(world, call, { intent, method, reason: refusal });
  return approve(world, call, intent, method);
}

function approve(world: StripeWorld, call: StripeCall, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  const made = approvedCharge(world, intent, method, cardOf(method));
  const isManual = intent.capture_method === "manual";
  const balance = isManual
    ? null
    : recordBalance(world, {
        type: "charge",
        source: made.id,
        amount: intent.amount,
        currency: intent.currency,
      }).id;
  const stored = world.store.save({ ...made, balance_transaction: balance });
  const paid = world.store.save({
    ...intent,
    amount_capturable: isManual ? intent.amount : 0,
    amount_received: isManual ? 0 : intent.amount,
    last_payment_error: null,
    latest_charge: stored.id,
    next_action: null,
    status: isManual ? "requires_capture" : "succeeded",
  });
  if (intent["setup_future_usage"] !== null && intent.customer !== null) {
    world.store.save({ ...method, customer: intent.customer });
  }
  book(world, call, {
    operation: isManual ? "authorize" : "charge",
    intent,
    amount: intent.amount,
    chargeId: stored.id,
  });
  emit(world, call, "charge.succeeded", stored);
  emit(world, call, isManual ? "payment_intent.amount_capturable_updated" : "payment_intent.succeeded", paid);
  return paid;
}

type Failure = {
  readonly intent: PaymentIntent;
  readonly method: PaymentMethod;
  readonly reason: Decline;
};

function decline(world: StripeWorld, call: StripeCall, failure: Failure): Outcome {
  const failed = charge(world, call, failure);
  const { reason, method } = failure;
  return {
    status: 402,
    body: {
      error: {
        ...cardError(reason),
        charge: failed.latest_charge,
        payment_intent: publicView(failed),
        payment_method: publicView(method),
      },
    },
  };
}

/** Tries to charge and is refused: leaves a failed charge on the intent. */
function charge(world: StripeWorld, call: StripeCall, { intent, method, reason }: Failure): PaymentIntent {
  const refused = world.store.save(declinedCharge(world, intent, method, reason));
  book(world, call, { operation: "decline", intent, amount: intent.amount, chargeId: refused.id });
  emit(world, call, "charge.failed", refused);
  return fail(world, call, { intent, method, reason, chargeId: refused.id });
}

function fail(
  world: StripeWorld,
  call: StripeCall,
  { intent, method, reason, chargeId }: Failure & { readonly chargeId: string | null },
): PaymentIntent {
  const failed = world.store.save({
    ...intent,
    last_payment_error: {
      ...cardError(reason),
      ...(chargeId === null ? { type: "invalid_request_error" } : { charge: chargeId }),
      payment_method: publicView(method),
    },
    latest_charge: chargeId ?? intent.latest_charge,
    next_action: null,
    payment_method: null,
    status: "requires_payment_method",
  });
  emit(world, call, "payment_intent.payment_failed", failed);
  return failed;
}

function askPayer(world: StripeWorld, call: StripeCall, intent: PaymentIntent): PaymentIntent {
  const url = `${world.publicUrl ?? call.origin}/stripe/3ds/${intent.id}`;
  const returnUrl = textOf(call.form, "return_url");
  const nextAction: NextAction =
    returnUrl === undefined
      ? {
          type: "use_stripe_sdk",
          use_stripe_sdk: { type: "three_d_secure_redirect", stripe_js: url },
        }
      : { type: "redirect_to_url", redirect_to_url: { url, return_url: returnUrl } };
  const waiting = world.store.save({
    ...intent,
    last_payment_error: null,
    next_action: nextAction,
    status: "requires_action",
    _returnUrl: returnUrl ?? null,
  });
  emit(world, call, "payment_intent.requires_action", waiting);
  return waiting;
}

function cardError({ code, declineCode, message }: Decline): Readonly<Record<string, string>> {
  return {
    type: "card_error",
    code,
    ...(declineCode === undefined ? {} : { decline_code: declineCode }),
    doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}`,
    message,
  };
}
