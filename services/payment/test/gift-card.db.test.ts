import { randomUUID } from "node:crypto";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { PaymentState, TenderKind, TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test from "ava";
import { ASK_AGAIN_MS } from "../src/payment.ts";
import { eur, startWorld, type World } from "./world.ts";

const card = (token = "pm_card_visa") => ({ means: { case: "card" as const, value: { paymentMethod: token } } });
const gift = (code: string, minorUnits?: bigint) => ({
  means: { case: "giftCard" as const, value: { card: { case: "code" as const, value: code } } },
  ...(minorUnits === undefined ? {} : { amount: eur(minorUnits) }),
});

async function moved(world: World): Promise<readonly string[]> {
  return (await world.deeds()).map(({ operation, amount }) => `${operation} ${amount}`);
}

/** The cards whose counters are not the sums of their ledger, and what we owe on all by the books. */
async function audit({ database, ledger }: World) {
  const wrong = await database.sql.rows<{ id: string }>(
    `SELECT card.id FROM gift_card card JOIN gift_card_entry entry ON entry.gift_card_id = card.id
     GROUP BY card.id, card.balance, card.held
     HAVING card.balance <> SUM(entry.balance_delta) OR card.held <> SUM(entry.held_delta)`,
  );
  const { balances = [] } = await ledger({ account: "gift_card_liability" });
  const owed = await database.sql.row<{ owed: string }>("SELECT CAST(SUM(balance) AS CHAR) AS owed FROM gift_card");
  return { wrong, books: balances[0]?.balance?.minorUnits, cards: BigInt(owed?.owed ?? 0) };
}

test("a gift card is issued with a code that is told once and kept nowhere", async (t) => {
  const world = await startWorld(t);
  const personId = randomUUID();
  const { id, code } = await world.issue({ amount: eur(5_000n), personId });
  t.deepEqual(await world.balanceOf(code.toLowerCase().replaceAll("-", "")), eur(5_000n));
  t.is(await world.mint(id), code);
  t.like(await world.events(), [{ name: "GiftCardIssued", giftCardId: id, personId }]);
  const tables = ["gift_card", "gift_card_entry", "ledger_entry", "mesh_outbox"];
  const rows = await Promise.all(tables.map((table) => world.database.sql.rows(`SELECT * FROM ${table}`)));
  t.notRegex(JSON.stringify(rows), new RegExp(code.replaceAll("-", "-?")));
  t.deepEqual(await audit(world), { wrong: [], books: 5_000n, cards: 5_000n });
  await t.throwsAsync(world.balanceOf("0000-0000-0000-0000-0000"), { message: /gift card not found/ });
});

test("a gift card and a card pay together: the gift card is held first, taken first and given back first", async (t) => {
  const world = await startWorld(t);
  const { id, code } = await world.issue({ amount: eur(5_000n) });
  const { payment } = await world.authorize({ tenders: [card(), gift(code, 4_000n)] });
  const paymentId = payment?.id ?? "";
  t.is(payment?.state, PaymentState.AUTHORIZED);
  t.like(payment?.tenders, [
    { kind: TenderKind.GIFT_CARD, giftCardId: id, amount: eur(4_000n) },
    { kind: TenderKind.CARD, amount: eur(6_000n), cardLastFour: "4242" },
  ]);
  t.deepEqual(await world.balanceOf(code), eur(1_000n));
  const first = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(3_000n) });
  t.like(first.capture, {
    state: TransferState.SUCCEEDED,
    parts: [{ kind: TenderKind.GIFT_CARD, amount: eur(3_000n) }],
  });
  const second = await world.capture({ paymentId, captureId: randomUUID(), amount: eur(7_000n), final: true });
  t.like(second.capture?.parts, [{ amount: eur(1_000n) }, { kind: TenderKind.CARD, amount: eur(6_000n) }]);
  t.is(second.payment?.state, PaymentState.CAPTURED);
  const { refund, payment: after } = await world.refund({ paymentId, refundId: randomUUID(), amount: eur(4_500n) });
  t.like(refund?.parts, [
    { giftCardId: id, amount: eur(4_000n) },
    { kind: TenderKind.CARD, amount: eur(500n) },
  ]);
  t.like(after, { captured: eur(10_000n), refunded: eur(4_500n) });
  t.deepEqual(await moved(world), ["authorize 6000", "capture 6000", "refund 500"]);
  t.deepEqual(await world.balanceOf(code), eur(5_000n));
  t.deepEqual(await audit(world), { wrong: [], books: 5_000n, cards: 5_000n });
});

test("gift cards that pay all ask no provider, and their payment captures, refunds and voids by itself", async (t) => {
  const world = await startWorld(t);
  const [one, other] = [await world.issue({ amount: eur(6_000n) }), await world.issue({ amount: eur(20_000n) })];
  const { payment } = await world.authorize({ tenders: [gift(one.code, 6_000n), gift(other.code)] });
  t.like(payment, { state: PaymentState.AUTHORIZED, provider: "" });
  const paymentId = payment?.id ?? "";
  const { payment: taken } = await world.capture({
    paymentId,
    captureId: randomUUID(),
    amount: eur(9_000n),
    final: true,
  });
  t.like(taken, { state: PaymentState.CAPTURED, captured: eur(9_000n) });
  t.deepEqual([await world.balanceOf(one.code), await world.balanceOf(other.code)], [eur(0n), eur(17_000n)]);
  await world.refund({ paymentId, refundId: randomUUID(), amount: eur(9_000n) });
  t.is((await world.get(paymentId))?.state, PaymentState.REFUNDED);
  const { payment: unwanted } = await world.authorize({ tenders: [gift(other.code)] });
  t.is((await world.giveUp(unwanted?.id ?? "")).payment?.state, PaymentState.VOIDED);
  t.deepEqual(await world.deeds(), []);
  t.deepEqual([await world.balanceOf(one.code), await world.balanceOf(other.code)], [eur(6_000n), eur(20_000n)]);
  t.deepEqual(await audit(world), { wrong: [], books: 26_000n, cards: 26_000n });
});

test("a card that is declined lets the gift card go", async (t) => {
  const world = await startWorld(t);
  const { code } = await world.issue({ amount: eur(5_000n) });
  const tenders = [gift(code, 4_000n), card("pm_card_visa_chargeDeclined")];
  const { payment } = await world.authorize({ tenders });
  t.like(payment, { state: PaymentState.FAILED, failureReason: "CARD_DECLINED" });
  t.deepEqual(await world.balanceOf(code), eur(5_000n));
  t.deepEqual((await audit(world)).wrong, []);
});

test("a gift card that has too little refuses the payment, and no provider is asked", async (t) => {
  const world = await startWorld(t);
  const { code } = await world.issue({ amount: eur(3_999n) });
  const { payment } = await world.authorize({ tenders: [gift(code, 4_000n), card()] });
  t.like(payment, { state: PaymentState.FAILED, failureReason: "GIFT_CARD_INSUFFICIENT" });
  t.deepEqual(await world.deeds(), []);
  t.like((await world.events()).at(-1), { name: "PaymentFailed", reason: "GIFT_CARD_INSUFFICIENT" });
});

test("a gift card stays held while nobody knows what became of the card, and is let go with it", async (t) => {
  const world = await startWorld(t, { timeoutMs: 1_000 });
  const { code } = await world.issue({ amount: eur(5_000n) });
  const tenders = [gift(code, 4_000n), card("pm_sandbox_timeoutAfterCharge")];
  const { payment } = await world.authorize({ tenders });
  t.is(payment?.state, PaymentState.UNKNOWN);
  t.deepEqual(await world.balanceOf(code), eur(1_000n));
  await world.giveUp(payment?.id ?? "");
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  t.is((await world.get(payment?.id ?? ""))?.state, PaymentState.VOIDED);
  t.deepEqual(await world.balanceOf(code), eur(5_000n));
});

test("payments side by side never hold more than is on a gift card", async (t) => {
  const world = await startWorld(t);
  const { code } = await world.issue({ amount: eur(10_000n) });
  const orders = Array.from({ length: 8 }, () => ({ amount: eur(3_000n), tenders: [gift(code)] }));
  const paid = await Promise.all(orders.map((order) => world.authorize(order)));
  t.is(paid.filter(({ payment }) => payment?.state === PaymentState.AUTHORIZED).length, 3);
  t.deepEqual(await world.balanceOf(code), eur(1_000n));
  t.deepEqual(await audit(world), { wrong: [], books: 10_000n, cards: 10_000n });
});

test("a payment asked for again holds its gift card once", async (t) => {
  const world = await startWorld(t);
  const { code } = await world.issue({ amount: eur(10_000n) });
  const order = { paymentId: randomUUID(), orderGroupId: randomUUID(), tenders: [gift(code, 4_000n), card()] };
  await Promise.all([world.authorize(order), world.authorize(order)]);
  t.is((await world.authorize(order)).payment?.state, PaymentState.AUTHORIZED);
  t.deepEqual(await world.balanceOf(code), eur(6_000n));
  t.deepEqual(await moved(world), ["authorize 6000"]);
});

test("a gift card whose code only its hash is known pays as well", async (t) => {
  const world = await startWorld(t);
  const { code } = await world.issue({ amount: eur(10_000n) });
  const row = await world.database.sql.row<{ code_hash: string }>("SELECT code_hash FROM gift_card");
  const value = { card: { case: "codeHash" as const, value: row?.code_hash ?? "" } };
  const { payment } = await world.authorize({ tenders: [{ means: { case: "giftCard", value } }] });
  t.is(payment?.state, PaymentState.AUTHORIZED);
  t.deepEqual(await world.balanceOf(code), eur(0n));
});

test("what comes back to an expired gift card can be spent", async (t) => {
  const world = await startWorld(t);
  const dayMs = 24 * 3_600_000;
  const expireTime = timestampFromMs(world.clock.now() + dayMs);
  const { code } = await world.issue({ amount: eur(10_000n), expireTime });
  const { payment } = await world.authorize({ tenders: [gift(code)] });
  const paymentId = payment?.id ?? "";
  world.clock.setOffsetMs(2 * dayMs);
  // Held in time, it is taken however late.
  await world.capture({ paymentId, captureId: randomUUID(), amount: eur(10_000n), final: true });
  t.deepEqual(await world.balanceOf(code), eur(0n));
  await world.refund({ paymentId, refundId: randomUUID(), amount: eur(10_000n) });
  t.deepEqual(await world.balanceOf(code), eur(10_000n));
});

test("a gift card twice, or two cards, are refused", async (t) => {
  const world = await startWorld(t);
  const { code } = await world.issue({ amount: eur(10_000n) });
  const twice = [gift(code, 4_000n), gift(code.toLowerCase(), 6_000n)];
  await t.throwsAsync(world.authorize({ tenders: twice }), { message: /tenders repeated/ });
  const cards = [{ ...card(), amount: eur(4_000n) }, card()];
  await t.throwsAsync(world.authorize({ tenders: cards }), { message: /tenders too many/ });
  await t.throwsAsync(world.authorize({ tenders: [gift(code, 4_000n)] }), { message: /tenders do not match/ });
});
