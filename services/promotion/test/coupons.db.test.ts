import { randomUUID } from "node:crypto";
import { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import test from "ava";
import { customer, desk, guest, reasonOf } from "./desk.ts";

const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });
const lines = [
  { sku: "A", sellerId: randomUUID(), quantity: 3, unitPrice: eur(1990n) },
  { sku: "B", sellerId: randomUUID(), quantity: 1, unitPrice: eur(455n) },
];

test("a coupon takes its percentage off the lines", async (t) => {
  const { order, offer } = await desk(t);
  const promotionId = await offer();
  const { discounts, couponProblem, couponCode } = await order.evaluatePromotions({ lines, couponCode: " ten " });
  t.is(couponProblem, "");
  t.is(couponCode, "TEN");
  t.deepEqual(
    discounts.map(({ sku, amount }) => [sku, amount?.minorUnits]),
    // 642.5 of 6425 is 643; the seller of B comes nearest to its next cent.
    [
      ["A", 597n],
      ["B", 46n],
    ],
  );
  t.like(discounts[0], { promotionId, label: "Ten off", couponCode: "TEN" });
});

test("without a coupon nothing comes off", async (t) => {
  const { order, offer } = await desk(t);
  await offer();
  t.like(await order.evaluatePromotions({ lines }), { discounts: [], couponProblem: "", couponCode: "" });
});

test("a coupon that does not apply is answered with its reason", async (t) => {
  const { order, offer, administration } = await desk(t);
  const promotionId = await offer({ minimumSubtotal: eur(10_000n) });
  const problem = async (couponCode: string) => (await order.evaluatePromotions({ lines, couponCode })).couponProblem;
  t.is(await problem("TEN"), "COUPON_MINIMUM_NOT_MET");
  t.is(await problem("NONE"), "COUPON_NOT_FOUND");
  await administration.pausePromotion({ requestId: "p", promotionId });
  t.is(await problem("TEN"), "COUPON_PAUSED");
});

test("a customer who has used a coupon up is told, another one not", async (t) => {
  const { order, offer } = await desk(t);
  await offer({ maxRedemptionsPerCustomer: 1 });
  const customerId = randomUUID();
  await order.reserveRedemption({ requestId: "r", redemptionId: randomUUID(), couponCode: "TEN", customerId });
  const problem = async (id: string) =>
    (await order.evaluatePromotions({ lines, couponCode: "TEN", customerId: id })).couponProblem;
  t.is(await problem(customerId), "COUPON_CUSTOMER_LIMIT_REACHED");
  t.is(await problem(randomUUID()), "");
  t.is(await problem(""), "COUPON_NEEDS_CUSTOMER");
});

test("lines of several currencies are refused, with a coupon or without", async (t) => {
  const { order, holder } = await desk(t);
  const mixed = [...lines, { sku: "C", sellerId: "", quantity: 1, unitPrice: { currencyCode: "JPY", minorUnits: 1n } }];
  t.is(await reasonOf(order.evaluatePromotions({ lines: mixed })), "CURRENCY_MIXED");
  t.is(await reasonOf(holder(guest).explainCoupon({ couponCode: "TEN", lines: mixed })), "CURRENCY_MIXED");
});

test("a coupon is explained condition by condition, to a guest and to a customer", async (t) => {
  const { holder, offer } = await desk(t);
  await offer({ maxRedemptionsPerCustomer: 1, minimumSubtotal: eur(6000n) });
  const asGuest = await holder(guest).explainCoupon({ couponCode: "TEN", lines });
  t.false(asGuest.applies);
  t.is(asGuest.discountTotal, undefined);
  t.deepEqual(
    asGuest.conditions.map(({ reason, isMet }) => `${isMet ? "+" : "-"} ${reason}`),
    [
      "+ COUPON_NOT_FOUND",
      "+ COUPON_PAUSED",
      "+ COUPON_NOT_STARTED",
      "- COUPON_NEEDS_CUSTOMER",
      "+ COUPON_CUSTOMER_LIMIT_REACHED",
      "+ COUPON_MINIMUM_NOT_MET",
    ],
  );
  const asCustomer = await holder(customer(randomUUID())).explainCoupon({ couponCode: "ten", lines });
  t.true(asCustomer.applies);
  t.is(asCustomer.discountTotal?.minorUnits, 643n);
});

test("only cart and order ask what comes off, and nobody outside reserves", async (t) => {
  const { as, holder } = await desk(t);
  t.is(await reasonOf(holder(guest).evaluatePromotions({ lines })), "ACCESS_DENIED");
  t.is(await reasonOf(as(guest, "cart")(PromotionService).evaluatePromotions({ lines })), "accepted");
  const request = { requestId: "r", redemptionId: randomUUID(), couponCode: "TEN" };
  t.is(await reasonOf(as(guest, "cart")(PromotionService).reserveRedemption(request)), "ACCESS_DENIED");
});
