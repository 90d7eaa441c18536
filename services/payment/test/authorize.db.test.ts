import { randomUUID } from "node:crypto";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test from "ava";
import { ACTION_TTL_MS, ASK_AGAIN_MS, GIVE_UP_MS } from "../src/payment.ts";
import { hourMs, startWorld, type World } from "./world.ts";

/** Shorter than the sandbox hangs, long enough for a busy machine. */
const impatient = { timeoutMs: 1_000 };

async function namesOf(world: World): Promise<readonly string[]> {
  return (await world.events()).map(({ name }) => name);
}

async function operations(world: World): Promise<readonly string[]> {
  return (await world.deeds()).map(({ operation }) => operation);
}

async function finish3ds(actionUrl: string | undefined, how: "complete" | "fail") {
  await fetch(`${actionUrl}/${how}`, { method: "POST", redirect: "manual" });
}

test("a good card is promised once, however often it is asked for", async (t) => {
  const world = await startWorld(t);
  const order = { paymentId: randomUUID(), orderGroupId: randomUUID() };
  const first = await world.authorize(order);
  const again = await world.authorize(order);
  t.like(first.payment, { state: PaymentState.AUTHORIZED, failureReason: "", actionUrl: "" });
  t.like(first.payment?.tenders?.[0], { cardBrand: "visa", cardLastFour: "4242" });
  t.regex(first.payment?.providerReference ?? "", /^pi_/);
  t.deepEqual(again.payment, first.payment);
  t.deepEqual(await world.deeds().then((deeds) => deeds.map(({ idempotencyKey }) => idempotencyKey)), [
    `${order.paymentId}/authorize`,
  ]);
  t.deepEqual(await namesOf(world), ["PaymentAuthorized"]);
});

test("an id is not promised again for another amount or group", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  await t.throwsAsync(world.authorize({ paymentId }), { message: /payment mismatch/ });
});

const declined = test.macro({
  async exec(t, token: string, reason: string) {
    const world = await startWorld(t);
    const { payment } = await world.authorize({ token });
    t.like(payment, { state: PaymentState.FAILED, failureReason: reason });
    t.like(await world.events(), [{ name: "PaymentFailed", reason }]);
    t.deepEqual(await operations(world), ["decline"]);
  },
  title: (_, token, reason) => `${token} is ${reason}`,
});
test(declined, "pm_card_visa_chargeDeclined", "CARD_DECLINED");
test(declined, "pm_card_visa_chargeDeclinedInsufficientFunds", "INSUFFICIENT_FUNDS");
test(declined, "pm_card_chargeDeclinedExpiredCard", "CARD_EXPIRED");
test(declined, "pm_card_chargeDeclinedIncorrectCvc", "INCORRECT_CVC");
test(declined, "pm_card_chargeDeclinedProcessingError", "PROCESSING_ERROR");
test(declined, "pm_card_visa_chargeDeclinedStolenCard", "CARD_DECLINED");

test("a time-out is UNKNOWN, and asking again with the same key resolves it", async (t) => {
  const world = await startWorld(t, impatient);
  const order = {
    token: "pm_sandbox_timeoutAfterCharge",
    paymentId: randomUUID(),
    orderGroupId: randomUUID(),
  };
  t.is((await world.authorize(order)).payment?.state, PaymentState.UNKNOWN);
  t.deepEqual(await namesOf(world), []);
  t.is((await world.authorize(order)).payment?.state, PaymentState.AUTHORIZED);
  t.deepEqual(await operations(world), ["authorize"]);
  t.deepEqual(await namesOf(world), ["PaymentAuthorized"]);
});

test("a process that dies before it wrote the answer down charges once all the same", async (t) => {
  const world = await startWorld(t);
  const order = { paymentId: randomUUID(), orderGroupId: randomUUID() };
  world.dieAt(2);
  await t.throwsAsync(world.authorize(order), { message: "killed" });
  t.deepEqual(await operations(world), ["authorize"]);
  world.dieAt(0);
  t.is((await world.authorize(order)).payment?.state, PaymentState.AUTHORIZED);
  t.deepEqual(await operations(world), ["authorize"]);
});

test("a process that dies before it wrote the intent down asks nobody for money", async (t) => {
  const world = await startWorld(t);
  world.dieAt(1);
  await t.throwsAsync(world.authorize({}), { message: "killed" });
  t.deepEqual(await operations(world), []);
});

test("the schedule resolves a time-out that nobody asks about", async (t) => {
  const world = await startWorld(t, impatient);
  const { payment } = await world.authorize({ token: "pm_sandbox_timeoutAfterCharge" });
  await world.runDue();
  t.is((await world.get(payment?.id ?? ""))?.state, PaymentState.UNKNOWN);
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  t.is((await world.get(payment?.id ?? ""))?.state, PaymentState.AUTHORIZED);
  t.deepEqual(await operations(world), ["authorize"]);
});

test("a payment that cannot be asked about keeps none of the others waiting, and is asked about later each time", async (t) => {
  const world = await startWorld(t, impatient);
  const [poisoned, other] = [
    await world.authorize({ token: "pm_sandbox_timeoutAfterCharge" }),
    await world.authorize({ token: "pm_sandbox_timeoutAfterCharge" }),
  ].map(({ payment }) => payment?.id ?? "");
  const { sql } = world.database;
  await sql.execute("UPDATE payment SET authorization = '{', ask_ms = ask_ms - 1 WHERE id = ?", [poisoned ?? ""]);
  const waitsMs = async () => {
    const row = await sql.row<{ ask_ms: string }>("SELECT ask_ms FROM payment WHERE id = ?", [poisoned ?? ""]);
    return Number(row?.ask_ms) - world.clock.now();
  };
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  t.is((await world.get(other ?? ""))?.state, PaymentState.AUTHORIZED);
  const first = await waitsMs();
  t.true(first > 0);
  world.clock.setOffsetMs(hourMs);
  await world.runDue();
  t.true((await waitsMs()) > 2 * first);
});

test("an answer lost for hours is found by our id", async (t) => {
  const world = await startWorld(t, impatient);
  const { payment } = await world.authorize({ token: "pm_sandbox_timeoutAfterCharge" });
  world.clock.setOffsetMs(GIVE_UP_MS + 1_000);
  await world.runDue();
  t.is((await world.get(payment?.id ?? ""))?.state, PaymentState.AUTHORIZED);
});

test("an authorisation that never came about is given up in the end", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ token: "pm_sandbox_error500" });
  t.is(payment?.state, PaymentState.UNKNOWN);
  world.clock.setOffsetMs(GIVE_UP_MS + 1_000);
  await world.runDue();
  await world.runDue();
  t.like(await world.get(payment?.id ?? ""), {
    state: PaymentState.FAILED,
    failureReason: "PROCESSING_ERROR",
  });
  t.deepEqual(await namesOf(world), ["PaymentFailed"]);
});

test("a payer who completes 3-D Secure has promised the amount", async (t) => {
  const world = await startWorld(t);
  const order = {
    token: "pm_card_threeDSecure2Required",
    paymentId: randomUUID(),
    orderGroupId: randomUUID(),
  };
  const { payment } = await world.authorize(order);
  t.is(payment?.state, PaymentState.REQUIRES_ACTION);
  t.true(payment?.actionUrl?.startsWith(`${world.url}/stripe/3ds/`));
  t.is((await world.complete(order.paymentId)).state, PaymentState.REQUIRES_ACTION);
  await finish3ds(payment?.actionUrl, "complete");
  t.like(await world.complete(order.paymentId), {
    state: PaymentState.AUTHORIZED,
    orderGroupId: order.orderGroupId,
  });
  t.like((await world.authorize(order)).payment, { state: PaymentState.AUTHORIZED, actionUrl: "" });
  t.deepEqual(await namesOf(world), ["PaymentActionRequired", "PaymentAuthorized"]);
});

test("a payer who fails 3-D Secure is refused", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ token: "pm_card_threeDSecure2Required" });
  await finish3ds(payment?.actionUrl, "fail");
  t.like(await world.complete(payment?.id ?? ""), {
    state: PaymentState.FAILED,
    failureReason: "AUTHENTICATION_FAILED",
  });
});

test("a payer who does not act in time promises nothing", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ token: "pm_card_threeDSecure2Required" });
  world.clock.setOffsetMs(ACTION_TTL_MS + 1_000);
  await world.runDue();
  t.like(await world.get(payment?.id ?? ""), {
    state: PaymentState.EXPIRED,
    failureReason: "ACTION_EXPIRED",
  });
  t.deepEqual(await namesOf(world), ["PaymentActionRequired", "PaymentFailed"]);
});

test("a promise that nobody took lapses after seven days", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  world.clock.setOffsetMs(7 * 24 * 3_600_000 + 120_000);
  await world.inbox.first("payment_intent.canceled");
  await world.runDue();
  t.like(await world.get(payment?.id ?? ""), {
    state: PaymentState.EXPIRED,
    failureReason: "AUTHORIZATION_EXPIRED",
  });
});

test("a void gives the promise up, and once more changes nothing", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  t.is((await world.giveUp(paymentId)).payment?.state, PaymentState.VOIDED);
  t.is((await world.giveUp(paymentId)).payment?.state, PaymentState.VOIDED);
  t.deepEqual(await operations(world), ["authorize", "void"]);
  t.like(await world.events(), [{ name: "PaymentAuthorized" }, { name: "PaymentVoided", reason: "ORDER_CANCELLED" }]);
});

test("a void of an unknown id refuses the authorisation that comes late", async (t) => {
  const world = await startWorld(t);
  const paymentId = randomUUID();
  t.is((await world.giveUp(paymentId)).payment, undefined);
  t.is((await world.giveUp(paymentId)).payment, undefined);
  await t.throwsAsync(world.authorize({ paymentId }), { message: /payment voided/ });
  await t.throwsAsync(world.get(paymentId), { message: /payment not found/ });
  t.deepEqual(await world.deeds(), []);
});

test("a void of a declined payment has nothing to give up", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ token: "pm_card_visa_chargeDeclined" });
  t.is((await world.giveUp(payment?.id ?? "")).payment?.state, PaymentState.FAILED);
});

test("a void of an UNKNOWN payment gives up what was promised all the same", async (t) => {
  const world = await startWorld(t, impatient);
  const { payment } = await world.authorize({ token: "pm_sandbox_timeoutAfterCharge" });
  t.is((await world.giveUp(payment?.id ?? "")).payment?.state, PaymentState.VOIDED);
  t.deepEqual(await operations(world), ["authorize", "void"]);
});

test("a void that the provider does not answer is carried out later", async (t) => {
  const world = await startWorld(t, impatient);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  const operation = "cancelPaymentIntent";
  await world.switchOn({ provider: "stripe", kind: "timeoutBefore", operation });
  t.is((await world.giveUp(paymentId)).payment?.state, PaymentState.UNKNOWN);
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  t.is((await world.get(paymentId))?.state, PaymentState.VOIDED);
});

test("an authorisation takes two commits and at most six statements", async (t) => {
  const world = await startWorld(t);
  await world.authorize({});
  const { commits, statements } = world.counts();
  t.is(commits, 2);
  t.true(statements <= 6, `${statements} statements`);
});
