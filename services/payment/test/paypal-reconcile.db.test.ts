import { randomUUID } from "node:crypto";
import { DiscrepancyKind, DisputeState, PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test from "ava";
import { eur, hourMs, startWorld, type World } from "./world.ts";

// Its first use is none of what is told here.
test.before(() => import("@paypal/paypal-server-sdk"));

const tenders = [{ means: { case: "paypal" as const, value: {} } }];
/** PayPal lists what happened at most so much later. */
const listedMs = 4 * hourMs;

async function promise(world: World): Promise<string> {
  const { payment } = await world.authorize({ tenders });
  await world.atPayPal(payment, "buyer");
  await world.complete(payment?.id ?? "");
  return payment?.id ?? "";
}

/** The provider's names of what was taken. */
async function takings(world: World, paymentId: string): Promise<readonly string[]> {
  const rows = await world.database.sql.rows<{ reference: string }>(
    "SELECT reference FROM transfer WHERE payment_id = ? AND kind = 'capture'",
    [paymentId],
  );
  return rows.map(({ reference }) => reference);
}

/** Money given back at PayPal of which the shop knows nothing. */
async function refundBehind(world: World, paymentId: string, cents: bigint) {
  const [reference = ""] = await takings(world, paymentId);
  const payment = await world.get(paymentId);
  const answer = await world.payPal.refund(
    {
      reference: payment?.providerReference ?? "",
      promise: "",
      transferId: randomUUID(),
      attempt: 1,
      paymentId,
      amount: eur(cents),
      outOf: [{ reference, amount: eur(cents) }],
    },
    5_000,
  );
  if (answer.kind !== "answered") throw new Error(answer.kind);
}

test("our books and PayPal's agree, whatever was captured, refunded, released and voided", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(3_000n) });
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(3_000n), final: true });
  await world.refund({ paymentId, refundId: randomUUID(), amount: eur(4_000n) });
  await world.giveUp(await promise(world));
  await promise(world);
  await world.authorize({ tenders });
  await world.authorize({});
  world.clock.setOffsetMs(listedMs);
  t.like(await world.reconcile(), { checkedCount: 5, foundCount: 0 });
  t.deepEqual(await world.discrepancies(), []);
  const { balances = [] } = await world.ledger({});
  const sums = balances.reduce((sum, { balance }) => sum + (balance?.minorUnits ?? 0n), 0n);
  t.is(sums, 0n);
});

test("money that moved at PayPal behind our back is listed once, and is resolved when it heals", async (t) => {
  const world = await startWorld(t);
  const paymentId = await promise(world);
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(10_000n), final: true });
  await refundBehind(world, paymentId, 1_500n);
  world.clock.setOffsetMs(listedMs);
  t.like(await world.reconcile(), { foundCount: 1 });
  t.like(await world.reconcile(), { foundCount: 0 });
  t.like(await world.discrepancies(), [{ paymentId, provider: "paypal", kind: DiscrepancyKind.AMOUNT_DIFFERS }]);
  await world.database.sql.execute(
    `INSERT INTO transfer (id, payment_id, kind, state, currency, amount, moves, is_final, reason, failure_reason, create_ms, update_ms)
     VALUES (?, ?, 'refund', 'succeeded', 'EUR', 1500, 1500, 0, 'BY_HAND', '', 0, 0)`,
    [randomUUID(), paymentId],
  );
  t.like(await world.reconcile(), { resolvedCount: 1 });
});

test("a payment at PayPal that nobody here knows is listed once PayPal lists it", async (t) => {
  const world = await startWorld(t);
  await promise(world);
  const paymentId = randomUUID();
  const order = {
    paymentId,
    attempt: 1,
    orderGroupId: randomUUID(),
    amount: eur(700n),
    paymentMethod: "",
    customer: "",
    isSaving: false,
    isOffSession: false,
    orderNumbers: [],
    returnUrl: "http://shop.test/",
  };
  const made = await world.payPal.authorize(order, 5_000);
  if (made.kind !== "answered") throw new Error(made.kind);
  const { reference, actionUrl } = made.value;
  await world.atPayPal({ actionUrl }, "buyer");
  await world.payPal.confirm({ reference, paymentId, amount: eur(700n) }, 5_000);
  world.clock.setOffsetMs(hourMs);
  await world.reconcile();
  t.deepEqual(await world.discrepancies(), []);
  world.clock.setOffsetMs(listedMs);
  await world.reconcile();
  t.like(await world.discrepancies(), [
    { provider: "paypal", providerReference: reference, paymentId, kind: DiscrepancyKind.MISSING_HERE, here: "" },
  ]);
});

test("a dispute at PayPal that nobody told us of is found and written down", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ tenders });
  const paymentId = payment?.id ?? "";
  await world.atPayPal(payment, "dispute");
  await world.complete(paymentId);
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(10_000n), final: true });
  await world.inbox.first("CUSTOMER.DISPUTE.CREATED");
  world.clock.setOffsetMs(hourMs);
  t.like(await world.reconcile(), { foundCount: 1, resolvedCount: 1 });
  t.is((await world.get(paymentId))?.state, PaymentState.DISPUTED);
  t.like(await world.disputes(), [{ paymentId, state: DisputeState.OPEN }]);
  t.like(await world.discrepancies(false), [{ kind: DiscrepancyKind.DISPUTE_DIFFERS, here: "no dispute" }]);
});
