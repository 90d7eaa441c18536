import { randomUUID } from "node:crypto";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { PaymentAdminService, PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { type Actor, text, url } from "@shopmesh/mesh";
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
    httpPort: 0,
    smtpPort: 0,
    dataFolder: undefined,
    gatewayUrl: undefined,
    ...secrets,
  });
  t.teardown(() => sandbox.stop());
  const config = {
    ...payment.config,
    stripeUrl: url("STRIPE_URL", ["http:"], `http://127.0.0.1:${sandbox.httpPort}`),
    stripeSecretKey: text("STRIPE_SECRET_KEY", secrets.stripeSecretKey),
    stripeWebhookSecret: text("STRIPE_WEBHOOK_SECRET", secrets.stripeWebhookSecret),
  };
  const { as } = await testService(t, { ...payment, config }, { clients: new Map(), nowMs: Date.now });
  const fields = {
    requestId: "group/authorize-payment",
    paymentId: randomUUID(),
    orderGroupId: randomUUID(),
    amount: eur(10_000n),
    tenders: [{ means: { case: "card" as const, value: { paymentMethod: "pm_card_visa" } } }],
    guestTokenHash: "a".repeat(64),
  };
  return { as, fields };
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

test("several cards are refused for now, and tenders that do not pay the amount", async (t) => {
  const { as, fields } = await startService(t);
  const client = as(orderService, "order")(PaymentService);
  const [tender] = fields.tenders;
  const half = { ...tender, amount: eur(5_000n) };
  await t.throwsAsync(client.authorizePayment({ ...fields, tenders: [half, half] }), { message: /tenders too many/ });
  await t.throwsAsync(client.authorizePayment({ ...fields, tenders: [half] }), { message: /tenders do not match/ });
});
