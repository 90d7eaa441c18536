import { randomUUID } from "node:crypto";
import { PaymentState, TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test from "ava";
import { KEEP_BEFORE_MS } from "../src/payment.ts";
import { eur, startWorld, type World } from "./world.ts";

const dayMs = 24 * 3_600_000;
/** The sandbox's promise of a card lapses after seven days. */
const lastHoursMs = 7 * dayMs - KEEP_BEFORE_MS + 60_000;

async function moved(world: World): Promise<readonly string[]> {
  return (await world.deeds()).map(({ operation, amount }) => `${operation} ${amount}`);
}

/** A payment by a card that its owner has saved. */
async function promiseBySaved(world: World, token = "pm_card_visa") {
  const customerId = randomUUID();
  const method = await world.save(customerId, { requestId: "r", paymentMethod: token });
  const means = { case: "card" as const, value: { savedMethodId: method?.id ?? "" } };
  const { payment } = await world.authorize({ customerId, tenders: [{ means }] });
  return { paymentId: payment?.id ?? "", customerId, methodId: method?.id ?? "" };
}

test("a promise is left alone until it is about to lapse", async (t) => {
  const world = await startWorld(t);
  await world.authorize({});
  world.clock.setOffsetMs(lastHoursMs - 120_000);
  await world.runDue();
  t.deepEqual(await moved(world), ["authorize 10000"]);
});

test("a promise by a saved card is promised anew before it lapses, and the old one given up", async (t) => {
  const world = await startWorld(t);
  const { paymentId } = await promiseBySaved(world);
  const before = await world.get(paymentId);
  world.clock.setOffsetMs(lastHoursMs);
  await world.runDue();
  const after = await world.get(paymentId);
  t.is(after?.state, PaymentState.AUTHORIZED);
  t.not(after?.providerReference, before?.providerReference);
  t.deepEqual(await moved(world), ["authorize 10000", "authorize 10000", "void 10000"]);
  world.clock.setOffsetMs(8 * dayMs);
  await world.runDue();
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(10_000n), final: true });
  t.deepEqual((await moved(world)).slice(3), ["capture 10000"]);
});

test("a renewal without an answer is asked for again under the same key", async (t) => {
  const world = await startWorld(t, { timeoutMs: 1_000 });
  const { paymentId } = await promiseBySaved(world);
  world.clock.setOffsetMs(lastHoursMs);
  await world.switchOn({ provider: "stripe", kind: "timeoutAfter", operation: "createPaymentIntent" });
  await world.runDue();
  world.clock.setOffsetMs(lastHoursMs + 60_000);
  await world.runDue();
  t.deepEqual(await moved(world), ["authorize 10000", "authorize 10000", "void 10000"]);
  t.is((await world.get(paymentId))?.state, PaymentState.AUTHORIZED);
});

test("a renewal that can be asked for no more is left, and given up should it have come about", async (t) => {
  const world = await startWorld(t, { timeoutMs: 1_000 });
  const { paymentId, customerId, methodId } = await promiseBySaved(world);
  world.clock.setOffsetMs(lastHoursMs);
  await world.switchOn({ provider: "stripe", kind: "timeoutAfter", operation: "createPaymentIntent" });
  await world.runDue();
  await world.forget(customerId, methodId);
  world.clock.setOffsetMs(lastHoursMs + 60_000);
  await world.runDue();
  t.deepEqual(await moved(world), ["authorize 10000", "authorize 10000", "capture 10000"]);
  const told = world.inbox.received.filter(({ body }) => Buffer.from(body).includes("amount_capturable_updated"));
  for (const message of told.slice(1)) await world.receive(world.signed(Buffer.from(message.body).toString()));
  t.deepEqual((await moved(world)).slice(3), ["void 10000"]);
  t.is((await world.get(paymentId))?.state, PaymentState.AUTHORIZED);
});

test("a promise that cannot be renewed is taken before it lapses, and captures are settled out of that", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  world.clock.setOffsetMs(lastHoursMs);
  await world.runDue();
  t.like(await world.get(paymentId), { state: PaymentState.AUTHORIZED, captured: eur(0n) });
  world.clock.setOffsetMs(9 * dayMs);
  await world.runDue();
  const first = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) });
  t.is(first.capture?.state, TransferState.SUCCEEDED);
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(5_000n), final: true });
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000", "refund 1000"]);
  t.like(await world.get(paymentId), { state: PaymentState.CAPTURED, captured: eur(9_000n), refunded: eur(0n) });
  const { balances = [] } = await world.ledger({ paymentId, account: "seller_payable" });
  t.is(balances[0]?.balance?.minorUnits, 9_000n);
});

test("what was taken early beside a capture stays for the captures to come, whatever the provider says of it meanwhile", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) });
  world.clock.setOffsetMs(lastHoursMs);
  await world.runDue();
  const all = ["authorize 10000", "capture 4000", "capture 6000"];
  t.deepEqual(await moved(world), all);
  const told = await world.inbox.first("payment_intent.succeeded");
  await world.receive(world.signed(Buffer.from(told.body).toString()));
  await world.reconcile();
  world.clock.setOffsetMs(9 * dayMs);
  await world.runDue();
  const last = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(6_000n), final: true });
  t.is(last.capture?.state, TransferState.SUCCEEDED);
  t.deepEqual(await moved(world), all);
});

test("what was taken early and is claimed by no capture goes back a day after the provider has refused that, as often as it takes", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  world.clock.setOffsetMs(lastHoursMs);
  await world.runDue();
  const refusal = { provider: "stripe", kind: "error", operation: "createRefund", status: 402 };
  await world.switchOn(refusal);
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(9_000n), final: true });
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000"]);
  await world.runDue();
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000"], "not before a day has passed");
  await world.switchOn(refusal);
  for (const days of [1, 2, 3]) {
    world.clock.setOffsetMs(lastHoursMs + days * dayMs + days * 60_000);
    await world.runDue();
  }
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000", "refund 1000"]);
  t.deepEqual(await world.database.sql.rows("SELECT ask_ms FROM payment"), [{ ask_ms: null }]);
});

test("what was taken early of a payment that is voided goes back", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  world.clock.setOffsetMs(lastHoursMs);
  await world.runDue();
  t.is((await world.giveUp(paymentId)).payment?.state, PaymentState.VOIDED);
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000", "refund 10000"]);
});

test("what was taken early of a voided payment is asked back once a day where the provider refuses that", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  world.clock.setOffsetMs(lastHoursMs);
  await world.runDue();
  await world.switchOn({ provider: "stripe", kind: "error", operation: "createRefund", status: 402 });
  await world.giveUp(paymentId);
  for (const minutes of [1, 2, 3]) {
    world.clock.setOffsetMs(lastHoursMs + minutes * 60_000);
    await world.runDue();
  }
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000"], "one question, and then a day's rest");
  world.clock.setOffsetMs(lastHoursMs + dayMs + 60_000);
  await world.runDue();
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000", "refund 10000"]);
  t.is((await world.get(paymentId))?.state, PaymentState.VOIDED);
});

test("the promise of a card that its owner has forgotten is taken before it lapses", async (t) => {
  const world = await startWorld(t);
  const { paymentId, customerId, methodId } = await promiseBySaved(world);
  await world.forget(customerId, methodId);
  world.clock.setOffsetMs(lastHoursMs);
  await world.runDue();
  t.deepEqual(await moved(world), ["authorize 10000", "capture 10000"]);
  t.is((await world.get(paymentId))?.state, PaymentState.AUTHORIZED);
});

test("a capture of a promise that lapsed fails with AUTHORIZATION_EXPIRED", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  world.clock.setOffsetMs(8 * dayMs);
  await world.inbox.first("payment_intent.canceled");
  await world.runDue();
  const { capture } = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) });
  t.like(capture, { state: TransferState.FAILED, failureReason: "AUTHORIZATION_EXPIRED" });
});

test("re-authorise or capture before an authorisation expires: what nobody had heard of having lapsed is promised anew by its capture", async (t) => {
  const world = await startWorld(t);
  const { paymentId } = await promiseBySaved(world);
  world.clock.setOffsetMs(8 * dayMs);
  const amount = eur(10_000n);
  const { capture } = await world.capture({ paymentId, captureId: randomUUID(), amount, final: true });
  t.is(capture?.state, TransferState.SUCCEEDED);
  t.deepEqual((await moved(world)).slice(-2), ["authorize 10000", "capture 10000"]);
});

test("captures of a promise that lapsed with a part of it taken fail for good, each telling AUTHORIZATION_EXPIRED, and it is told once", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) });
  world.clock.setOffsetMs(8 * dayMs);
  const captureId = randomUUID();
  const lapsed = { state: TransferState.FAILED, failureReason: "AUTHORIZATION_EXPIRED" };
  for (const time of ["first", "again"]) {
    const last = await world.capture({ paymentId, captureId, amount: eur(3_000n), final: true });
    t.like(last.capture, lapsed, time);
  }
  const other = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(3_000n) });
  t.like(other.capture, lapsed);
  t.like(await world.get(paymentId), { captured: eur(4_000n) });
  const told = await world.events();
  t.deepEqual(
    told.map(({ name }) => name),
    ["PaymentAuthorized", "PaymentCaptured", "PaymentFailed"],
  );
  t.like(told.at(-1), { reason: "AUTHORIZATION_EXPIRED", amount: { minorUnits: 10_000n } });
});

test("the rest of a promise that lapsed with a part of it taken is told without anybody asking for it", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) });
  world.clock.setOffsetMs(8 * dayMs);
  await world.runDue();
  t.like((await world.events()).at(-1), { name: "PaymentFailed", reason: "AUTHORIZATION_EXPIRED" });
});

test("a capture of a saved card's promise that lapsed promises anew", async (t) => {
  const world = await startWorld(t);
  const { paymentId } = await promiseBySaved(world);
  world.clock.setOffsetMs(8 * dayMs);
  await world.inbox.first("payment_intent.canceled");
  await world.runDue();
  t.is((await world.get(paymentId))?.state, PaymentState.EXPIRED);
  const captureId = randomUUID();
  const { capture } = await world.capture({ paymentId, captureId, amount: eur(10_000n), final: true });
  t.is(capture?.state, TransferState.SUCCEEDED);
  t.deepEqual(await moved(world), ["authorize 10000", "expire 10000", "authorize 10000", "capture 10000"]);
});
