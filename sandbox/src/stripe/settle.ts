import type { DueWork } from "../agenda.ts";
import { isDisputedCard, openDispute } from "./disputes.ts";
import { canCaptureMoreThanOnce, recordBalance } from "./charges.ts";
import { flagOf, integerOf, mergeMetadata } from "./fields.ts";
import { textOf } from "./form.ts";
import { refuseUnless } from "./intents.ts";
import { publicView, type Charge, type PaymentIntent } from "./objects.ts";
import { invalidParameter, StripeRefusal } from "./refusal.ts";
import { book, emit, nowSeconds, type Operation, ownCall, type StripeCall, type StripeWorld } from "./world.ts";

/** Takes some or all of what is authorised. Unless `final_capture=false`, what is left is let go. */
export const captureIntent: Operation = (world, call) => {
  const intent = world.store.get("payment_intent", call.params["id"] ?? "");
  refuseUnless(intent, "captured", ["requires_capture"]);
  const charge = world.store.get("charge", intent.latest_charge ?? "");
  const amount = integerOf(call.form, "amount_to_capture") ?? intent.amount_capturable;
  const isFinal = flagOf(call.form, "final_capture") ?? true;
  refuseAmount(intent, amount);
  if (!isFinal && !canCaptureMoreThanOnce(charge)) throw noMulticapture(intent);

  const balance = recordBalance(world, {
    type: "charge",
    source: charge.id,
    amount,
    currency: intent.currency,
  });
  const capturedSoFar = charge.amount_captured + amount;
  const left = intent.amount_capturable - amount;
  const isSettled = isFinal || left === 0;
  const captured = world.store.save({
    ...charge,
    amount_captured: capturedSoFar,
    balance_transaction: balance.id,
    captured: true,
    metadata: mergeMetadata(charge.metadata, call.form),
    _captureBeforeMs: isSettled ? null : charge._captureBeforeMs,
  });
  const after = world.store.save({
    ...intent,
    amount_capturable: isSettled ? 0 : left,
    amount_received: capturedSoFar,
    metadata: mergeMetadata(intent.metadata, call.form),
    status: isSettled ? "succeeded" : "requires_capture",
  });
  book(world, call, { operation: "capture", intent: after, amount, chargeId: charge.id });
  if (isSettled && left > 0) book(world, call, { operation: "void", intent: after, amount: left, chargeId: charge.id });
  emit(world, call, "charge.captured", captured);
  const method = world.store.find("payment_method", intent.payment_method ?? "");
  if (isSettled && isDisputedCard(method?._token ?? "")) openDispute(world, call, captured, "fraudulent");
  emit(world, call, isSettled ? "payment_intent.succeeded" : "payment_intent.amount_capturable_updated", after);
  return { status: 200, body: publicView(after) };
};

/** Gives the intent up and lets go what is authorised and not captured. */
export const cancelIntent: Operation = (world, call) => {
  const intent = world.store.get("payment_intent", call.params["id"] ?? "");
  refuseUnless(intent, "canceled", [
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
  ]);
  const reason = textOf(call.form, "cancellation_reason") ?? null;
  return {
    status: 200,
    body: publicView(giveUp(world, call, { intent, reason, operation: "void" })),
  };
};

/**
 * Lets authorisations go that nobody captured in time, as Stripe does after seven days: one of which a part was captured has succeeded
 * with that, any other is cancelled. https://docs.stripe.com/payments/multicapture#final-capture
 */
export function expiryOfAuthorizations(world: StripeWorld): DueWork {
  const { database } = world;
  const openCharges = `FROM stripe_objects WHERE kind = 'charge' AND json_extract(body, '$._captureBeforeMs') IS NOT NULL`;
  return {
    runDue(nowMs) {
      const due = database.all<{ readonly intent: string }>(
        `SELECT payment_intent AS intent ${openCharges} AND json_extract(body, '$._captureBeforeMs') <= ? ORDER BY seq`,
        nowMs,
      );
      for (const row of due) {
        database.transaction(() => {
          const intent = world.store.get("payment_intent", row.intent);
          giveUp(world, ownCall, { intent, reason: "automatic", operation: "expire" });
        });
      }
    },
    nextDueMs: () =>
      database.first<{ readonly due: number | null }>(
        `SELECT MIN(json_extract(body, '$._captureBeforeMs')) AS due ${openCharges}`,
      )?.due ?? undefined,
  };
}

function giveUp(
  world: StripeWorld,
  call: StripeCall,
  how: {
    readonly intent: PaymentIntent;
    readonly reason: string | null;
    readonly operation: "void" | "expire";
  },
): PaymentIntent {
  const { intent, reason, operation } = how;
  const charge =
    intent.status === "requires_capture" ? world.store.get("charge", intent.latest_charge ?? "") : undefined;
  const isPartlyTaken = operation === "expire" && (charge?.amount_captured ?? 0) > 0;
  const ended = world.store.save({
    ...intent,
    amount_capturable: 0,
    next_action: null,
    ...(isPartlyTaken
      ? { status: "succeeded" }
      : { status: "canceled", canceled_at: nowSeconds(world), cancellation_reason: reason }),
  });
  if (charge) {
    const released = release(world, charge, intent.amount_capturable);
    book(world, call, { operation, intent, amount: intent.amount_capturable, chargeId: charge.id });
    if (!isPartlyTaken) emit(world, call, operation === "expire" ? "charge.expired" : "charge.refunded", released);
  }
  emit(world, call, isPartlyTaken ? "payment_intent.succeeded" : "payment_intent.canceled", ended);
  return ended;
}

/** Stripe shows an authorisation that was let go as a charge refunded without ever having been captured. */
function release(world: StripeWorld, charge: Charge, amount: number): Charge {
  const isUntouched = charge.amount_captured === 0;
  return world.store.save({
    ...charge,
    amount_refunded: isUntouched ? amount : charge.amount_refunded,
    refunded: isUntouched,
    _captureBeforeMs: null,
  });
}

function refuseAmount(intent: PaymentIntent, amount: number): void {
  if (amount < 1) {
    throw invalidParameter(
      "amount_to_capture",
      "This value must be greater than or equal to 1.",
      "parameter_invalid_integer",
    );
  }
  if (amount > intent.amount_capturable) {
    throw invalidParameter(
      "amount_to_capture",
      `The requested amount_to_capture (${amount}) is greater than the amount you can capture for this PaymentIntent (${intent.amount_capturable}).`,
      "amount_too_large",
    );
  }
}

function noMulticapture(intent: PaymentIntent): StripeRefusal {
  return new StripeRefusal(
    400,
    {
      type: "invalid_request_error",
      param: "final_capture",
      message:
        "Multicapture is not available for this PaymentIntent. Confirm it with " +
        "`payment_method_options[card][request_multicapture]=if_available` and a card that supports it.",
      payment_intent: publicView(intent),
    },
    true,
  );
}
