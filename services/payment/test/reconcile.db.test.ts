import { randomUUID } from "node:crypto";
import { DiscrepancyKind, DisputeState, PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test from "ava";
import { auditBooks, keepImbalances, readImbalances } from "../src/store/audit.ts";
import { countOpenDiscrepancies } from "../src/store/reconciliation.ts";
import { findBookByReference } from "../src/store/payments.ts";
import { eur, hourMs, startWorld, type World } from "./world.ts";

const minuteMs = 60_000;

async function capturedPayment(world: World, minorUnits = 10_000n) {
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(minorUnits), final: true });
  return { paymentId, reference: payment?.providerReference ?? "" };
}

test("books that agree have no discrepancy, whatever was captured, refunded, released and voided", async (t) => {
  const world = await startWorld(t);
  const { paymentId } = await capturedPayment(world, 6_000n);
  await world.refund({ paymentId, refundId: randomUUID(), amount: eur(1_000n) });
  const whole = await world.authorize({ token: "pm_sandbox_singleCapture" });
  const part = { paymentId: whole.payment?.id ?? "", amount: eur(4_000n) };
  await world.capture({ ...part, captureId: randomUUID() });
  await world.release({ ...part, releaseId: randomUUID(), amount: eur(6_000n) });
  await world.giveUp((await world.authorize({})).payment?.id ?? "");
  await world.authorize({ token: "pm_card_visa_chargeDeclined" });
  await world.authorize({});
  world.clock.setOffsetMs(5 * minuteMs);
  t.like(await world.reconcile(), { checkedCount: 5, foundCount: 0 });
  t.deepEqual(await world.discrepancies(), []);
});

test("money that moved at the provider behind our back is listed once, and is resolved when it heals", async (t) => {
  const world = await startWorld(t);
  const { paymentId, reference } = await capturedPayment(world);
  const refund = await world.stripe.refunds.create({ payment_intent: reference, amount: 1_500 });
  world.clock.setOffsetMs(5 * minuteMs);
  t.like(await world.reconcile(), { foundCount: 1 });
  t.like(await world.reconcile(), { foundCount: 0 });
  t.like(await world.discrepancies(), [
    { paymentId, providerReference: reference, kind: DiscrepancyKind.AMOUNT_DIFFERS, resolveTime: undefined },
  ]);
  t.regex(refund.id, /^re_/);
  const { sql } = world.database;
  await world.runDue();
  t.deepEqual(await sql.rows("SELECT ask_ms FROM payment"), [{ ask_ms: null }], "looked at once, and not for ever");
  await sql.execute("UPDATE transfer SET moves = moves WHERE payment_id = ?", [paymentId]);
  await sql.execute(
    `INSERT INTO transfer (id, payment_id, kind, state, currency, amount, moves, is_final, reason, failure_reason, create_ms, update_ms)
     VALUES (?, ?, 'refund', 'succeeded', 'EUR', 1500, 1500, 0, 'BY_HAND', '', 0, 0)`,
    [randomUUID(), paymentId],
  );
  t.is(await countOpenDiscrepancies(sql, 0), 1, "an alert is to tell of it");
  t.is(await countOpenDiscrepancies(sql, Date.now() + hourMs), 0, "for a day");
  t.like(await world.reconcile(), { resolvedCount: 1 });
  t.is(await countOpenDiscrepancies(sql, 0), 0);
  t.deepEqual(await world.discrepancies(), []);
  t.is((await world.discrepancies(false)).length, 1);
});

test("a payment at the provider that nobody here knows is listed", async (t) => {
  const world = await startWorld(t);
  await capturedPayment(world);
  const stranger = await world.stripe.paymentIntents.create({
    amount: 700,
    currency: "eur",
    confirm: true,
    payment_method: "pm_card_visa",
    allowed_payment_method_types: ["card"],
  });
  world.clock.setOffsetMs(5 * minuteMs);
  await world.reconcile();
  t.like(await world.discrepancies(), [
    { providerReference: stranger.id, paymentId: "", kind: DiscrepancyKind.MISSING_HERE, here: "" },
  ]);
});

test("a payment here that the provider does not know is listed", async (t) => {
  const world = await startWorld(t);
  const { paymentId } = await capturedPayment(world);
  await world.database.sql.execute("UPDATE payment SET reference = 'pi_gone' WHERE id = ?", [paymentId]);
  world.clock.setOffsetMs(5 * minuteMs);
  await world.reconcile();
  const kinds = (await world.discrepancies()).map(({ providerReference, kind }) => [
    providerReference === "pi_gone",
    kind,
  ]);
  t.deepEqual(
    kinds.toSorted(([left]) => (left === true ? -1 : 1)),
    [
      [true, DiscrepancyKind.MISSING_THERE],
      [false, DiscrepancyKind.MISSING_HERE],
    ],
  );
});

test("a promise that was given up at the provider is listed, and the payment follows it", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  await world.stripe.paymentIntents.cancel(payment?.providerReference ?? "");
  world.clock.setOffsetMs(5 * minuteMs);
  t.like(await world.reconcile(), { foundCount: 1 });
  t.like(await world.discrepancies(), [{ kind: DiscrepancyKind.STATE_DIFFERS }]);
  await world.runDue();
  t.is((await world.get(payment?.id ?? ""))?.state, PaymentState.EXPIRED);
  world.clock.setOffsetMs(10 * minuteMs);
  t.like(await world.reconcile(), { resolvedCount: 1 });
});

test("a dispute that nobody told us of is found, written down and listed as healed; so is its end", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ token: "pm_card_createDispute" });
  const paymentId = payment?.id ?? "";
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(10_000n), final: true });
  await world.inbox.first("charge.dispute.created");
  world.clock.setOffsetMs(5 * minuteMs);
  t.like(await world.reconcile(), { foundCount: 1, resolvedCount: 1 });
  t.is((await world.get(paymentId))?.state, PaymentState.DISPUTED);
  const [dispute] = await world.disputes();
  t.like(dispute, { paymentId, state: DisputeState.OPEN, amount: eur(10_000n) });
  await world.stripe.disputes.close(dispute?.providerReference ?? "");
  world.clock.setOffsetMs(10 * hourMs);
  t.like(await world.reconcile(), { foundCount: 1, resolvedCount: 1 });
  t.is((await world.get(paymentId))?.state, PaymentState.LOST);
  t.like(await world.reconcile(), { foundCount: 0, resolvedCount: 0 });
  const amount = "EUR 100.00, fraudulent";
  t.like(await world.discrepancies(false), [
    {
      kind: DiscrepancyKind.DISPUTE_DIFFERS,
      paymentId,
      here: `dispute open: ${amount}`,
      there: `dispute lost: ${amount}`,
    },
  ]);
  t.deepEqual(await world.discrepancies(), []);
});

test("a dispute of a payment that is none of ours is listed until somebody looks at it", async (t) => {
  const world = await startWorld(t);
  const { paymentId } = await capturedPayment(world);
  const stranger = await world.stripe.paymentIntents.create({
    amount: 700,
    currency: "eur",
    confirm: true,
    payment_method: "pm_card_visa",
    allowed_payment_method_types: ["card"],
  });
  await world.ask("/sandbox/disputes", { intent: stranger.id });
  world.clock.setOffsetMs(5 * minuteMs);
  await world.reconcile();
  await world.reconcile();
  const found = await world.discrepancies();
  t.like(found, [
    { kind: DiscrepancyKind.DISPUTE_DIFFERS, here: "", there: "dispute open: EUR 7.00, fraudulent" },
    {
      kind: DiscrepancyKind.MISSING_HERE,
      here: "",
      there: "nothing promised, EUR 7.00 taken, EUR 0.00 given back",
      providerReference: stranger.id,
    },
  ]);
  t.is((await world.get(paymentId))?.state, PaymentState.CAPTURED);
});

test("what the provider says of no payment is of none, also while one of ours has no name there yet", async (t) => {
  const world = await startWorld(t, { timeoutMs: 1_000 });
  const { payment } = await world.authorize({ token: "pm_sandbox_timeoutAfterCharge" });
  t.is(payment?.providerReference, "");
  t.is(await findBookByReference(world.database.sql, "stripe", ""), undefined);
});

test("more than a page is compared, and the next run begins where this one ended", async (t) => {
  const world = await startWorld(t);
  for (let index = 0; index < 105; index += 1) await world.authorize({});
  world.clock.setOffsetMs(5 * minuteMs);
  t.like(await world.reconcile(), { checkedCount: 105, foundCount: 0 });
  world.clock.setOffsetMs(hourMs);
  await world.reconcile();
  world.clock.setOffsetMs(2 * hourMs);
  t.like(await world.reconcile(), { checkedCount: 0 });
});

test("what the provider does not answer is compared by the next run", async (t) => {
  const world = await startWorld(t);
  const { reference } = await capturedPayment(world);
  await world.stripe.refunds.create({ payment_intent: reference, amount: 1_500 });
  world.clock.setOffsetMs(5 * minuteMs);
  for (const operation of ["listPaymentIntents", "listBalanceTransactions", "listRefunds"]) {
    await world.switchOn({ provider: "stripe", kind: "error", operation });
  }
  await world.switchOn({ provider: "stripe", kind: "error", operation: "retrievePaymentIntent" });
  t.like(await world.reconcile(), { foundCount: 0 });
  t.like(await world.reconcile(), { foundCount: 1 });
});

test("the audit of the books finds what does not add up", async (t) => {
  const world = await startWorld(t);
  await capturedPayment(world);
  const { id } = await world.issue({ amount: eur(5_000n) });
  const { sql } = world.database;
  t.deepEqual(await auditBooks(sql), { imbalances: [], brokenMovements: [], wrongGiftCards: [] });
  await sql.execute("UPDATE gift_card SET balance = balance - 1 WHERE id = ?", [id]);
  await sql.execute("UPDATE ledger_entry SET amount = amount + 7 WHERE account = 'seller_payable'");
  t.like(await auditBooks(sql), {
    imbalances: [{ currency: "EUR", minorUnits: 7n }],
    brokenMovements: { length: 1 },
    wrongGiftCards: [id, "all in EUR"],
  });
});

test("what is told of the books is what has been added up, and what was booked since", async (t) => {
  const world = await startWorld(t);
  const { sql } = world.database;
  const nowMs = () => world.clock.now();
  t.deepEqual(await readImbalances(sql), []);
  await capturedPayment(world);
  t.deepEqual(await readImbalances(sql), [{ currency: "EUR", minorUnits: 0n }]);
  await sql.execute("UPDATE ledger_entry SET amount = amount + 7 WHERE account = 'seller_payable'");
  t.deepEqual(await readImbalances(sql), [{ currency: "EUR", minorUnits: 7n }]);
  world.clock.setOffsetMs(hourMs);
  await keepImbalances(sql, nowMs() - 1);
  await capturedPayment(world);
  t.deepEqual(await readImbalances(sql), [{ currency: "EUR", minorUnits: 7n }]);
  const plan = await sql.rows<{ Extra: string; key: string }>(
    "EXPLAIN SELECT currency, SUM(amount) FROM ledger_entry WHERE create_ms > ? GROUP BY currency",
    [nowMs() - hourMs / 2],
  );
  t.like(plan, [{ key: "recent" }]);
  t.regex(plan[0]?.Extra ?? "", /Using index/);
});
