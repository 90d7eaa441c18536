import { createHash } from "node:crypto";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CheckoutState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { PaymentMeans } from "@shopmesh/contracts/shop/order/v1/quote_pb.ts";
import { CheckoutService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentState, SavedMethodState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { eur, nowMs } from "./fixtures.ts";
import { card, customer, startShop } from "./shop.ts";

const CODE = "abcd-2345-efgh-6789";
const HASH = createHash("sha256").update("ABCD2345EFGH6789").digest("hex");
const giftCard = (cents: number) => ({
  means: { case: "giftCard" as const, value: { code: CODE } },
  amount: eur(cents),
});

test("split tender: a gift card pays its part, the card what it leaves, and the code is kept nowhere", async (t) => {
  const { checkout, quoteId, requests, service } = await startShop(t);
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: [giftCard(1000), ...card()] });
  t.is(placed.state, CheckoutState.CONFIRMED);
  const total = placed.group?.totals?.total?.minorUnits ?? 0n;
  t.like(requests("authorizePayment")[0]?.tenders, [
    { means: { case: "giftCard", value: { card: { case: "codeHash", value: HASH } } }, amount: { minorUnits: 1000n } },
    { means: { case: "card" }, amount: { minorUnits: total - 1000n } },
  ]);
  const tables = await service.database.sql.rows<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()",
  );
  for (const { name } of tables) {
    const rows = JSON.stringify(await service.database.sql.rows(`SELECT * FROM ${name}`));
    t.false(/abcd-?2345-?efgh-?6789/i.test(rows), name);
  }
});

test("a gift card that pays everything leaves the card nothing to promise", async (t) => {
  const { checkout, quoteId, requests, asked } = await startShop(t);
  const { quote } = await checkout.quoteCheckout(asked);
  const total = Number(quote?.totals?.total?.minorUnits ?? 0n);
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: [giftCard(total), ...card()] });
  t.is(placed.state, CheckoutState.CONFIRMED);
  t.is(requests("authorizePayment")[0]?.tenders?.length, 1);
});

test("PayPal sends the payer away: REQUIRES_ACTION with where to go", async (t) => {
  const url = "https://paypal.test/approve";
  const { checkout, quoteId, requests } = await startShop(t, {
    authorizePayment: () => ({ payment: { state: PaymentState.REQUIRES_ACTION, actionUrl: url } }),
  });
  const tenders = [{ means: { case: "paypal" as const, value: {} } }];
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders });
  t.like(placed, { state: CheckoutState.REQUIRES_ACTION, actionUrl: url });
  t.like(requests("authorizePayment")[0]?.tenders, [{ means: { case: "paypal" } }]);
});

test("at most one means that a provider promises, each gift card once, and no amount of nothing", async (t) => {
  const { checkout, quoteId } = await startShop(t);
  const paypal = { means: { case: "paypal" as const, value: {} }, amount: eur(100) };
  for (const [tenders, reason] of [
    [[paypal, ...card()], "TENDERS_TOO_MANY"],
    [[giftCard(100), giftCard(200), ...card()], "TENDERS_REPEATED"],
    [[giftCard(0), ...card()], "TENDERS_MISMATCH"],
    [[giftCard(100)], "TENDERS_MISMATCH"],
  ] as const) {
    const refused = checkout.placeOrder({ requestId: reason + tenders.length, quoteId, tenders: [...tenders] });
    t.like(await t.throwsAsync(refused, { instanceOf: DomainError }), { kind: "invalid", reason });
  }
});

test("ListPaymentOptions tells all means there are", async (t) => {
  const { checkout, quoteId } = await startShop(t);
  const { options } = await checkout.listPaymentOptions({ quoteId });
  t.deepEqual(
    options.map(({ means }) => means),
    [PaymentMeans.CARD, PaymentMeans.GIFT_CARD],
  );
});

test("ListPaymentOptions tells a customer's saved cards first, those that can still pay", async (t) => {
  const method = { state: SavedMethodState.ACTIVE, cardBrand: "visa", cardLastFour: "4242", expireMonth: 1 };
  const methods = [
    { ...method, id: "expires-this-month", expireYear: 2027 },
    { ...method, id: "expired", expireYear: 2026, expireMonth: 12 },
    { ...method, id: "undecided", state: SavedMethodState.REQUIRES_ACTION, expireYear: 2040 },
    { ...method, id: "good", expireYear: 2040 },
  ];
  const { service, asked, quoteId, checkout, calls } = await startShop(t, { listSavedMethods: () => ({ methods }) });
  const hers = service.as(customer)(CheckoutService);
  const { quote } = await hers.quoteCheckout(asked);
  const { options } = await hers.listPaymentOptions({ quoteId: quote?.id ?? "" });
  t.deepEqual(
    options.map(({ means, savedMethodId }) => [means, savedMethodId]),
    [
      [PaymentMeans.CARD, "expires-this-month"],
      [PaymentMeans.CARD, "good"],
      [PaymentMeans.CARD, ""],
      [PaymentMeans.GIFT_CARD, ""],
    ],
  );
  t.like(options[0], { label: "Visa", cardBrand: "visa", cardLastFour: "4242", expireMonth: 1, expireYear: 2027 });
  await checkout.listPaymentOptions({ quoteId });
  t.is(calls().filter((name) => name === "listSavedMethods").length, 1, "a guest has none");
});

test("ListPaymentOptions tells what anybody can pay with where payment does not answer", async (t) => {
  const { service, asked } = await startShop(t, {
    listSavedMethods: () => {
      throw new DomainError("unavailable", "UNAVAILABLE");
    },
  });
  const hers = service.as(customer)(CheckoutService);
  const { quote } = await hers.quoteCheckout(asked);
  const { options } = await hers.listPaymentOptions({ quoteId: quote?.id ?? "" });
  t.deepEqual(
    options.map(({ means }) => means),
    [PaymentMeans.CARD, PaymentMeans.GIFT_CARD],
  );
});

test("ListPaymentOptions tells page by page", async (t) => {
  const { checkout, quoteId } = await startShop(t);
  const first = await checkout.listPaymentOptions({ quoteId, pageSize: 1 });
  const second = await checkout.listPaymentOptions({ quoteId, pageSize: 1, pageToken: first.nextPageToken });
  t.deepEqual(
    [...first.options, ...second.options].map(({ means }) => means),
    [PaymentMeans.CARD, PaymentMeans.GIFT_CARD],
  );
  t.is(second.nextPageToken, "");
});

test("Payment that succeeds after its hold expired: where the stock is gone it is given back by itself, and told", async (t) => {
  let state: PaymentState = PaymentState.REQUIRES_ACTION;
  const { checkout, quoteId, orders, admin, requests, service } = await startShop(t, {
    authorizePayment: () => ({
      payment: { state, actionUrl: "https://bank.test", actionExpireTime: timestampFromMs(nowMs + 600_000) },
    }),
    allocateStock: () => {
      throw new DomainError("precondition", "OUT_OF_STOCK", { A: "0" });
    },
    // A provider that takes at once what it promises.
    voidPayment: () => {
      throw new DomainError("precondition", "PAYMENT_STATE");
    },
  });
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const orderGroupId = placed.group?.id ?? "";
  state = PaymentState.CAPTURED;
  await admin.retryCheckout({ requestId: "wake", orderGroupId });
  const told = [];
  for await (const { group, entries } of orders(AbortSignal.timeout(20_000)).watchOrder({ orderGroupId })) {
    told.push(...entries);
    if (group?.state === CheckoutState.REJECTED) break;
  }
  t.deepEqual(
    requests("refundPayment").map(({ refundId, amount }) => [refundId, amount?.minorUnits]),
    [[orderGroupId, placed.group?.totals?.total?.minorUnits]],
  );
  t.true(told.some(({ reason, summary }) => reason === "OUT_OF_STOCK" && /nothing is kept/.test(summary)));
  const events = await service.database.sql.rows<{ subject: string }>("SELECT subject FROM mesh_outbox");
  t.is(events.filter(({ subject }) => subject.endsWith("OrderRejected")).length, 2);
});
