import { randomUUID } from "node:crypto";
import { DisputeState, PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test from "ava";
import { eur, startWorld, type World } from "./world.ts";

/** A payment that was captured, and then taken back by its payer's bank. */
async function disputedPayment(world: World): Promise<string> {
  const { payment } = await world.authorize({ token: "pm_card_createDispute" });
  const paymentId = payment?.id ?? "";
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(10_000n), final: true });
  await world.receive(await world.inbox.first("charge.dispute.created"));
  return paymentId;
}

test("what the payer's bank takes back is DISPUTED, booked once however often it is told, and said", async (t) => {
  const world = await startWorld(t);
  const paymentId = await disputedPayment(world);
  await world.receive(await world.inbox.first("charge.dispute.created"));
  await world.receive(await world.inbox.first("charge.dispute.funds_withdrawn"));
  t.is((await world.get(paymentId))?.state, PaymentState.DISPUTED);
  t.like(await world.disputes(), [
    {
      paymentId,
      state: DisputeState.OPEN,
      amount: eur(10_000n),
      fee: eur(1_500n),
      reason: "fraudulent",
      answered: false,
    },
  ]);
  t.like(await world.balances({ paymentId }), { buyer_cash: 0, reserve: -10_000, seller_payable: 10_000 });
  t.like((await world.events()).at(-1), { name: "PaymentDisputed", paymentId, state: DisputeState.OPEN });
  const refund = { paymentId, refundId: randomUUID(), amount: eur(1_000n) };
  await t.throwsAsync(world.refund(refund), { message: /payment state/ });
});

test("evidence that convinces the bank wins the money back", async (t) => {
  const world = await startWorld(t);
  const paymentId = await disputedPayment(world);
  const [dispute] = await world.disputes();
  const won = await world.answer(dispute?.id ?? "", "winning_evidence");
  t.like(won, { state: DisputeState.WON, answered: true });
  t.deepEqual(await world.answer(dispute?.id ?? "", "winning_evidence"), won);
  await world.receive(await world.inbox.first("charge.dispute.closed"));
  t.is((await world.get(paymentId))?.state, PaymentState.WON);
  t.like(await world.balances({ paymentId }), { buyer_cash: -10_000, reserve: 0 });
  const states = (await world.events()).filter(({ name }) => name === "PaymentDisputed");
  t.like(states, [{ state: DisputeState.OPEN }, { state: DisputeState.WON }]);
  const { refund } = await world.refund({ paymentId, refundId: randomUUID(), amount: eur(1_000n) });
  t.deepEqual(refund?.amount, eur(1_000n));
});

test("a dispute that is lost stays with the bank", async (t) => {
  const world = await startWorld(t);
  const paymentId = await disputedPayment(world);
  const [dispute] = await world.disputes();
  await world.ask(`/sandbox/disputes/${dispute?.providerReference}`, { won: false });
  await world.receive(await world.inbox.first("charge.dispute.closed"));
  t.is((await world.get(paymentId))?.state, PaymentState.LOST);
  t.like(await world.balances({ paymentId }), { buyer_cash: 0, reserve: 0, platform_revenue: -1_500 - 320 - 10_000 });
  await t.throwsAsync(world.answer(dispute?.id ?? "", "too late"), { message: /dispute state/ });
});

test("a decision that is heard of first says all", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({});
  const paymentId = payment?.id ?? "";
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(10_000n), final: true });
  const { id } = await world.ask("/sandbox/disputes", { intent: payment?.providerReference });
  await world.ask(`/sandbox/disputes/${id}`, { won: true });
  await world.receive(await world.inbox.first("charge.dispute.closed"));
  await world.receive(await world.inbox.first("charge.dispute.created"));
  t.is((await world.get(paymentId))?.state, PaymentState.WON);
  t.like(await world.balances({ paymentId }), { buyer_cash: -10_000, reserve: 0, provider_fee: 1_500 + 320 });
});

test("a dispute that the provider cannot be asked about must be told again", async (t) => {
  const world = await startWorld(t);
  const { payment } = await world.authorize({ token: "pm_card_createDispute" });
  const paymentId = payment?.id ?? "";
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(10_000n), final: true });
  await world.switchOn({ provider: "stripe", kind: "error", operation: "retrieveDispute" });
  const message = await world.inbox.first("charge.dispute.created");
  await t.throwsAsync(world.receive(message), { message: /provider unavailable/ });
  await world.receive(message);
  t.is((await world.get(paymentId))?.state, PaymentState.DISPUTED);
});
