import { PaymentState, TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { randomUUID } from "node:crypto";
import test from "ava";
import { eur, hourMs, startWorld, type World } from "./world.ts";

const impatient = { timeoutMs: 1_000 };

async function keptEvents({ database }: World): Promise<number> {
  const row = await database.sql.row<{ n: number }>("SELECT COUNT(*) AS n FROM provider_event");
  return Number(row?.n);
}

test("a webhook resolves a time-out", async (t) => {
  const world = await startWorld(t, impatient);
  const { payment } = await world.authorize({ token: "pm_sandbox_timeoutAfterCharge" });
  await world.receive(await world.inbox.first("payment_intent.amount_capturable_updated"));
  t.is((await world.get(payment?.id ?? ""))?.state, PaymentState.AUTHORIZED);
  t.deepEqual(
    (await world.events()).map(({ name }) => name),
    ["PaymentAuthorized"],
  );
});

test("a webhook tells that 3-D Secure was completed", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ token: "pm_card_threeDSecure2Required" });
  await fetch(`${payment?.actionUrl}/complete`, { method: "POST", redirect: "manual" });
  await world.receive(await world.inbox.first("payment_intent.amount_capturable_updated"));
  t.is((await world.get(payment?.id ?? ""))?.state, PaymentState.AUTHORIZED);
});

test("a webhook that comes twice is kept once", async (t) => {
  const world = await startWorld(t);
  await world.authorize({});
  const message = await world.inbox.first("payment_intent.amount_capturable_updated");
  await world.receive(message);
  await world.receive(message);
  t.is(await keptEvents(world), 1);
  t.is((await world.events()).length, 1);
});

test("webhooks change nothing for the order in which they come", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(10_000n), final: true });
  const types = [
    "payment_intent.succeeded",
    "charge.captured",
    "payment_intent.amount_capturable_updated",
    "charge.succeeded",
    "payment_intent.created",
  ];
  const before = await world.get(paymentId);
  for (const type of types) await world.receive(await world.inbox.first(type));
  t.deepEqual(await world.get(paymentId), before);
  t.is(await keptEvents(world), types.length);
});

test("a webhook settles a capture whose answer got lost", async (t) => {
  const world = await startWorld(t, impatient);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  const operation = "capturePaymentIntent";
  await world.switchOn({ provider: "stripe", kind: "timeoutAfter", operation });
  const captureId = randomUUID();
  const lost = await world.capture({ paymentId, captureId, amount: eur(4_000n) });
  t.is(lost.capture?.state, TransferState.PENDING);
  await world.receive(await world.inbox.first("charge.captured"));
  t.deepEqual((await world.get(paymentId))?.captured, eur(4_000n));
});

test("a void is not booked as a refund", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  await world.giveUp(paymentId);
  await world.receive(await world.inbox.first("charge.refunded"));
  await world.receive(await world.inbox.first("payment_intent.canceled"));
  t.like(await world.get(paymentId), { state: PaymentState.VOIDED, refunded: eur(0n) });
  t.deepEqual((await world.ledger({ paymentId })).entries, []);
});

test("a promise that turns up after its payment was given up is released", async (t) => {
  const world = await startWorld(t, impatient);
  const { payment } = await world.authorize({ token: "pm_sandbox_timeoutAfterCharge" });
  await world.database.sql.execute("UPDATE payment SET state = 'failed' WHERE id = ?", [payment?.id ?? ""]);
  await world.receive(await world.inbox.first("payment_intent.amount_capturable_updated"));
  t.deepEqual(
    (await world.deeds()).map(({ operation }) => operation),
    ["authorize", "void"],
  );
});

test("a webhook with a wrong signature is refused", async (t) => {
  const world = await startWorld(t);
  await world.authorize({});
  const { body, headers } = await world.inbox.first("payment_intent.created");
  const forged = headers["stripe-signature"]?.replace(/[0-9a-f]{64}/, "0".repeat(64)) ?? "";
  const message = { body, headers: { "stripe-signature": forged } };
  await t.throwsAsync(world.receive(message), { message: /webhook signature invalid/ });
  await t.throwsAsync(world.receive({ body, headers: {} }), { message: /signature invalid/ });
  t.is(await keptEvents(world), 0);
});

test("a signed message that is no event is refused, and nothing is kept of it", async (t) => {
  const world = await startWorld(t);
  const event = { id: "evt_1", object: "event", type: "charge.captured", created: 1, data: { object: {} } };
  const { created: _created, ...withoutTime } = event;
  for (const payload of [withoutTime, { ...event, data: null }, { ...event, id: 7 }]) {
    await t.throwsAsync(world.receive(world.signed(JSON.stringify(payload))), { message: /webhook malformed/ });
  }
  t.is(await keptEvents(world), 0);
});

test("a webhook whose signature is old by the mesh's clock is refused", async (t) => {
  const world = await startWorld(t);
  await world.authorize({});
  const message = await world.inbox.first("payment_intent.created");
  world.clock.setOffsetMs(hourMs);
  await t.throwsAsync(world.receive(message), { message: /webhook too old/ });
});

test("a webhook about somebody else's payment is kept and left alone", async (t) => {
  const world = await startWorld(t);
  await world.stripe.paymentIntents.create({ amount: 500, currency: "eur" });
  await world.receive(await world.inbox.first("payment_intent.created"));
  t.is(await keptEvents(world), 1);
});

test("no token, card or secret is in what is said or kept of an event", async (t) => {
  const world = await startWorld(t);
  await world.authorize({ token: "pm_card_threeDSecure2Required" });
  await world.receive(await world.inbox.first("payment_intent.requires_action"));
  const rows = await world.database.sql.rows("SELECT * FROM provider_event");
  const text = JSON.stringify([...rows, ...(await world.events())], (_, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  t.notRegex(text, /pm_|secret|3220|http/);
});
