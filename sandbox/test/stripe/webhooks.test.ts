import test from "ava";
import Stripe from "stripe";
import { getJson, secrets, startReceiver, startWorld, switchOn, type Received, type World } from "../world.ts";

type DeliveriesView = {
  readonly deliveries: readonly {
    readonly eventType: string;
    readonly state: string;
    readonly attempts: number;
    readonly isForged: boolean;
  }[];
};

async function pay(world: World): Promise<Stripe.PaymentIntent> {
  return await world.stripe.paymentIntents.create({
    amount: 1000,
    currency: "usd",
    confirm: true,
    capture_method: "automatic",
    allowed_payment_method_types: ["card"],
    payment_method: "pm_card_visa",
  });
}

function verified({ body, headers }: Received): Stripe.Event {
  const signature = headers["stripe-signature"] ?? "";
  return new Stripe("unused").webhooks.constructEvent(body, signature, secrets.stripeWebhookSecret);
}

function isVerified(received: Received): boolean {
  try {
    verified(received);
    return true;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
    throw error;
  }
}

function typesOf(received: readonly Received[]): readonly string[] {
  return received.map(({ body }) => (JSON.parse(body) as { readonly type: string }).type);
}

test("a payment is told by webhooks that the official client verifies", async (t) => {
  const world = await startWorld(t);
  const intent = await pay(world);
  await world.receiver.until((all) => all.length === 3);
  const events = world.receiver.received.map(verified);
  t.deepEqual(events.map(({ type }) => type).toSorted(), [
    "charge.succeeded",
    "payment_intent.created",
    "payment_intent.succeeded",
  ]);
  t.deepEqual(
    world.receiver.received.map(({ path }) => path),
    Array.from({ length: 3 }, () => "/webhooks/stripe"),
  );
  const succeeded = events.find(({ type }) => type === "payment_intent.succeeded");
  t.like(succeeded?.data.object, { id: intent.id, status: "succeeded", amount_received: 1000 });
  t.deepEqual(
    (await world.stripe.events.list({ type: "payment_intent.succeeded" })).data.map(({ id }) => id),
    [succeeded?.id ?? ""],
  );
});

test("a webhook is sent again until it is answered with success", async (t) => {
  const receiver = await startReceiver(t, (count) => (count <= 4 ? 500 : 200));
  const world = await startWorld(t, { gatewayUrl: receiver.url });
  await pay(world);
  await receiver.until((all) => all.length === 7);
  t.deepEqual(
    new Set(typesOf(receiver.received)),
    new Set(["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]),
  );
});

test("a webhook may come twice with the same event id", async (t) => {
  const world = await startWorld(t);
  await switchOn(world, {
    provider: "stripe",
    kind: "webhookDuplicate",
    operation: "payment_intent.succeeded",
  });
  await pay(world);
  await world.receiver.until((all) => all.length === 4);
  const ids = world.receiver.received
    .map(verified)
    .filter(({ type }) => type === "payment_intent.succeeded")
    .map(({ id }) => id);
  t.is(ids.length, 2);
  t.is(new Set(ids).size, 1);
});

test("a webhook may come after one that happened later", async (t) => {
  const world = await startWorld(t);
  await switchOn(world, {
    provider: "stripe",
    kind: "webhookOutOfOrder",
    operation: "payment_intent.created",
  });
  await pay(world);
  await world.receiver.until((all) => all.length === 3);
  t.is(typesOf(world.receiver.received).at(-1), "payment_intent.created");
});

test("a webhook may come late", async (t) => {
  const world = await startWorld(t);
  await switchOn(world, {
    provider: "stripe",
    kind: "webhookLate",
    operation: "payment_intent.created",
    delayMs: 300,
  });
  const start = Date.now();
  await pay(world);
  await world.receiver.until((all) => typesOf(all).includes("payment_intent.created"));
  t.true(Date.now() - start >= 300);
});

test("a webhook may be missing, though its event is listed", async (t) => {
  const world = await startWorld(t);
  await switchOn(world, {
    provider: "stripe",
    kind: "webhookMissing",
    operation: "payment_intent.succeeded",
  });
  await pay(world);
  await world.receiver.until((all) => all.length === 2);
  const { deliveries } = await getJson<DeliveriesView>(`${world.url}/sandbox/webhooks`);
  t.is(deliveries.find(({ eventType }) => eventType === "payment_intent.succeeded")?.state, "withheld");
  t.is((await world.stripe.events.list({ type: "payment_intent.succeeded" })).data.length, 1);
});

test("a forged webhook does not verify", async (t) => {
  const world = await startWorld(t);
  await switchOn(world, {
    provider: "stripe",
    kind: "webhookForged",
    operation: "payment_intent.succeeded",
  });
  await pay(world);
  await world.receiver.until((all) => all.length === 4);
  const forged = world.receiver.received.filter((received) => !isVerified(received));
  t.deepEqual(typesOf(forged), ["payment_intent.succeeded"]);
});
