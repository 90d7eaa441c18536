import { randomUUID } from "node:crypto";
import { PaymentState, TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test from "ava";
import { eur, startWorld, type World } from "./world.ts";

// Its first use is none of what is told here.
test.before(() => import("@paypal/paypal-server-sdk"));

const timeoutMs = 600;
const mostTries = 20;

/** How each provider is paid by, and what it is asked on the way from a promise to a refund and to a void. */
const providers = {
  stripe: {
    tenders: [{ means: { case: "card" as const, value: { paymentMethod: "pm_card_visa" } } }],
    operations: ["createPaymentIntent", "capturePaymentIntent", "createRefund", "cancelPaymentIntent"],
  },
  paypal: {
    tenders: [{ means: { case: "paypal" as const, value: {} } }],
    operations: ["createOrder", "authorizeOrder", "captureAuthorization", "refundCapture", "voidAuthorization"],
  },
} as const;

/** Asks again and again, as order does, until `isSettled`. */
async function settle<Answer>(ask: () => Promise<Answer>, isSettled: (answer: Answer) => boolean): Promise<void> {
  for (let tries = 0; tries < mostTries; tries += 1) if (isSettled(await ask())) return;
  throw new Error(`not settled after ${mostTries} tries`);
}

/** The id of a payment that its payer has promised. */
async function promise(world: World, provider: keyof typeof providers): Promise<string> {
  const order = { tenders: [...providers[provider].tenders], paymentId: randomUUID(), orderGroupId: randomUUID() };
  const { paymentId } = order;
  const isOpen = (state: PaymentState | undefined) => state === PaymentState.UNKNOWN || state === PaymentState.CREATED;
  await settle(
    () => world.authorize(order),
    ({ payment }) => !isOpen(payment?.state),
  );
  const payment = await world.get(paymentId);
  if (payment?.state === PaymentState.REQUIRES_ACTION) await world.atPayPal(payment, "buyer");
  await settle(
    () => world.complete(paymentId),
    ({ state }) => state === PaymentState.AUTHORIZED,
  );
  return paymentId;
}

const struck = test.macro({
  exec: async (t, provider: keyof typeof providers, kind: string, delayMs?: number) => {
    t.timeout(120_000);
    const world = await startWorld(t, { timeoutMs });
    for (const operation of providers[provider].operations)
      await world.switchOn({ provider, kind, operation, count: 1, delayMs });
    const paymentId = await promise(world, provider);
    const capture = { paymentId, captureId: randomUUID(), amount: eur(4_000n), final: true };
    await settle(
      () => world.capture(capture),
      (answer) => answer.capture?.state === TransferState.SUCCEEDED,
    );
    const refund = { paymentId, refundId: randomUUID(), amount: eur(1_000n) };
    await settle(
      () => world.refund(refund),
      (answer) => answer.refund?.state === TransferState.SUCCEEDED,
    );
    const other = await promise(world, provider);
    await settle(
      () => world.giveUp(other),
      ({ payment }) => payment?.state === PaymentState.VOIDED,
    );
    t.deepEqual(await faultsLeft(world), [], "each of them was met");
    const deeds = await world.deeds();
    t.deepEqual(deeds.map(({ operation, amount }) => `${operation} ${amount}`).toSorted(), [
      "authorize 10000",
      "authorize 10000",
      "capture 4000",
      "refund 1000",
      "void 10000",
      "void 6000",
    ]);
    t.like(await world.get(paymentId), { captured: eur(4_000n), refunded: eur(1_000n) });
    const { balances = [] } = await world.ledger({ paymentId, account: "buyer_cash" });
    t.is(balances[0]?.balance?.minorUnits, -3_000n);
  },
  title: (_, provider, kind, delayMs: number = 0) =>
    `${provider}, ${kind} (${delayMs} ms) at every question once: promised, taken, given back and let go once`,
});

async function faultsLeft({ url }: World): Promise<readonly string[]> {
  const { faults } = (await (await fetch(`${url}/sandbox/faults`)).json()) as {
    readonly faults: readonly { readonly operation: string }[];
  };
  return faults.map(({ operation }) => operation);
}

for (const provider of ["stripe", "paypal"] as const) {
  for (const kind of ["error", "timeoutBefore", "timeoutAfter", "resetBefore", "resetAfter"]) {
    test(struck, provider, kind);
  }
  // An answer in time, and one that comes after nobody waits for it any more: the second question is quicker than it.
  test(struck, provider, "slow", 100);
  test(struck, provider, "slow", 1_000);
}
