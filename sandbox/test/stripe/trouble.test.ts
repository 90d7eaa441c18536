import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import type Stripe from "stripe";
import { getJson, startWorld, switchOn, type World } from "../world.ts";

type LedgerView = {
  readonly entries: readonly {
    readonly operation: string;
    readonly idempotencyKey: string | null;
  }[];
};

/** Long enough for the work to be done, even on a busy machine, and shorter than `pm_sandbox_slow` thinks. */
const impatient = { timeout: 1000 };

function intentParams(token: string, amount = 3000): Stripe.PaymentIntentCreateParams {
  return {
    amount,
    currency: "usd",
    confirm: true,
    capture_method: "manual",
    allowed_payment_method_types: ["card"],
    payment_method: token,
  };
}

async function operations(world: World): Promise<readonly string[]> {
  return (await getJson<LedgerView>(`${world.url}/sandbox/ledger`)).entries.map(({ operation }) => operation);
}

test("the same key with the same body is answered from memory", async (t) => {
  const world = await startWorld(t);
  const options = { idempotencyKey: "order-1/authorize" };
  const first = await world.stripe.paymentIntents.create(intentParams("pm_card_visa"), options);
  const second = await world.stripe.paymentIntents.create(intentParams("pm_card_visa"), options);
  t.deepEqual({ ...second }, { ...first });
  t.is(second.lastResponse.headers["idempotent-replayed"], "true");
  t.deepEqual(
    (await getJson<LedgerView>(`${world.url}/sandbox/ledger`)).entries.map((entry) => entry.idempotencyKey),
    ["order-1/authorize"],
  );
});

test("the same key with another body is refused", async (t) => {
  const world = await startWorld(t);
  const options = { idempotencyKey: "order-1/authorize" };
  await world.stripe.paymentIntents.create(intentParams("pm_card_visa"), options);
  await t.throwsAsync(world.stripe.paymentIntents.create(intentParams("pm_card_visa", 3001), options), {
    message: /same parameters/,
  });
  t.deepEqual(await operations(world), ["authorize"]);
});

test("a decline is answered again under its key", async (t) => {
  const world = await startWorld(t);
  const options = { idempotencyKey: "order-1/authorize" };
  const decline = (): Promise<unknown> =>
    world.stripe.paymentIntents.create(intentParams("pm_card_visa_chargeDeclined"), options);
  await t.throwsAsync(decline(), { code: "card_declined" });
  await t.throwsAsync(decline(), { code: "card_declined" });
  t.deepEqual(await operations(world), ["decline"]);
});

test("a charge whose answer got lost is found again by its key", async (t) => {
  const world = await startWorld(t);
  const params = intentParams("pm_sandbox_timeoutAfterCharge");
  const options = { idempotencyKey: "order-2/authorize" };
  await t.throwsAsync(world.stripe.paymentIntents.create(params, { ...options, ...impatient }), {
    name: "Error",
    message: /timeout/,
  });
  t.deepEqual(await operations(world), ["authorize"]);
  const found = await world.stripe.paymentIntents.create(params, options);
  t.is(found.status, "requires_capture");
  t.deepEqual(await operations(world), ["authorize"]);
});

test("a charge whose connection was cut is found again by its key", async (t) => {
  const world = await startWorld(t);
  // The client itself asks once more, with the same key, when a connection breaks.
  const intent = await world.stripe.paymentIntents.create(intentParams("pm_sandbox_resetAfterCharge"));
  t.is(intent.status, "requires_capture");
  t.deepEqual(await operations(world), ["authorize"]);
});

test("a key that is still at work is refused until the provider has thought", async (t) => {
  const world = await startWorld(t);
  const authorize = (): Promise<Stripe.PaymentIntent> =>
    world.stripe.paymentIntents.create(intentParams("pm_sandbox_slow"), {
      idempotencyKey: "order-3/authorize",
    });
  const outcomes = await Promise.allSettled([authorize(), authorize()]);
  const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  t.like(refused, [{ code: "idempotency_key_in_use" }]);
  t.is((await authorize()).status, "requires_capture");
  t.deepEqual(await operations(world), ["authorize"]);
});

test("a slow provider charges though its caller has given up", async (t) => {
  const world = await startWorld(t);
  const params = intentParams("pm_sandbox_slow");
  const options = { idempotencyKey: "order-3/authorize" };
  await t.throwsAsync(world.stripe.paymentIntents.create(params, { ...options, ...impatient }), {
    message: /timeout/,
  });
  await world.receiver.until((all) => all.some(({ body }) => body.includes("amount_capturable_updated")));
  t.deepEqual(await operations(world), ["authorize"]);
});

test("the card of server errors charges nothing", async (t) => {
  const world = await startWorld(t);
  await t.throwsAsync(world.stripe.paymentIntents.create(intentParams("pm_sandbox_error500")), {
    message: /unknown error/,
  });
  t.deepEqual(await operations(world), []);
});

test("a fault strikes its operation as often as it was told, then all is well", async (t) => {
  const world = await startWorld(t);
  await switchOn(world, {
    provider: "stripe",
    kind: "error",
    operation: "capturePaymentIntent",
    status: 503,
    count: 2,
  });
  const intent = await world.stripe.paymentIntents.create(intentParams("pm_card_visa"));
  await t.throwsAsync(world.stripe.paymentIntents.capture(intent.id), { message: /sandbox fault/ });
  await t.throwsAsync(world.stripe.paymentIntents.capture(intent.id), { message: /sandbox fault/ });
  t.is((await world.stripe.paymentIntents.capture(intent.id)).status, "succeeded");
});

test("a capture whose answer got lost has happened", async (t) => {
  const world = await startWorld(t);
  await switchOn(world, {
    provider: "stripe",
    kind: "timeoutAfter",
    operation: "capturePaymentIntent",
  });
  const intent = await world.stripe.paymentIntents.create(intentParams("pm_card_visa"));
  const options = { idempotencyKey: "order-4/capture" };
  await t.throwsAsync(world.stripe.paymentIntents.capture(intent.id, {}, { ...options, ...impatient }), {
    message: /timeout/,
  });
  t.is((await world.stripe.paymentIntents.capture(intent.id, {}, options)).status, "succeeded");
  t.deepEqual(await operations(world), ["authorize", "capture"]);
});

test("faults by chance strike the same calls for the same seed", async (t) => {
  const pattern = async (seed: number): Promise<readonly boolean[]> => {
    const world = await startWorld(t);
    await switchOn(world, {
      provider: "stripe",
      kind: "error",
      operation: "listEvents",
      count: 100,
      probability: 0.5,
      seed,
    });
    const outcomes: boolean[] = [];
    for (let count = 0; count < 20; count += 1) {
      outcomes.push(
        await world.stripe.events.list().then(
          () => true,
          () => false,
        ),
      );
    }
    return outcomes;
  };
  const [first, same, other] = await Promise.all([pattern(7), pattern(7), pattern(8)]);
  t.deepEqual(first, same);
  t.notDeepEqual(first, other);
  t.true(first.includes(true) && first.includes(false));
});

test("a restarted sandbox knows everything it had answered", async (t) => {
  const dataFolder = mkdtempSync(join(tmpdir(), "sandbox-"));
  t.teardown(() => rmSync(dataFolder, { recursive: true }));
  const before = await startWorld(t, { dataFolder });
  const options = { idempotencyKey: "order-5/authorize" };
  const intent = await before.stripe.paymentIntents.create(intentParams("pm_card_visa"), options);
  await before.stop();
  const after = await startWorld(t, { dataFolder });
  t.is((await after.stripe.paymentIntents.create(intentParams("pm_card_visa"), options)).id, intent.id);
  t.is((await after.stripe.paymentIntents.capture(intent.id)).status, "succeeded");
  t.deepEqual(await operations(after), ["authorize", "capture"]);
});

test("a charge that the payer's bank has taken back is not refunded as well, one that was won back is", async (t) => {
  const world = await startWorld(t);
  const { id } = await world.stripe.paymentIntents.create(intentParams("pm_card_visa"));
  await world.stripe.paymentIntents.capture(id);
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${world.url}/sandbox/${path}`, { method: "POST", body: JSON.stringify(body) });
    return (await answer.json()) as { readonly id: string };
  };
  const dispute = await post("disputes", { intent: id });
  const refund = () => world.stripe.refunds.create({ payment_intent: id, amount: 1_000 });
  t.like(await t.throwsAsync(refund()), { statusCode: 400, code: "charge_disputed" });
  await post(`disputes/${dispute.id}`, { won: true });
  t.is((await refund()).amount, 1_000);
});
