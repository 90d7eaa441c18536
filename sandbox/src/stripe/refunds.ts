import { newId } from "../ids.ts";
import { recordBalance } from "./charges.ts";
import { integerOf, mergeMetadata } from "./fields.ts";
import { textOf } from "./form.ts";
import { publicView, type Charge, type Refund } from "./objects.ts";
import { invalidParameter, missingParameter, StripeRefusal } from "./refusal.ts";
import { book, emit, nowSeconds, type Operation, type StripeCall, type StripeWorld } from "./world.ts";

/** Gives back some or all of what was captured and not yet refunded; nothing of what the payer's bank has taken back. */
export const createRefund: Operation = (world, call) => {
  const charge = chargeToRefund(world, call);
  if (charge._isBanks === true) throw chargedBack(charge);
  const remains = charge.amount_captured - charge.amount_refunded;
  if (remains <= 0) throw nothingLeft(charge);
  const amount = integerOf(call.form, "amount") ?? remains;
  if (amount < 1) {
    throw invalidParameter("amount", "This value must be greater than or equal to 1.", "parameter_invalid_integer");
  }
  if (amount > remains) {
    throw invalidParameter(
      "amount",
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${remains})`,
      "charge_refund_amount_too_large",
    );
  }
  const refund = world.store.save(newRefund(world, call, charge, amount));
  const refunded = world.store.save({
    ...charge,
    amount_refunded: charge.amount_refunded + amount,
    // What is still authorised may be captured, and then refunded, later.
    refunded: amount === remains && charge._captureBeforeMs === null,
  });
  const intent = world.store.get("payment_intent", charge.payment_intent);
  book(world, call, {
    operation: "refund",
    intent,
    amount,
    chargeId: charge.id,
    refundId: refund.id,
    metadata: refund.metadata,
  });
  emit(world, call, "refund.created", refund);
  emit(world, call, "charge.refunded", refunded);
  return { status: 200, body: publicView(refund) };
};

export const updateRefund: Operation = (world, call) => {
  const before = world.store.get("refund", call.params["id"] ?? "");
  const after = world.store.save({
    ...before,
    metadata: mergeMetadata(before.metadata, call.form),
  });
  return { status: 200, body: publicView(after) };
};

function chargeToRefund(world: StripeWorld, call: StripeCall): Charge {
  const chargeId = textOf(call.form, "charge");
  if (chargeId !== undefined) return world.store.get("charge", chargeId, "charge");
  const intentId = textOf(call.form, "payment_intent");
  if (intentId === undefined) throw missingParameter("payment_intent");
  const intent = world.store.get("payment_intent", intentId, "payment_intent");
  const charge = intent.latest_charge === null ? undefined : world.store.find("charge", intent.latest_charge);
  if (!charge?.paid || charge.amount_captured === 0) {
    throw new StripeRefusal(
      400,
      {
        type: "invalid_request_error",
        code: "payment_intent_unexpected_state",
        message: `This PaymentIntent (${intentId}) does not have a successful charge to refund.`,
      },
      true,
    );
  }
  return charge;
}

function nothingLeft(charge: Charge): StripeRefusal {
  return new StripeRefusal(
    400,
    {
      type: "invalid_request_error",
      code: "charge_already_refunded",
      message: `Charge ${charge.id} has already been refunded.`,
    },
    true,
  );
}

function chargedBack(charge: Charge): StripeRefusal {
  return new StripeRefusal(
    400,
    {
      type: "invalid_request_error",
      code: "charge_disputed",
      message: `Charge ${charge.id} has been charged back; cannot issue a refund.`,
    },
    true,
  );
}

function newRefund(world: StripeWorld, call: StripeCall, charge: Charge, amount: number): Refund {
  const id = newId("re");
  const balance = recordBalance(world, {
    type: "refund",
    source: id,
    amount: -amount,
    currency: charge.currency,
  });
  return {
    id,
    object: "refund",
    amount,
    balance_transaction: balance.id,
    charge: charge.id,
    created: nowSeconds(world),
    currency: charge.currency,
    destination_details: {
      card: {
        reference_status: "pending",
        reference_type: "acquirer_reference_number",
        type: "refund",
      },
      type: "card",
    },
    metadata: mergeMetadata({}, call.form),
    payment_intent: charge.payment_intent,
    reason: textOf(call.form, "reason") ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  };
}
