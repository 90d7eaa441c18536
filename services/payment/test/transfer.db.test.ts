import { randomUUID } from "node:crypto";
import { PaymentState, TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test from "ava";
import { ASK_AGAIN_MS } from "../src/payment.ts";
import { eur, startWorld, type World } from "./world.ts";

const impatient = { timeoutMs: 1_000 };

async function promise(world: World, token = "pm_card_visa"): Promise<string> {
  const { payment } = await world.authorize({ token });
  return payment?.id ?? "";
}

async function moved(world: World): Promise<readonly string[]> {
  return (await world.deeds()).map(({ operation, amount }) => `${operation} ${amount}`);
}

test("each parcel is captured for itself where the card allows several captures", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  const first = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) });
  t.is(first.capture?.state, TransferState.SUCCEEDED);
  t.is(first.payment?.state, PaymentState.PARTIALLY_CAPTURED);
  const captureId = randomUUID();
  const last = await world.capture({ paymentId, captureId, amount: eur(5_000n), final: true });
  t.like(last.payment, { state: PaymentState.CAPTURED, captured: eur(9_000n) });
  t.deepEqual(await moved(world), ["authorize 10000", "capture 4000", "capture 5000", "void 1000"]);
  t.like(await world.events(), [
    { name: "PaymentAuthorized" },
    { name: "PaymentCaptured", amount: eur(4_000n), capturedTotal: eur(4_000n) },
    { name: "PaymentCaptured", captureId, amount: eur(5_000n), capturedTotal: eur(9_000n) },
  ]);
});

test("a card that allows one capture is captured whole at the first parcel", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world, "pm_sandbox_singleCapture");
  const first = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) });
  t.like(first.payment, { state: PaymentState.CAPTURED, captured: eur(4_000n) });
  const second = await world.capture({
    paymentId,
    captureId: randomUUID(),
    amount: eur(6_000n),
    final: true,
  });
  t.is(second.capture?.state, TransferState.SUCCEEDED);
  t.deepEqual(second.payment?.captured, eur(10_000n));
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000"]);
  t.is((await world.balances({ paymentId }))["seller_payable"], 10_000);
});

test("the sum of captures never exceeds what is authorised", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(7_000n) });
  const tooMuch = { paymentId, captureId: randomUUID(), amount: eur(3_001n) };
  await t.throwsAsync(world.capture(tooMuch), { message: /capture too large/ });
});

test("captures side by side never exceed what is authorised", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 4 }, () => world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) })),
  );
  t.is(outcomes.filter(({ status }) => status === "fulfilled").length, 2);
  t.deepEqual((await world.get(paymentId))?.captured, eur(8_000n));
});

test("a repeated capture takes nothing twice", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  const wanted = { paymentId, captureId: randomUUID(), amount: eur(4_000n) };
  const answers = await Promise.all([world.capture(wanted), world.capture(wanted)]);
  const later = await world.capture(wanted);
  t.is(later.capture?.state, TransferState.SUCCEEDED);
  t.true(answers.some(({ capture }) => capture?.state === TransferState.SUCCEEDED));
  t.deepEqual(await moved(world), ["authorize 10000", "capture 4000"]);
  await t.throwsAsync(world.capture({ ...wanted, amount: eur(5_000n) }), {
    message: /capture mismatch/,
  });
});

test("a capture whose answer got lost is taken once and booked once", async (t) => {
  const world = await startWorld(t, impatient);
  const paymentId = await promise(world);
  const operation = "capturePaymentIntent";
  await world.switchOn({ provider: "stripe", kind: "timeoutAfter", operation });
  const wanted = { paymentId, captureId: randomUUID(), amount: eur(4_000n) };
  t.is((await world.capture(wanted)).capture?.state, TransferState.PENDING);
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  t.like(await world.get(paymentId), {
    state: PaymentState.PARTIALLY_CAPTURED,
    captured: eur(4_000n),
  });
  t.deepEqual(await moved(world), ["authorize 10000", "capture 4000"]);
  t.is((await world.balances({ paymentId }))["buyer_cash"], -4_000);
});

test("a process that dies before it wrote a capture's answer down takes once and books once", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  const wanted = { paymentId, captureId: randomUUID(), amount: eur(4_000n) };
  world.dieAt(world.counts().commits + 2);
  await t.throwsAsync(world.capture(wanted), { message: "killed" });
  world.dieAt(0);
  t.is((await world.capture(wanted)).capture?.state, TransferState.SUCCEEDED);
  t.deepEqual(await moved(world), ["authorize 10000", "capture 4000"]);
  t.is((await world.balances({ paymentId }))["buyer_cash"], -4_000);
});

test("what was voided cannot be captured, and what was captured cannot be voided", async (t) => {
  const world = await startWorld(t);
  const [voided, captured] = [await promise(world), await promise(world)];
  await world.giveUp(voided);
  const capture = { captureId: randomUUID(), amount: eur(1_000n) };
  await t.throwsAsync(world.capture({ paymentId: voided, ...capture }), { message: /payment state/ });
  await world.capture({ paymentId: captured, ...capture });
  await t.throwsAsync(world.giveUp(captured), { message: /payment state/ });
});

test("the sum of refunds never exceeds what was captured", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n), final: true });
  const refundId = randomUUID();
  const part = await world.refund({ paymentId, refundId, amount: eur(1_500n) });
  t.is(part.payment?.state, PaymentState.PARTIALLY_REFUNDED);
  await world.refund({ paymentId, refundId, amount: eur(1_500n) });
  const tooMuch = { paymentId, refundId: randomUUID(), amount: eur(2_501n) };
  await t.throwsAsync(world.refund(tooMuch), { message: /refund too large/ });
  const rest = await world.refund({ paymentId, refundId: randomUUID(), amount: eur(2_500n) });
  t.is(rest.payment?.state, PaymentState.REFUNDED);
  t.deepEqual((await moved(world)).slice(-2), ["refund 1500", "refund 2500"]);
  t.like((await world.events()).slice(-2), [
    { name: "PaymentRefunded", refundId, refundedTotal: eur(1_500n), reason: "ORDER_CANCELLED" },
    { name: "PaymentRefunded", refundedTotal: eur(4_000n) },
  ]);
});

test("what never ships of a card taken whole goes back to it, once", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world, "pm_sandbox_singleCapture");
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) });
  const wanted = { paymentId, releaseId: randomUUID(), amount: eur(6_000n) };
  t.is((await world.release(wanted)).state, TransferState.SUCCEEDED);
  const again = await world.release(wanted);
  t.like(again.payment, { state: PaymentState.CAPTURED, captured: eur(4_000n), refunded: eur(0n) });
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000", "refund 6000"]);
  t.is((await world.balances({ paymentId }))["seller_payable"], 4_000);
  await t.throwsAsync(world.release({ ...wanted, amount: eur(1n) }), { message: /release mismatch/ });
});

test("what never ships of a card that is captured in parts is given up with the rest of the promise", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) });
  const release = { paymentId, releaseId: randomUUID() };
  await t.throwsAsync(world.release({ ...release, amount: eur(6_001n) }), { message: /release too large/ });
  const { payment } = await world.release({ ...release, amount: eur(6_000n) });
  t.is(payment?.state, PaymentState.CAPTURED);
  t.deepEqual(await moved(world), ["authorize 10000", "capture 4000", "void 6000"]);
});

test("a release of all that was promised voids it", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  const { payment } = await world.release({ paymentId, releaseId: randomUUID(), amount: eur(10_000n) });
  t.is(payment?.state, PaymentState.VOIDED);
  t.deepEqual(await moved(world), ["authorize 10000", "void 10000"]);
});

test("a capture that the provider refused is taken under a new key, one without an answer under the same", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  const wanted = { paymentId, captureId: randomUUID(), amount: eur(4_000n) };
  const operation = "capturePaymentIntent";
  await world.switchOn({ provider: "stripe", kind: "error", status: 402, operation });
  t.is((await world.capture(wanted)).capture?.state, TransferState.FAILED);
  await world.switchOn({ provider: "stripe", kind: "error", status: 500, operation });
  t.is((await world.capture(wanted)).capture?.state, TransferState.PENDING);
  t.is((await world.capture(wanted)).capture?.state, TransferState.SUCCEEDED);
  const keys = (await world.deeds()).map(({ idempotencyKey }) => idempotencyKey);
  t.deepEqual(keys, [`${paymentId}/authorize`, `${wanted.captureId}/capture/2`]);
});

test("a part that the provider's unit cannot tell is refused, and keeps no other part from being taken", async (t) => {
  const world = await startWorld(t);
  const kwd = (minorUnits: bigint) => ({ currencyCode: "KWD", minorUnits });
  const { payment } = await world.authorize({ amount: kwd(10_000n) });
  const paymentId = payment?.id ?? "";
  const [odd, even] = [randomUUID(), randomUUID()];
  const refused = await world.capture({ paymentId, captureId: odd, amount: kwd(3_333n) });
  t.like(refused.capture, { state: TransferState.FAILED, failureReason: "AMOUNT_NOT_CHARGEABLE" });
  const taken = await world.capture({ paymentId, captureId: even, amount: kwd(3_330n) });
  t.is(taken.capture?.state, TransferState.SUCCEEDED);
  const back = await world.refund({ paymentId, refundId: randomUUID(), amount: kwd(1_111n) });
  t.is(back.refund?.state, TransferState.FAILED);
  t.deepEqual(await moved(world), ["authorize 10000", "capture 3330"]);
});

test("every movement of money is a double entry, and debits equal credits", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n), final: true });
  await world.refund({ paymentId, refundId: randomUUID(), amount: eur(1_000n) });
  t.deepEqual(await world.balances({ paymentId }), {
    buyer_cash: -3_000,
    platform_revenue: -146,
    provider_fee: 146,
    seller_payable: 3_000,
  });
  const { entries = [] } = await world.ledger({ paymentId });
  const sums = new Map<string, bigint>();
  for (const { movementId = "", amount } of entries) {
    sums.set(movementId, (sums.get(movementId) ?? 0n) + (amount?.minorUnits ?? 0n));
  }
  t.deepEqual([...sums.values()], [0n, 0n, 0n]);
});

test("what of a capture is tax is owed to the state, and comes back with refunds, never more of it", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  const owed = async () => {
    const { seller_payable: sellers, tax_payable: state } = await world.balances({ paymentId });
    return { sellers, state };
  };
  const capture = { paymentId, captureId: randomUUID(), amount: eur(4_000n), tax: eur(639n) };
  await world.capture(capture);
  await world.capture(capture);
  t.deepEqual(await owed(), { sellers: 3_361, state: 639 });
  await world.refund({ paymentId, refundId: randomUUID(), amount: eur(1_000n), tax: eur(160n) });
  t.deepEqual(await owed(), { sellers: 2_521, state: 479 });
  // As of a payment of which a part was captured before taxes were booked.
  await world.refund({ paymentId, refundId: randomUUID(), amount: eur(2_000n), tax: eur(700n) });
  t.deepEqual(await owed(), { sellers: 1_000, state: 0 });
  const other = { paymentId, captureId: randomUUID(), amount: eur(1_000n) };
  const inDollars = { ...other, tax: { currencyCode: "USD", minorUnits: 1n } };
  await t.throwsAsync(world.capture(inDollars), { message: /currency mismatch/ });
  await t.throwsAsync(world.capture({ ...other, tax: eur(-1n) }), { message: /tax negative/ });
});

test("a payment that older code wrote is captured and refunded to its end", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world, "pm_sandbox_singleCapture");
  const { sql } = world.database;
  // What older code wrote of an authorisation and a capture, and left out.
  const authorization = JSON.stringify({ paymentMethod: "", orderNumbers: [], returnUrl: "http://shop.test" });
  await sql.execute("UPDATE payment SET authorization = ? WHERE id = ?", [authorization, paymentId]);
  const captureId = randomUUID();
  await sql.execute(
    `INSERT INTO transfer (id, payment_id, kind, state, currency, amount, moves, is_final, reason, failure_reason, create_ms, update_ms)
     VALUES (?, ?, 'capture', 'pending', 'EUR', 4000, 10000, 1, '', '', 0, 0)`,
    [captureId, paymentId],
  );
  const first = await world.capture({ paymentId, captureId, amount: eur(4_000n) });
  t.is(first.capture?.state, TransferState.SUCCEEDED);
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(6_000n), final: true });
  const { payment } = await world.refund({ paymentId, refundId: randomUUID(), amount: eur(10_000n) });
  t.like(payment, { state: PaymentState.REFUNDED, captured: eur(10_000n) });
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000", "refund 10000"]);
});

test("administrators page through payments and the books", async (t) => {
  const world = await startWorld(t);
  const ids = [await promise(world), await promise(world), await promise(world)];
  await world.giveUp(ids[0] ?? "");
  const first = await world.list({ pageSize: 2 });
  const rest = await world.list({ pageSize: 2, pageToken: first.nextPageToken ?? "" });
  const listed = [...(first.payments ?? []), ...(rest.payments ?? [])].map(({ id }) => id ?? "");
  t.deepEqual(listed, ids.toSorted().toReversed());
  t.is(rest.nextPageToken, "");
  const voided = await world.list({ states: [PaymentState.VOIDED] });
  t.deepEqual(
    voided.payments?.map(({ id }) => id),
    [ids[0]],
  );
});
