import { randomUUID } from "node:crypto";
import { PromotionClass, PromotionTrigger } from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import test from "ava";
import { customer, desk, guest, reasonOf } from "./desk.ts";

const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });
const books = randomUUID();
const [seller, other] = [randomUUID(), randomUUID()];
const lines = [
  { sku: "A", sellerId: seller, categoryId: books, quantity: 2, unitPrice: eur(2000n) },
  { sku: "B", sellerId: other, quantity: 1, unitPrice: eur(1000n) },
];
const percent = (basisPoints: number) => ({ action: { case: "percentOff" as const, value: { basisPoints } } });
const byItself = { couponCode: "", discountBasisPoints: 0, trigger: PromotionTrigger.AUTOMATIC };

test("an automatic promotion comes off by itself, at once where it was made", async (t) => {
  const { order, offer } = await desk(t);
  t.like(await order.evaluatePromotions({ lines }), { discounts: [], promotions: [] });
  const promotionId = await offer({
    ...byItself,
    action: percent(1000),
    promotionClass: PromotionClass.PRODUCT,
    conditions: { categoryIds: [books] },
    platformShareBasisPoints: 2500,
  });
  const { discounts, promotions, dependsOnDelivery } = await order.evaluatePromotions({ lines });
  t.like(discounts, [
    {
      sku: "A",
      promotionId,
      couponCode: "",
      amount: eur(400n),
      sellerAmount: eur(300n),
      platformAmount: eur(100n),
      promotionClass: PromotionClass.PRODUCT,
    },
  ]);
  t.is(discounts.length, 1);
  t.like(promotions, [{ promotionId, amount: eur(400n), counted: false }]);
  t.false(dependsOnDelivery);
});

test("without a code no statement is needed, with automatic promotions or without", async (t) => {
  const { order, offer, database, parts } = await desk(t);
  await offer({ ...byItself, action: percent(1000) });
  t.is((await order.evaluatePromotions({ lines })).discounts.length, 2);
  t.truthy(parts);
  await database.sql.execute("RENAME TABLE promotion TO promotion_away");
  t.is((await order.evaluatePromotions({ lines })).discounts.length, 2);
});

test("a code that would give less than what comes off without it is told so, and not used up", async (t) => {
  const { order, offer, holder } = await desk(t);
  await offer();
  await offer({ ...byItself, action: percent(2000) });
  const { couponProblem, promotions } = await order.evaluatePromotions({ lines, couponCode: "TEN" });
  t.is(couponProblem, "COUPON_BETTER_OFFER");
  t.deepEqual(
    promotions.map(({ couponCode, amount }) => [couponCode, amount?.minorUnits]),
    [["", 1000n]],
  );
  t.true((await holder(guest).explainCoupon({ couponCode: "TEN", lines })).applies);
});

test("a rule in CEL decides, and what is wrong with one is told with its place", async (t) => {
  const { order, offer } = await desk(t);
  await offer({ conditions: { rule: "cart.lines.exists(line, line.sku == 'A' && line.quantity >= 2)" } });
  t.is((await order.evaluatePromotions({ lines, couponCode: "TEN" })).couponProblem, "");
  const [, b] = lines;
  const answer = await order.evaluatePromotions({ lines: b === undefined ? [] : [b], couponCode: "TEN" });
  t.is(answer.couponProblem, "COUPON_RULE_NOT_MET");
  const wrong = await t.throwsAsync(offer({ couponCode: "BAD", conditions: { rule: "cart.lines > 1" } }));
  t.like(wrong, { reason: "RULE_INVALID", metadata: { field: "conditions.rule", line: "1", column: "12" } });
});

test("what depends on the country is shown until it is known, and told to depend on it", async (t) => {
  const { order, offer } = await desk(t);
  await offer({ conditions: { countryCodes: ["DE"] } });
  await offer({ couponCode: "RULED", conditions: { rule: "delivery.country_code == 'DE'" } });
  for (const [couponCode, problem] of [
    ["TEN", "COUPON_COUNTRY_NOT_SERVED"],
    ["RULED", "COUPON_RULE_NOT_MET"],
  ] as const) {
    t.like(await order.evaluatePromotions({ lines, couponCode }), { couponProblem: "", dependsOnDelivery: true });
    t.is((await order.evaluatePromotions({ lines, couponCode, countryCode: "DE" })).couponProblem, "");
    t.is((await order.evaluatePromotions({ lines, couponCode, countryCode: "FR" })).couponProblem, problem);
  }
});

test("free shipping is told before the deliveries are known, and comes off them then", async (t) => {
  const { order, offer } = await desk(t);
  await offer({ discountBasisPoints: 0, action: { action: { case: "freeShipping", value: {} } } });
  const before = await order.evaluatePromotions({ lines, couponCode: "TEN" });
  t.like(before, { couponProblem: "", dependsOnDelivery: true, shippingDiscounts: [] });
  t.like(before.promotions, [{ amount: eur(0n), promotionClass: PromotionClass.SHIPPING, counted: true }]);
  const shipping = [
    { sellerId: seller, price: eur(490n) },
    { sellerId: other, price: eur(290n) },
  ];
  const after = await order.evaluatePromotions({ lines, couponCode: "TEN", countryCode: "DE", shipping });
  t.deepEqual(
    after.shippingDiscounts.map(({ sellerId, amount, sellerAmount }) => [sellerId, amount, sellerAmount?.minorUnits]),
    [
      [seller, after.shippingDiscounts[0]?.amount, 490n],
      [other, after.shippingDiscounts[1]?.amount, 290n],
    ],
  );
});

test("a first order is one: before any was confirmed, and once at a time", async (t) => {
  const { order, offer, confirm } = await desk(t);
  const promotionId = await offer({ conditions: { firstOrder: true } });
  const customerId = randomUUID();
  const problem = async () => (await order.evaluatePromotions({ lines, couponCode: "TEN", customerId })).couponProblem;
  const reserve = (redemptionId = randomUUID()) =>
    reasonOf(
      order.reserveRedemption({
        requestId: randomUUID(),
        redemptionId,
        couponCode: "TEN",
        customerId,
        parts: [{ promotionId, discount: eur(1n) }],
      }),
    );
  t.is(await problem(), "");
  const answers = await Promise.all(Array.from({ length: 8 }, () => reserve()));
  t.is(answers.filter((answer) => answer === "accepted").length, 1);
  t.is(answers.filter((answer) => answer === "COUPON_CUSTOMER_LIMIT_REACHED").length, 7);
  await confirm(randomUUID(), { customerId, shippingPrice: eur(490n), sellerId: seller });
  t.is(await problem(), "COUPON_FIRST_ORDER_ONLY");
});

test("a group's coupon is for its members", async (t) => {
  const { order, offer, administration } = await desk(t);
  await offer({ conditions: { customerGroups: ["vip"] } });
  const customerId = randomUUID();
  const problem = async () => (await order.evaluatePromotions({ lines, couponCode: "TEN", customerId })).couponProblem;
  t.is(await problem(), "COUPON_GROUP_ONLY");
  await administration.setCustomerGroups({ requestId: "g", customerId, groups: ["vip", "staff"] });
  t.is(await problem(), "");
  t.deepEqual((await administration.getCustomerGroups({ customerId })).groups, ["staff", "vip"]);
  await administration.setCustomerGroups({ requestId: "h", customerId, groups: [] });
  t.is(await problem(), "COUPON_GROUP_ONLY");
});

test("a coupon of certain goods is explained condition by condition, in words", async (t) => {
  const { holder, offer } = await desk(t);
  await offer({
    minimumSubtotal: eur(5000n),
    conditions: { categoryIds: [books], minimumQuantity: 3, countryCodes: ["DE", "AT"], firstOrder: true },
  });
  const { conditions, label } = await holder(customer(randomUUID())).explainCoupon({
    couponCode: "TEN",
    lines,
    countryCode: "FR",
  });
  t.is(label, "Ten off");
  t.deepEqual(
    conditions.filter(({ isMet }) => !isMet).map(({ reason, description }) => `${reason}: ${description}`),
    [
      "COUPON_QUANTITY_NOT_MET: from 3 pieces",
      "COUPON_MINIMUM_NOT_MET: for goods of at least EUR 50.00",
      "COUPON_COUNTRY_NOT_SERVED: delivered to DE, AT",
    ],
  );
});
