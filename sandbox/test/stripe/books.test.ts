import test from "ava";
import Stripe from "stripe";
import { startWorld } from "../world.ts";
import { authorize, authorizeInParts, ledgerOf, refusalOf } from "./pay.ts";

test("refunds take what remains and no more", async (t) => {
  const world = await startWorld(t);
  const intent = await authorize(world, 1000, { capture_method: "automatic" });
  const first = await world.stripe.refunds.create({
    payment_intent: intent.id,
    amount: 400,
    metadata: { line: "1" },
  });
  t.like(first, { amount: 400, status: "succeeded", payment_intent: intent.id });
  const tooMuch = await refusalOf(t, world.stripe.refunds.create({ payment_intent: intent.id, amount: 601 }));
  t.is(tooMuch.param, "amount");
  const rest = await world.stripe.refunds.create({ payment_intent: intent.id });
  t.is(rest.amount, 600);
  const again = await refusalOf(t, world.stripe.refunds.create({ payment_intent: intent.id }));
  t.is(again.code, "charge_already_refunded");
  t.deepEqual((await ledgerOf(world, intent.id)).totals["usd"], {
    captured: 1000,
    refunded: 1000,
    net: 0,
    held: 0,
  });
  const listed = await world.stripe.refunds.list({ payment_intent: intent.id });
  t.deepEqual(
    listed.data.map(({ id }) => id),
    [rest.id, first.id],
  );
});

test("between two captures only what was captured can be refunded", async (t) => {
  const world = await startWorld(t);
  const intent = await authorizeInParts(world, 6000);
  await world.stripe.paymentIntents.capture(intent.id, {
    amount_to_capture: 1000,
    final_capture: false,
  });
  await world.stripe.refunds.create({ payment_intent: intent.id, amount: 1000 });
  await world.stripe.paymentIntents.capture(intent.id, { amount_to_capture: 500 });
  const refund = await world.stripe.refunds.create({ payment_intent: intent.id });
  t.is(refund.amount, 500);
});

test("payments are found by their metadata", async (t) => {
  const world = await startWorld(t);
  const wanted = await authorize(world, 1000, { metadata: { order_id: "o-7" } });
  await authorize(world, 1000, { metadata: { order_id: "o-8" } });
  const found = await world.stripe.paymentIntents.search({
    query: "metadata['order_id']:'o-7' AND status:'requires_capture'",
  });
  t.deepEqual(
    found.data.map(({ id }) => id),
    [wanted.id],
  );
});

test("lists are paged newest first and the client walks through all pages", async (t) => {
  const world = await startWorld(t);
  const made: string[] = [];
  for (let count = 0; count < 5; count += 1) made.unshift((await authorize(world, 1000 + count)).id);
  const walked: string[] = [];
  for await (const intent of world.stripe.paymentIntents.list({ limit: 2 })) walked.push(intent.id);
  t.deepEqual(walked, made);
});

test("the balance at the provider equals captures less refunds less fees", async (t) => {
  const world = await startWorld(t);
  const intent = await authorize(world, 10_000, { capture_method: "automatic" });
  await world.stripe.refunds.create({ payment_intent: intent.id, amount: 2500 });
  const { data } = await world.stripe.balanceTransactions.list();
  t.deepEqual(
    data.map(({ type, amount, fee, net }) => ({ type, amount, fee, net })),
    [
      { type: "refund", amount: -2500, fee: 0, net: -2500 },
      { type: "charge", amount: 10_000, fee: 320, net: 9680 },
    ],
  );
});

test("a customer keeps the cards that were attached", async (t) => {
  const world = await startWorld(t);
  const customer = await world.stripe.customers.create({ email: "ada@example.test" });
  const method = await world.stripe.paymentMethods.attach("pm_card_visa", {
    customer: customer.id,
  });
  const intent = await authorize(world, 1000, { customer: customer.id, payment_method: method.id });
  t.like(intent, { status: "requires_capture", customer: customer.id, payment_method: method.id });
  t.deepEqual(
    (await world.stripe.customers.listPaymentMethods(customer.id)).data.map(({ id }) => id),
    [method.id],
  );
  await world.stripe.paymentMethods.detach(method.id);
  t.is((await world.stripe.paymentMethods.list({ customer: customer.id })).data.length, 0);
});

test("a wrong key, an unknown object and a missing parameter are refused as Stripe refuses them", async (t) => {
  const world = await startWorld(t);
  const stranger = new Stripe("sk_test_other", {
    host: "127.0.0.1",
    port: new URL(world.url).port,
    protocol: "http",
  });
  t.is((await refusalOf(t, stranger.paymentIntents.list())).type, "StripeAuthenticationError");
  const missing = await refusalOf(t, world.stripe.paymentIntents.retrieve("pi_nothing"));
  t.is(missing.code, "resource_missing");
  t.is(missing.statusCode, 404);
  const incomplete = await refusalOf(t, world.stripe.refunds.create({}));
  t.is(incomplete.param, "payment_intent");
  const small = await refusalOf(t, authorize(world, 1));
  t.is(small.code, "amount_too_small");
});
