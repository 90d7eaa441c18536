import { randomUUID } from "node:crypto";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Received } from "@shopmesh/mesh/testing";
import test from "ava";
import { eur, hourMs, startWorld, type World } from "./world.ts";

// Its first use is none of what is told here.
test.before(() => import("@paypal/paypal-server-sdk"));

const tenders = [{ means: { case: "paypal" as const, value: {} } }];
const APPROVED = "CHECKOUT.ORDER.APPROVED";

/** A payment that its payer has agreed to, of which nobody knows here, with PayPal's message of it. */
async function approved(world: World): Promise<{ readonly paymentId: string; readonly message: Received }> {
  const { payment } = await world.authorize({ tenders });
  await world.atPayPal(payment, "buyer");
  return { paymentId: payment?.id ?? "", message: await world.inbox.first(APPROVED) };
}

const refusing = test.macro({
  exec: async (t, reason: string, change: (message: Received) => Received) => {
    const world = await startWorld(t);
    const { paymentId, message } = await approved(world);
    const refused = await t.throwsAsync(world.receivePayPal(change(message)), { instanceOf: DomainError });
    t.is((refused as DomainError).reason, reason);
    t.is((await world.get(paymentId))?.state, PaymentState.REQUIRES_ACTION);
    const row = await world.database.sql.row<{ n: string }>("SELECT COUNT(*) AS n FROM provider_event");
    t.is(Number(row?.n), 0);
  },
  title: (what = "") => `a message of PayPal's ${what} is refused, and changes nothing`,
});
const withHeader = (name: string, value: string) => (message: Received) => ({
  ...message,
  headers: { ...message.headers, [name]: value },
});
const INVALID = "WEBHOOK_SIGNATURE_INVALID";
test("with another body", refusing, INVALID, ({ body, headers }) => ({
  headers,
  body: Buffer.from(Buffer.from(body).toString().replace("APPROVED", "COMPLETED")),
}));
test("with another id", refusing, INVALID, withHeader("paypal-transmission-id", randomUUID()));
test("with another signature", refusing, INVALID, withHeader("paypal-transmission-sig", "Zm9yZ2Vk"));
test("without a signature", refusing, INVALID, withHeader("paypal-transmission-sig", ""));
test("signed in another way", refusing, INVALID, withHeader("paypal-auth-algo", "none"));
const certificate = "paypal-cert-url";
test(
  "with somebody else's certificate",
  refusing,
  INVALID,
  withHeader(certificate, "http://127.0.0.1:1/v1/notifications/certs/CERT-1"),
);
test("with a certificate that lies elsewhere", refusing, INVALID, ({ body, headers }) => ({
  body,
  headers: { ...headers, [certificate]: new URL("/mailbox", headers[certificate]).href },
}));
test("with a certificate that is not there", refusing, INVALID, ({ body, headers }) => ({
  body,
  headers: { ...headers, [certificate]: new URL("/v1/notifications/certs/CERT-none", headers[certificate]).href },
}));
test("with a time that is none", refusing, "WEBHOOK_TOO_OLD", withHeader("paypal-transmission-time", "yesterday"));

test("a message older than PayPal sends again is refused, though it is signed", async (t) => {
  const world = await startWorld(t);
  const { message } = await approved(world);
  world.clock.setOffsetMs(73 * hourMs);
  const refused = await t.throwsAsync(world.receivePayPal(message), { instanceOf: DomainError });
  t.is((refused as DomainError).reason, "WEBHOOK_TOO_OLD");
});

test("a message is taken once, however often it comes", async (t) => {
  const world = await startWorld(t);
  await world.switchOn({ provider: "paypal", kind: "webhookDuplicate", operation: APPROVED });
  const { paymentId, message } = await approved(world);
  const second = await world.inbox.first(APPROVED, 1);
  for (const received of [message, second, message]) await world.receivePayPal(received);
  t.is((await world.get(paymentId))?.state, PaymentState.AUTHORIZED);
  t.deepEqual(
    (await world.deeds()).map(({ operation }) => operation),
    ["authorize"],
  );
  const rows = await world.database.sql.rows("SELECT id FROM provider_event");
  t.is(rows.length, 1);
});

test("a forged message comes beside the true one: only that is believed", async (t) => {
  const world = await startWorld(t);
  await world.switchOn({ provider: "paypal", kind: "webhookForged", operation: APPROVED });
  await approved(world);
  await world.inbox.first(APPROVED, 1);
  const answers = await Promise.allSettled(world.inbox.received.map((received) => world.receivePayPal(received)));
  t.deepEqual(answers.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
});

test("messages in any order lead to the same payment", async (t) => {
  const world = await startWorld(t);
  await world.switchOn({ provider: "paypal", kind: "webhookOutOfOrder", operation: APPROVED });
  const { payment } = await world.authorize({ tenders });
  const paymentId = payment?.id ?? "";
  await world.atPayPal(payment, "buyer");
  await world.complete(paymentId);
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(4_000n) });
  await world.giveUp(paymentId).catch(() => undefined);
  await world.inbox.first("PAYMENT.CAPTURE.COMPLETED");
  await world.inbox.first(APPROVED);
  const before = await world.get(paymentId);
  for (const received of world.inbox.received.toReversed()) await world.receivePayPal(received);
  t.deepEqual(await world.get(paymentId), before);
});

test("a message that comes late changes nothing that is known by then", async (t) => {
  const world = await startWorld(t);
  await world.switchOn({ provider: "paypal", kind: "webhookLate", operation: APPROVED, delayMs: 500 });
  const { payment } = await world.authorize({ tenders });
  const paymentId = payment?.id ?? "";
  await world.atPayPal(payment, "buyer");
  await world.complete(paymentId);
  await world.giveUp(paymentId);
  const before = await world.get(paymentId);
  t.is(before?.state, PaymentState.VOIDED);
  await world.receivePayPal(await world.inbox.first(APPROVED));
  t.deepEqual(await world.get(paymentId), before);
  t.deepEqual(
    (await world.deeds()).map(({ operation }) => operation),
    ["authorize", "void"],
  );
});

test("a message that never comes is found out by the schedule", async (t) => {
  const world = await startWorld(t);
  await world.switchOn({ provider: "paypal", kind: "webhookMissing", operation: APPROVED });
  const { payment } = await world.authorize({ tenders });
  await world.atPayPal(payment, "buyer");
  world.clock.setOffsetMs(15 * 60_000);
  await world.runDue();
  t.is((await world.get(payment?.id ?? ""))?.state, PaymentState.AUTHORIZED);
  t.false(world.inbox.received.some(({ body }) => Buffer.from(body).toString().includes(APPROVED)));
});

test("a promise that turns up after its payment was given up is let go", async (t) => {
  const world = await startWorld(t);
  const { paymentId, message } = await approved(world);
  await world.receivePayPal(message);
  await world.database.sql.execute("UPDATE payment SET state = 'voided', void_reason = 'X' WHERE id = ?", [paymentId]);
  await world.receivePayPal(await world.inbox.first("PAYMENT.AUTHORIZATION.CREATED"));
  t.deepEqual(
    (await world.deeds()).map(({ operation }) => operation),
    ["authorize", "void"],
  );
});
