import test from "ava";
import { hourMs, setClock, startWorld } from "../world.ts";
import { authorize, authorizeInParts, ledgerOf, refusalOf } from "./pay.ts";

test("an authorised payment holds its amount until it is captured", async (t) => {
  const world = await startWorld(t);
  const intent = await authorize(world, 4200, { metadata: { order_id: "o-1" } });
  t.like(intent, {
    status: "requires_capture",
    amount_capturable: 4200,
    amount_received: 0,
    metadata: { order_id: "o-1" },
  });
  const captured = await world.stripe.paymentIntents.capture(intent.id);
  t.like(captured, { status: "succeeded", amount_capturable: 0, amount_received: 4200 });
  t.deepEqual((await ledgerOf(world, intent.id)).totals, {
    usd: { captured: 4200, refunded: 0, net: 4200, held: 0 },
  });
});

test("a payment with automatic capture is paid at once", async (t) => {
  const world = await startWorld(t);
  const intent = await authorize(world, 999, {
    capture_method: "automatic",
    payment_method: "pm_card_mastercard",
    expand: ["latest_charge.balance_transaction"],
  });
  t.is(intent.status, "succeeded");
  t.like(intent.latest_charge, {
    captured: true,
    amount_captured: 999,
    payment_method_details: { card: { brand: "mastercard", last4: "4444" } },
    balance_transaction: { amount: 999, fee: 59, net: 940 },
  });
});

test("a partial final capture lets the rest go", async (t) => {
  const world = await startWorld(t);
  const intent = await authorize(world, 5000);
  const captured = await world.stripe.paymentIntents.capture(intent.id, {
    amount_to_capture: 3000,
  });
  t.like(captured, { status: "succeeded", amount_received: 3000, amount_capturable: 0 });
  const { entries, totals } = await ledgerOf(world, intent.id);
  t.deepEqual(
    entries.map(({ operation, amount }) => [operation, amount]),
    [
      ["authorize", 5000],
      ["capture", 3000],
      ["void", 2000],
    ],
  );
  t.is(totals["usd"]?.held, 0);
});

test("a payment is captured parcel by parcel where the card allows it", async (t) => {
  const world = await startWorld(t);
  const intent = await authorizeInParts(world, 6000);
  const first = await world.stripe.paymentIntents.capture(intent.id, {
    amount_to_capture: 1000,
    final_capture: false,
  });
  t.like(first, { status: "requires_capture", amount_received: 1000, amount_capturable: 5000 });
  const second = await world.stripe.paymentIntents.capture(intent.id, {
    amount_to_capture: 2000,
    final_capture: false,
  });
  t.like(second, { status: "requires_capture", amount_received: 3000, amount_capturable: 3000 });
  const last = await world.stripe.paymentIntents.capture(intent.id, { amount_to_capture: 2500 });
  t.like(last, { status: "succeeded", amount_received: 5500, amount_capturable: 0 });
  t.deepEqual((await ledgerOf(world, intent.id)).totals["usd"], {
    captured: 5500,
    refunded: 0,
    net: 5500,
    held: 0,
  });
});

test("a card that allows one capture refuses a capture that is not final", async (t) => {
  const world = await startWorld(t);
  const intent = await authorize(world, 6000, {
    payment_method: "pm_sandbox_singleCapture",
    payment_method_options: { card: { request_multicapture: "if_available" } },
    expand: ["latest_charge"],
  });
  t.like(intent.latest_charge, {
    payment_method_details: { card: { multicapture: { status: "unavailable" } } },
  });
  const error = await refusalOf(
    t,
    world.stripe.paymentIntents.capture(intent.id, {
      amount_to_capture: 100,
      final_capture: false,
    }),
  );
  t.is(error.param, "final_capture");
});

test("more than what is authorised cannot be captured", async (t) => {
  const world = await startWorld(t);
  const intent = await authorize(world, 1000);
  const error = await refusalOf(t, world.stripe.paymentIntents.capture(intent.id, { amount_to_capture: 1001 }));
  t.is(error.code, "amount_too_large");
});

test("a cancelled authorisation lets its money go and cannot be captured", async (t) => {
  const world = await startWorld(t);
  const intent = await authorize(world, 1500);
  const canceled = await world.stripe.paymentIntents.cancel(intent.id, {
    cancellation_reason: "abandoned",
  });
  t.like(canceled, { status: "canceled", cancellation_reason: "abandoned", amount_capturable: 0 });
  const error = await refusalOf(t, world.stripe.paymentIntents.capture(intent.id));
  t.is(error.code, "payment_intent_unexpected_state");
  t.deepEqual((await ledgerOf(world, intent.id)).totals["usd"], {
    captured: 0,
    refunded: 0,
    net: 0,
    held: 0,
  });
});

test("an authorisation lapses seven days later by the virtual clock", async (t) => {
  const world = await startWorld(t);
  const intent = await authorize(world, 1500);
  await setClock(world, 167 * hourMs);
  t.is((await world.stripe.paymentIntents.retrieve(intent.id)).status, "requires_capture");
  await setClock(world, 168 * hourMs + 1000);
  t.like(await world.stripe.paymentIntents.retrieve(intent.id), {
    status: "canceled",
    cancellation_reason: "automatic",
  });
  t.is((await ledgerOf(world, intent.id)).entries.at(-1)?.operation, "expire");
});

const declined = test.macro({
  async exec(t, token: string, code: string, declineCode: string | undefined) {
    const world = await startWorld(t);
    const error = await refusalOf(t, authorize(world, 1000, { payment_method: token }));
    t.is(error.type, "StripeCardError");
    t.is(error.code, code);
    t.is(error.decline_code, declineCode);
    const intentId = error.payment_intent?.id ?? "";
    const intent = await world.stripe.paymentIntents.retrieve(intentId);
    t.like(intent, { status: "requires_payment_method", last_payment_error: { code } });
    t.deepEqual(
      (await ledgerOf(world, intentId)).entries.map(({ operation }) => operation),
      ["decline"],
    );
  },
  title: (_, token: string) => `${token} is declined and nothing is charged`,
});
test(declined, "pm_card_visa_chargeDeclined", "card_declined", "generic_decline");
test(declined, "pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds");
test(declined, "pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card");
test(declined, "pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc");
test(declined, "pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error");

test("a declined payment can be confirmed with another card", async (t) => {
  const world = await startWorld(t);
  const error = await refusalOf(t, authorize(world, 1000, { payment_method: "pm_card_visa_chargeDeclined" }));
  const intent = await world.stripe.paymentIntents.confirm(error.payment_intent?.id ?? "", {
    payment_method: "pm_card_visa",
  });
  t.is(intent.status, "requires_capture");
});

test("confirming with redirecting methods wants a return address", async (t) => {
  const world = await startWorld(t);
  const error = await refusalOf(
    t,
    world.stripe.paymentIntents.create({
      amount: 1000,
      currency: "usd",
      confirm: true,
      payment_method: "pm_card_visa",
    }),
  );
  t.is(error.param, "return_url");
});
