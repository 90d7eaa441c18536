import { randomUUID } from "node:crypto";
import { PromotionState, PromotionTrigger } from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import { PromotionAdminService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import type { Actor } from "@shopmesh/mesh";
import test from "ava";
import { tellDue } from "../src/consumers.ts";
import { desk, reasonOf } from "./desk.ts";

const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });
const seconds = (ms: number) => ({ seconds: BigInt(ms / 1000) });
const seller = (sellerId: string): Actor => ({
  kind: "person",
  id: randomUUID(),
  roles: ["seller"],
  sellerId,
  sessionId: "s",
});
const byGenerated = { couponCode: "", trigger: PromotionTrigger.GENERATED_CODES };

test("an update changes what its mask names, and only what was read", async (t) => {
  const { administration, offer, order } = await desk(t);
  const id = await offer({ maxRedemptions: 5, budget: eur(1000n) });
  const update = (etag: string, paths: string[], fields: object) =>
    administration.updatePromotion({
      requestId: randomUUID(),
      promotion: { id, etag, ...fields },
      updateMask: { paths },
    });
  const { promotion } = await update("1", ["label", "budget"], { label: "New", maxRedemptions: 1 });
  t.like(promotion, { label: "New", maxRedemptions: 5, budget: undefined, etag: "2" });
  t.is(await reasonOf(update("1", ["label"], { label: "Lost" })), "PROMOTION_CHANGED");
  t.is(await reasonOf(update("2", ["coupon_code"], { couponCode: "OTHER" })), "FIELD_NOT_CHANGEABLE");
  t.is(await reasonOf(update("2", ["constructor"], {})), "FIELD_NOT_CHANGEABLE");
  t.is(await reasonOf(update("2", ["label"], {})), "LABEL_MISSING");
  t.is(await reasonOf(update("2", ["conditions"], { conditions: { rule: "cart" } })), "RULE_INVALID");
  for (const redemptionId of [randomUUID(), randomUUID()])
    await order.reserveRedemption({
      requestId: randomUUID(),
      redemptionId,
      couponCode: "TEN",
      parts: [{ promotionId: id, discount: eur(300n) }],
    });
  t.is(await reasonOf(update("2", ["max_redemptions"], { maxRedemptions: 1 })), "LIMIT_TOO_LOW");
  t.is(await reasonOf(update("2", ["budget"], { budget: eur(599n) })), "BUDGET_TOO_LOW");
  const last = (await update("2", [], { budget: eur(600n) })).promotion;
  t.like(last, { label: "New", maxRedemptions: 5, budget: eur(600n), budgetSpent: eur(600n), etag: "3" });
});

test("updates at once with one etag: one wins", async (t) => {
  const { administration, offer } = await desk(t, 8);
  const id = await offer();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      reasonOf(
        administration.updatePromotion({ requestId: `u${index}`, promotion: { id, etag: "1", label: `L${index}` } }),
      ),
    ),
  );
  t.is(answers.filter((answer) => answer === "accepted").length, 1);
  t.is(answers.filter((answer) => answer === "PROMOTION_CHANGED").length, 7);
});

test("what says two things or nothing is refused by its field", async (t) => {
  const { offer } = await desk(t);
  const sellerId = randomUUID();
  const shipping = { action: { action: { case: "freeShipping" as const, value: {} } }, discountBasisPoints: 0 };
  const cases: readonly (readonly [Parameters<typeof offer>[0], string])[] = [
    [{ discountBasisPoints: 0 }, "ACTION_MISSING"],
    [{ couponCode: "" }, "COUPON_CODE_MISSING"],
    [{ trigger: PromotionTrigger.AUTOMATIC }, "COUPON_CODE_UNWANTED"],
    [{ ...shipping, promotionClass: 2 }, "CLASS_INVALID"],
    [{ sellerId, platformShareBasisPoints: 1 }, "FUNDING_INVALID"],
    [{ sellerId, conditions: { sellerIds: [randomUUID()] } }, "GOODS_NOT_OWN"],
    [{ budget: { currencyCode: "USD", minorUnits: 1n } }, "CURRENCY_NOT_SUPPORTED"],
    [{ conditions: { rule: "x".repeat(2049) } }, "VALIDATION_FAILED"],
  ];
  for (const [fields, reason] of cases) t.is(await reasonOf(offer(fields)), reason);
});

test("a seller keeps promotions of own goods alone, and sees and stops no other", async (t) => {
  const { as, offer, administration } = await desk(t);
  const [mine, others] = [randomUUID(), randomUUID()];
  const own = as(seller(mine))(PromotionAdminService);
  const request = { requestId: "r", label: "Mine", couponCode: "MINE", discountBasisPoints: 500 };
  const { promotion } = await own.createPromotion({ ...request, sellerId: others });
  t.is(promotion?.sellerId, mine);
  const conditions = { sellerIds: [others] };
  t.is(
    await reasonOf(own.createPromotion({ ...request, requestId: "s", couponCode: "X-1", conditions })),
    "GOODS_NOT_OWN",
  );
  const promotionId = await offer();
  t.is(await reasonOf(own.pausePromotion({ requestId: "p", promotionId })), "PROMOTION_NOT_FOUND");
  const update = { requestId: "u", promotion: { id: promotionId, etag: "1", label: "L" } };
  t.is(await reasonOf(own.updatePromotion(update)), "PROMOTION_NOT_FOUND");
  t.is(await reasonOf(own.listCodes({ promotionId })), "PROMOTION_NOT_FOUND");
  t.deepEqual(
    (await own.listPromotions({})).promotions.map(({ id }) => id),
    [promotion?.id],
  );
  t.is((await administration.listPromotions({})).promotions.length, 2);
  t.is(await reasonOf(own.dryRunPromotion({ subject: { case: "promotionId", value: promotionId } })), "ACCESS_DENIED");
});

test("generated codes are unguessable, good for one use each, and listed page by page", async (t) => {
  const { administration, offer, order, confirm } = await desk(t, 8);
  const promotionId = await offer(byGenerated);
  const made = await administration.generateCodes({ requestId: "g", promotionId, count: 2500, prefix: "XMAS" });
  t.is(made.promotion?.codeCount, 2500);
  // The same wish once more makes none.
  await administration.generateCodes({ requestId: "g", promotionId, count: 2500, prefix: "XMAS" });
  const codes: string[] = [];
  for (let pageToken = ""; ; ) {
    const page = await administration.listCodes({ promotionId, pageToken });
    codes.push(...page.codes.map(({ code }) => code));
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  t.is(new Set(codes).size, 2500);
  t.true(codes.every((code) => /^XMAS-[0-9A-HJKMNP-TV-Z]{12}$/.test(code)));
  const [first = "", second = ""] = codes;
  const reserve = (couponCode: string, redemptionId = randomUUID()) =>
    reasonOf(
      order.reserveRedemption({
        requestId: randomUUID(),
        redemptionId,
        couponCode,
        parts: [{ promotionId, discount: eur(10n) }],
      }),
    );
  const answers = await Promise.all(Array.from({ length: 12 }, () => reserve(first.toLowerCase())));
  t.is(answers.filter((answer) => answer === "accepted").length, 1);
  t.is(answers.filter((answer) => answer === "COUPON_CODE_USED").length, 11);
  const lines = [{ sku: "A", quantity: 1, unitPrice: eur(1000n) }];
  const problem = async (couponCode: string) => (await order.evaluatePromotions({ lines, couponCode })).couponProblem;
  t.deepEqual(
    [await problem(first), await problem(second), await problem("XMAS-0")],
    ["COUPON_CODE_USED", "", "COUPON_NOT_FOUND"],
  );
  const [kept, freed] = [randomUUID(), randomUUID()];
  t.is(await reserve(second, freed), "accepted");
  await order.releaseRedemption({ requestId: "free", redemptionId: freed });
  t.is(await reserve(second, kept), "accepted");
  await confirm(kept);
  const listed = (await administration.listCodes({ promotionId, pageSize: 2 })).codes;
  t.is(listed[1]?.redemptionId, kept);
});

test("100,000 codes are generated by one call, and codes are for promotions that want them", async (t) => {
  const { administration, offer } = await desk(t);
  const promotionId = await offer(byGenerated);
  const made = await administration.generateCodes({ requestId: "g", promotionId, count: 100_000 });
  t.is(made.promotion?.codeCount, 100_000);
  const none = administration.generateCodes({ requestId: "n", promotionId: await offer(), count: 1 });
  t.is(await reasonOf(none), "CODES_UNWANTED");
  const over = administration.generateCodes({ requestId: "o", promotionId, count: 100_001 });
  t.is(await reasonOf(over), "VALIDATION_FAILED");
});

test("start and end are told once, when their time has come, by the mesh's clock", async (t) => {
  const { administration, offer, world, database, events } = await desk(t);
  const startMs = world.nowMs + 60_000;
  const endMs = startMs + 60_000;
  const promotionId = await offer({ startTime: seconds(startMs), endTime: seconds(endMs) });
  const tell = async () => {
    await Promise.all([1, 2, 3].map(() => database.transaction((tx) => tellDue(tx, world.nowMs))));
    return (await events()).map(({ name }) => name);
  };
  t.deepEqual(await tell(), []);
  world.nowMs = startMs;
  t.deepEqual(await tell(), ["PromotionStarted"]);
  await administration.pausePromotion({ requestId: "p", promotionId });
  t.deepEqual(await tell(), ["PromotionStarted", "PromotionEnded"]);
  await administration.resumePromotion({ requestId: "r", promotionId });
  t.deepEqual(await tell(), ["PromotionStarted", "PromotionEnded", "PromotionStarted"]);
  world.nowMs = endMs;
  t.deepEqual((await tell()).slice(3), ["PromotionEnded"]);
  t.deepEqual((await tell()).slice(4), []);
  const { promotions } = await administration.listPromotions({});
  t.is(promotions[0]?.state, PromotionState.ACTIVE);
});

test("a dry run tells what a promotion would have taken off past checkouts, and changes nothing", async (t) => {
  const shop = await desk(t);
  const { administration, confirm, world } = shop;
  const customerId = randomUUID();
  const [first, second] = [await checkout(shop, customerId, 3000n), await checkout(shop, customerId, 1000n)];
  await confirm(randomUUID(), { customerId, sellerId: randomUUID() });
  const draft = (fields: object) => ({
    requestId: "d",
    label: "Draft",
    couponCode: "DRAFT",
    discountBasisPoints: 1000,
    platformShareBasisPoints: 5000,
    ...fields,
  });
  const run = (fields: object, window: object = {}) =>
    administration.dryRunPromotion({ subject: { case: "draft", value: draft(fields) }, ...window });
  const whole = await run({ minimumSubtotal: eur(2500n) });
  t.like(whole, {
    checkoutCount: 2,
    discountedCount: 1,
    discountTotal: eur(600n),
    sellerTotal: eur(300n),
    platformTotal: eur(300n),
    salesTotal: eur(2n * 3000n + 2n * 1000n + 4n * 490n),
  });
  t.deepEqual(
    whole.refusals.map(({ reason, checkoutCount }) => [reason, checkoutCount]),
    [["COUPON_MINIMUM_NOT_MET", 1]],
  );
  t.deepEqual(
    whole.largest.map(({ orderGroupId }) => orderGroupId),
    [first],
  );
  const newcomers = await run({ conditions: { firstOrder: true } });
  t.deepEqual(
    newcomers.largest.map(({ orderGroupId }) => orderGroupId),
    [first < second ? first : second],
  );
  t.is(
    (await run({ conditions: { rule: "cart.subtotal >= 6000 && delivery.country_code == 'DE'" } })).discountedCount,
    1,
  );
  t.is((await run({}, { endTime: seconds(world.nowMs - 1000) })).checkoutCount, 0);
  t.is((await administration.listPromotions({})).promotions.length, 0);
});

/** A checkout of two sellers, each with one thing of `cents`; its group's id. */
async function checkout({ confirm }: Awaited<ReturnType<typeof desk>>, customerId: string, cents: bigint) {
  const groupId = randomUUID();
  for (const sellerId of [randomUUID(), randomUUID()])
    await confirm(groupId, {
      customerId,
      sellerId,
      countryCode: "DE",
      shippingPrice: eur(490n),
      lines: [{ sku: sellerId, quantity: 1, unitPrice: eur(cents) }],
    });
  return groupId;
}

test("a dry run looks at no more checkouts than it is asked to", async (t) => {
  const shop = await desk(t);
  for (let index = 0; index < 40; index += 1) await checkout(shop, randomUUID(), 1000n);
  const value = { requestId: "d", label: "Draft", couponCode: "DRAFT", discountBasisPoints: 1000 };
  const { checkoutCount } = await shop.administration.dryRunPromotion({
    subject: { case: "draft", value },
    maxCheckouts: 30,
  });
  t.is(checkoutCount, 30);
});
