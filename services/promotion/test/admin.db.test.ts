import { PromotionState } from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import { PromotionAdminService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { customer, desk, reasonOf } from "./desk.ts";

test("a promotion is made as asked, active, from now on", async (t) => {
  const { administration, world } = await desk(t);
  const { promotion } = await administration.createPromotion({
    requestId: "r",
    label: "Winter",
    couponCode: "WINTER-26",
    discountBasisPoints: 1550,
    maxRedemptions: 7,
    minimumSubtotal: { currencyCode: "EUR", minorUnits: 2500n },
  });
  t.like(promotion, {
    label: "Winter",
    couponCode: "WINTER-26",
    discountBasisPoints: 1550,
    state: PromotionState.ACTIVE,
    maxRedemptions: 7,
    maxRedemptionsPerCustomer: 0,
    redemptionCount: 0,
    endTime: undefined,
  });
  t.is(promotion?.startTime?.seconds, BigInt(world.nowMs / 1000));
  t.is(promotion?.minimumSubtotal?.minorUnits, 2500n);
  t.deepEqual((await administration.listPromotions({})).promotions, [promotion]);
});

test("a promotion asked for twice with one request id is made once", async (t) => {
  const { administration } = await desk(t);
  const request = { requestId: "same", label: "L", couponCode: "TEN", discountBasisPoints: 1 };
  const answers = await Promise.all([administration.createPromotion(request), administration.createPromotion(request)]);
  t.deepEqual(answers[0], answers[1]);
  t.is((await administration.listPromotions({})).promotions.length, 1);
});

test("a code is taken once", async (t) => {
  const { offer } = await desk(t);
  await offer();
  t.is(await reasonOf(offer()), "COUPON_CODE_TAKEN");
});

test("a promotion that could never be used is refused", async (t) => {
  const { offer, world } = await desk(t);
  const past = { seconds: BigInt(world.nowMs / 1000 - 1) };
  t.is(await reasonOf(offer({ endTime: past })), "SCHEDULE_INVALID");
  t.is(await reasonOf(offer({ minimumSubtotal: { currencyCode: "USD", minorUnits: 1n } })), "CURRENCY_NOT_SUPPORTED");
  const wrong = await t.throwsAsync(offer({ discountBasisPoints: 10_001 }), { instanceOf: DomainError });
  t.like(wrong, { reason: "VALIDATION_FAILED", violations: [{ field: "discount_basis_points" }] });
  t.is(await reasonOf(offer({ couponCode: "lower" })), "VALIDATION_FAILED");
});

test("a promotion is paused once, and changes its etag", async (t) => {
  const { administration, offer } = await desk(t);
  const promotionId = await offer();
  const first = (await administration.pausePromotion({ requestId: "a", promotionId })).promotion;
  t.like(first, { state: PromotionState.PAUSED, etag: "2" });
  t.is((await administration.pausePromotion({ requestId: "b", promotionId })).promotion?.etag, "2");
  const unknown = administration.pausePromotion({
    requestId: "c",
    promotionId: "0190a000-0000-7000-8000-000000000000",
  });
  t.is(await reasonOf(unknown), "PROMOTION_NOT_FOUND");
});

test("promotions are listed newest first, page by page", async (t) => {
  const { administration, offer, world } = await desk(t);
  for (const couponCode of ["ONE", "TWO", "THREE"]) {
    world.nowMs += 1;
    await offer({ couponCode });
  }
  const first = await administration.listPromotions({ pageSize: 2 });
  t.deepEqual(
    first.promotions.map(({ couponCode }) => couponCode),
    ["THREE", "TWO"],
  );
  const second = await administration.listPromotions({ pageSize: 2, pageToken: first.nextPageToken });
  t.deepEqual(
    second.promotions.map(({ couponCode }) => couponCode),
    ["ONE"],
  );
  t.is(second.nextPageToken, "");
  t.is(await reasonOf(administration.listPromotions({ pageToken: "x" })), "PAGE_TOKEN_INVALID");
});

test("only administrators keep promotions", async (t) => {
  const { as } = await desk(t);
  const stranger = as(customer("0190a000-0000-7000-8000-000000000000"))(PromotionAdminService);
  t.is(await reasonOf(stranger.listPromotions({})), "ACCESS_DENIED");
});
