import { randomUUID } from "node:crypto";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { PaymentAdminService, PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { type Actor, contractOf, text, url } from "@shopmesh/mesh";
import { testService } from "@shopmesh/mesh/testing";
import { startSandbox } from "@shopmesh/sandbox";
import test, { type ExecutionContext } from "ava";
import { payment } from "../src/service.ts";
import { eur, secrets } from "./world.ts";

const orderService: Actor = { kind: "service", name: "order" };
const guest = (tokenHash: string): Actor => ({ kind: "guest", tokenHash });
const person = (...roles: ("customer" | "support" | "admin")[]): Actor => ({
  kind: "person",
  id: randomUUID(),
  roles,
  sellerId: undefined,
  sessionId: "s",
});

/** The service as the mesh runs it: validation, access, idempotency. */
async function startService(t: ExecutionContext) {
  const sandbox = await startSandbox({
    ...secrets,
  });
  t.teardown(() => sandbox.stop());
  const config = {
    ...payment.config,
    stripeUrl: url("STRIPE_URL", ["http:"], `http://127.0.0.1:${sandbox.httpPort}`),
    stripeSecretKey: text("STRIPE_SECRET_KEY", secrets.stripeSecretKey),
    stripeWebhookSecret: text("STRIPE_WEBHOOK_SECRET", secrets.stripeWebhookSecret),
  };
  const { as, database } = await testService(t, { ...payment, config }, { clients: new Map(), nowMs: Date.now });
  const fields = {
    requestId: "group/authorize-payment",
    paymentId: randomUUID(),
    orderGroupId: randomUUID(),
    amount: eur(10_000n),
    tenders: [{ means: { case: "card" as const, value: { paymentMethod: "pm_card_visa" } } }],
    guestTokenHash: "a".repeat(64),
  };
  return { as, fields, sql: database.sql };
}

test("only order promises money", async (t) => {
  const { as, fields } = await startService(t);
  const asCart = as({ kind: "service", name: "cart" }, "cart")(PaymentService);
  await t.throwsAsync(asCart.authorizePayment(fields), { message: /access denied/ });
  const { payment: made } = await as(orderService, "order")(PaymentService).authorizePayment(fields);
  t.is(made?.state, PaymentState.AUTHORIZED);
});

test("the same request id asks how it stands now, not how it stood", async (t) => {
  const { as, fields } = await startService(t);
  const client = as(orderService, "order")(PaymentService);
  const card = { case: "card" as const, value: { paymentMethod: "pm_card_threeDSecure2Required" } };
  const asked = { ...fields, tenders: [{ means: card }] };
  const { payment: waiting } = await client.authorizePayment(asked);
  t.is(waiting?.state, PaymentState.REQUIRES_ACTION);
  await fetch(`${waiting?.actionUrl}/complete`, { method: "POST", redirect: "manual" });
  t.is((await client.authorizePayment(asked)).payment?.state, PaymentState.AUTHORIZED);
});

test("another's payment is not found", async (t) => {
  const { as, fields } = await startService(t);
  await as(orderService, "order")(PaymentService).authorizePayment(fields);
  const { paymentId } = fields;
  const own = await as(guest("a".repeat(64)))(PaymentService).getPayment({ paymentId });
  t.is(own.payment?.id, paymentId);
  for (const stranger of [guest("b".repeat(64)), person("customer")]) {
    await t.throwsAsync(as(stranger)(PaymentService).getPayment({ paymentId }), { message: /payment not found/ });
  }
  const seen = await as(person("support"))(PaymentService).getPayment({ paymentId });
  t.is(seen.payment?.id, paymentId);
});

test("only administrators see the books", async (t) => {
  const { as } = await startService(t);
  const { entries } = await as(person("admin"))(PaymentAdminService).getLedger({});
  t.deepEqual(entries, []);
  await t.throwsAsync(as(person("support"))(PaymentAdminService).getLedger({}), { message: /access denied/ });
});

test("a card's number is refused where a token belongs", async (t) => {
  const { as, fields } = await startService(t);
  const card = { case: "card" as const, value: { paymentMethod: "4242424242424242" } };
  const client = as(orderService, "order")(PaymentService);
  const refusal = await t.throwsAsync(client.authorizePayment({ ...fields, tenders: [{ means: card }] }));
  t.notRegex(JSON.stringify(refusal), /4242/);
});

test("a gift card is issued once for a key, by administrators only, and its code is kept sealed", async (t) => {
  const { as, sql } = await startService(t);
  const issue = { requestId: "goodwill-1", amount: eur(5_000n), reason: "GOODWILL" };
  const asSupport = as(person("support"))(PaymentAdminService);
  await t.throwsAsync(asSupport.issueGiftCard(issue), { message: /access denied/ });
  const admin = as(person("admin"))(PaymentAdminService);
  const first = await admin.issueGiftCard(issue);
  t.deepEqual(await admin.issueGiftCard(issue), first);
  await t.throwsAsync(admin.issueGiftCard({ ...issue, amount: eur(6_000n) }), { message: /request id reused/ });
  const anonymous = as({ kind: "anonymous" })(PaymentService);
  t.like(await anonymous.getGiftCardBalance({ code: first.code }), { available: { minorUnits: 5_000n } });
  const tables = ["mesh_idempotency", "mesh_outbox", "gift_card"];
  const rows = await Promise.all(tables.map((table) => sql.rows<object>(`SELECT * FROM ${table}`)));
  t.false(
    rows
      .flat()
      .flatMap(bytesOf)
      .some((bytes) => bytes.includes(first.code)),
  );
});

/** Each value of a row as bytes. */
function bytesOf(row: object): readonly Buffer[] {
  return Object.values(row).map((value) => (Buffer.isBuffer(value) ? value : Buffer.from(String(value))));
}

test("another's saved card is not found", async (t) => {
  const { as } = await startService(t);
  const owner = as(person("customer"))(PaymentService);
  const { method } = await owner.saveMethod({ requestId: "r", paymentMethod: "pm_card_visa" });
  const stranger = as(person("customer"))(PaymentService);
  const wanted = { savedMethodId: method?.id ?? "" };
  await t.throwsAsync(stranger.removeSavedMethod(wanted), { message: /saved method not found/ });
  t.is((await stranger.listSavedMethods({})).methods.length, 0);
  await owner.removeSavedMethod(wanted);
  t.is((await owner.listSavedMethods({})).methods.length, 0);
});

test("a card is a token or a saved one, not both and not neither", async (t) => {
  const { as, fields } = await startService(t);
  const client = as(orderService, "order")(PaymentService);
  for (const value of [{}, { paymentMethod: "pm_card_visa", savedMethodId: randomUUID() }]) {
    const tenders = [{ means: { case: "card" as const, value } }];
    await t.throwsAsync(client.authorizePayment({ ...fields, tenders }));
  }
});

test("several cards are refused for now, and tenders that do not pay the amount", async (t) => {
  const { as, fields } = await startService(t);
  const client = as(orderService, "order")(PaymentService);
  const [tender] = fields.tenders;
  const half = { ...tender, amount: eur(5_000n) };
  await t.throwsAsync(client.authorizePayment({ ...fields, tenders: [half, half] }), { message: /tenders too many/ });
  await t.throwsAsync(client.authorizePayment({ ...fields, tenders: [half] }), { message: /tenders do not match/ });
});

test("gift cards are rate-limited: so many codes in a minute from one address and by one principal", (t) => {
  const { rateLimits } = contractOf(PaymentService.method.getGiftCardBalance);
  t.deepEqual(
    rateLimits.map(({ max, windowMs }) => [max, windowMs]),
    [
      [20, 60_000],
      [10, 60_000],
    ],
  );
});

test("reconciliation runs on a schedule, four times an hour, and the books are added up each hour", (t) => {
  const cronOf = (wanted: string) => payment.schedules?.find(({ name }) => name === wanted)?.cron;
  t.is(cronOf("reconcile"), "*/15 * * * *");
  t.is(cronOf("audit-books"), "7 * * * *");
});
