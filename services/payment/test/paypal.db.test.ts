import { randomUUID } from "node:crypto";
import { PaymentState, TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test from "ava";
import { KEEP_BEFORE_MS } from "../src/payment.ts";
import { eur, hourMs, startWorld, type World } from "./world.ts";

// Its first use is none of what is told here.
test.before(() => import("@paypal/paypal-server-sdk"));

const tenders = [{ means: { case: "paypal" as const, value: {} } }];
const dayMs = 24 * hourMs;

/** A payment that its payer has agreed to at PayPal, and come back from. */
async function promise(world: World, payer = "buyer"): Promise<string> {
  const { payment } = await world.authorize({ tenders });
  await world.atPayPal(payment, payer);
  await world.complete(payment?.id ?? "");
  return payment?.id ?? "";
}

async function moved(world: World): Promise<readonly string[]> {
  return (await world.deeds()).map(({ operation, amount }) => `${operation} ${amount}`);
}

test("a payer is sent to PayPal, comes back, and the amount is promised", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ tenders });
  t.is(payment?.state, PaymentState.REQUIRES_ACTION);
  const { location } = await world.atPayPal(payment, "buyer");
  t.regex(location, new RegExp(`^http://shop.test/checkout/payments/${payment?.id}[?]token=`));
  t.is((await world.complete(payment?.id ?? "")).state, PaymentState.AUTHORIZED);
  t.deepEqual(await moved(world), ["authorize 10000"]);
  t.like(await world.events(), [{ name: "PaymentActionRequired" }, { name: "PaymentAuthorized" }]);
});

test("a payer who agrees and never comes back is gone on with by PayPal's message", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ tenders });
  await world.atPayPal(payment, "buyer");
  await world.receivePayPal(await world.inbox.first("CHECKOUT.ORDER.APPROVED"));
  t.is((await world.get(payment?.id ?? ""))?.state, PaymentState.AUTHORIZED);
});

test("a payer who turns back may agree later; who never does lets the payment expire", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ tenders });
  const paymentId = payment?.id ?? "";
  await world.atPayPal(payment, undefined);
  t.is((await world.complete(paymentId)).state, PaymentState.REQUIRES_ACTION);
  world.clock.setOffsetMs(16 * 60_000);
  await world.runDue();
  t.is((await world.get(paymentId))?.state, PaymentState.EXPIRED);
  t.deepEqual(await moved(world), []);
});

const refusing = test.macro({
  exec: async (t, payer: string, failureReason: string) => {
    const world = await startWorld(t);
    const { payment } = await world.authorize({ tenders });
    await world.atPayPal(payment, payer);
    t.like(await world.complete(payment?.id ?? ""), { state: PaymentState.FAILED, failureReason });
    t.deepEqual(await moved(world), ["decline 10000"]);
  },
  title: (_, payer, reason) => `PayPal refuses "${payer}": ${reason}`,
});
test(refusing, "declined", "PAYMENT_DECLINED");
test(refusing, "refused", "PAYMENT_DECLINED");
test(refusing, "broke", "INSUFFICIENT_FUNDS");
test(refusing, "locked", "PAYMENT_DECLINED");
test(refusing, "denied", "PAYMENT_DECLINED");

const unsure = test.macro({
  exec: async (t, payer: string) => {
    const world = await startWorld(t, { timeoutMs: 1_500 });
    // On a busy machine an answer may come too late that nobody held back.
    const order = { tenders, paymentId: randomUUID(), orderGroupId: randomUUID() };
    let { payment } = await world.authorize(order);
    for (let tries = 1; payment?.actionUrl === "" && tries < 20; tries += 1)
      ({ payment } = await world.authorize(order));
    await world.atPayPal(payment, payer);
    const paymentId = payment?.id ?? "";
    t.is((await world.complete(paymentId)).state, PaymentState.REQUIRES_ACTION);
    // PayPal goes on, whoever has stopped to wait.
    await world.inbox.first("PAYMENT.AUTHORIZATION.CREATED");
    for (let minute = 1; minute <= 10; minute += 1) {
      world.clock.setOffsetMs(minute * 60_000);
      await world.runDue();
    }
    t.is((await world.get(paymentId))?.state, PaymentState.AUTHORIZED);
    t.deepEqual(await moved(world), ["authorize 10000"]);
  },
  title: (_, payer) => `PayPal gives no answer for "${payer}": it is asked again with the same key, and promises once`,
});

test(unsure, "timeout");
test(unsure, "reset");
test(unsure, "slow");

test("what PayPal reviews is promised once it has", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world, "pending");
  t.is((await world.get(paymentId))?.state, PaymentState.REQUIRES_ACTION);
  world.clock.setOffsetMs(6 * 60_000);
  await world.receivePayPal(await world.inbox.first("PAYMENT.AUTHORIZATION.CREATED"));
  t.is((await world.get(paymentId))?.state, PaymentState.AUTHORIZED);
});

test("a payer's account that only errors leaves the payment open until it expires", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world, "error500");
  t.is((await world.get(paymentId))?.state, PaymentState.REQUIRES_ACTION);
  t.deepEqual(await moved(world), []);
});

test("each parcel is captured for itself, the last gives up the rest, and the fee is booked", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  const first = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) });
  t.is(first.payment?.state, PaymentState.PARTIALLY_CAPTURED);
  const last = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(5_000n), final: true });
  t.like(last.payment, { state: PaymentState.CAPTURED, captured: eur(9_000n) });
  t.deepEqual(await moved(world), ["authorize 10000", "capture 4000", "capture 5000", "void 1000"]);
  t.true(((await world.balances({ paymentId }))["provider_fee"] ?? 0) > 0);
});

test("a refund beyond one capture goes back out of several, the oldest first, each once", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  for (const cents of [3_000n, 4_000n, 3_000n]) {
    await world.capture({ paymentId, captureId: randomUUID(), amount: eur(cents) });
  }
  const wanted = { paymentId, refundId: randomUUID(), amount: eur(3_500n) };
  t.is((await world.refund(wanted)).refund?.state, TransferState.SUCCEEDED);
  t.is((await world.refund(wanted)).refund?.state, TransferState.SUCCEEDED);
  const rest = await world.refund({ paymentId, refundId: randomUUID(), amount: eur(6_500n) });
  t.is(rest.payment?.state, PaymentState.REFUNDED);
  t.deepEqual((await moved(world)).slice(4), ["refund 3000", "refund 500", "refund 3500", "refund 3000"]);
  t.is((await world.balances({ paymentId }))["buyer_cash"], 0);
});

test("refunds at once share the captures out, and give back no more than was taken", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  for (const cents of [5_000n, 5_000n]) await world.capture({ paymentId, captureId: randomUUID(), amount: eur(cents) });
  const refunds = await Promise.all(
    [4_000n, 4_000n, 2_000n].map((cents) => world.refund({ paymentId, refundId: randomUUID(), amount: eur(cents) })),
  );
  t.true(refunds.every(({ refund }) => refund?.state === TransferState.SUCCEEDED));
  t.is((await world.get(paymentId))?.state, PaymentState.REFUNDED);
});

test("a void gives up the promise at PayPal, once", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  t.is((await world.giveUp(paymentId)).payment?.state, PaymentState.VOIDED);
  t.is((await world.giveUp(paymentId)).payment?.state, PaymentState.VOIDED);
  t.deepEqual(await moved(world), ["authorize 10000", "void 10000"]);
});

test("a payer who agrees after the payment was given up promises nothing", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ tenders });
  const paymentId = payment?.id ?? "";
  t.is((await world.giveUp(paymentId)).payment?.state, PaymentState.VOIDED);
  await world.atPayPal(payment, "buyer");
  t.is((await world.complete(paymentId)).state, PaymentState.VOIDED);
  await world.receivePayPal(await world.inbox.first("CHECKOUT.ORDER.APPROVED"));
  t.deepEqual(await moved(world), []);
});

test("re-authorised after the honor period, captured from the new promise, and void by the first", async (t) => {
  const world = await startWorld(t);
  const [paymentId, other] = [await promise(world), await promise(world)];
  world.clock.setOffsetMs(3 * dayMs - hourMs);
  await world.runDue();
  const before = await world.inbox.first("PAYMENT.AUTHORIZATION.CREATED", 1);
  t.truthy(before);
  world.clock.setOffsetMs(3 * dayMs + hourMs);
  await world.runDue();
  await world.inbox.first("PAYMENT.AUTHORIZATION.CREATED", 3);
  const { capture } = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(10_000n), final: true });
  t.is(capture?.state, TransferState.SUCCEEDED);
  t.is((await world.giveUp(other)).payment?.state, PaymentState.VOIDED);
  t.deepEqual((await moved(world)).toSorted(), ["authorize 10000", "authorize 10000", "capture 10000", "void 10000"]);
});

test("a promise that PayPal does not renew stands, and is taken before it lapses after 29 days", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world, "no-renewal");
  world.clock.setOffsetMs(3 * dayMs + hourMs);
  await world.runDue();
  t.is((await world.get(paymentId))?.state, PaymentState.AUTHORIZED);
  t.deepEqual(await moved(world), ["authorize 10000"]);
  world.clock.setOffsetMs(29 * dayMs - KEEP_BEFORE_MS + hourMs);
  await world.runDue();
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000"]);
  const { payment } = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(6_000n), final: true });
  t.like(payment, { state: PaymentState.CAPTURED, captured: eur(6_000n) });
  t.deepEqual((await moved(world)).slice(2), ["refund 4000"]);
});

test("a capture that PayPal reviews is pending until it is through; one that it declines has failed, and is not final", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world, "capture-pending");
  const wanted = { paymentId, captureId: randomUUID(), amount: eur(4_000n) };
  t.is((await world.capture(wanted)).capture?.state, TransferState.PENDING);
  world.clock.setOffsetMs(6 * 60_000);
  await world.receivePayPal(await world.inbox.first("PAYMENT.CAPTURE.COMPLETED"));
  t.is((await world.capture(wanted)).capture?.state, TransferState.SUCCEEDED);
  const declined = await promise(world, "capture-declined");
  const failing = { paymentId: declined, captureId: randomUUID(), amount: eur(4_000n) };
  t.is((await world.capture(failing)).capture?.state, TransferState.FAILED);
  t.is((await world.get(declined))?.state, PaymentState.AUTHORIZED);
});

test("a chargeback at PayPal is on record, and evidence decides it", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world, "dispute");
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(10_000n), final: true });
  await world.receivePayPal(await world.inbox.first("CUSTOMER.DISPUTE.CREATED"));
  t.is((await world.get(paymentId))?.state, PaymentState.DISPUTED);
  t.is((await world.balances({ paymentId }))["reserve"], -10_000);
  const [dispute] = await world.disputes();
  t.like(await world.answer(dispute?.id ?? "", "winning_evidence"), { answered: true });
  t.is((await world.get(paymentId))?.state, PaymentState.WON);
  t.is((await world.balances({ paymentId }))["reserve"], 0);
});
