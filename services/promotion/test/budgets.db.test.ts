import { randomUUID } from "node:crypto";
import { PromotionTrigger } from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import test from "ava";
import { desk, reasonOf } from "./desk.ts";

const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });
const count = (answers: readonly unknown[], answer: string) => answers.filter((one) => one === answer).length;
const byItself = { couponCode: "", trigger: PromotionTrigger.AUTOMATIC };

async function till(t: Parameters<typeof desk>[0]) {
  const counter = await desk(t, 8);
  return {
    ...counter,
    reserve: (promotionIds: readonly string[], cents: bigint, redemptionId = randomUUID(), couponCode = "TEN") =>
      reasonOf(
        counter.order.reserveRedemption({
          requestId: randomUUID(),
          redemptionId,
          couponCode,
          parts: promotionIds.map((promotionId) => ({ promotionId, discount: eur(cents) })),
        }),
      ),
    spent: async (id: string) =>
      Number(
        (
          await counter.database.sql.row<{ spent: string }>(
            "SELECT budget_spent AS spent FROM promotion WHERE id = ?",
            [id],
          )
        )?.spent,
      ),
  };
}

test("50 reservations at once of a code with a limit of 10: exactly 10", async (t) => {
  const { offer, reserve, redemptionCount, spent } = await till(t);
  const id = await offer({ maxRedemptions: 10 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => reserve([id], 150n)));
  t.deepEqual([count(answers, "accepted"), count(answers, "COUPON_LIMIT_REACHED")], [10, 40]);
  t.is(await redemptionCount(), 10);
  t.is(await spent(id), 1500);
});

test("a budget is never overspent, by any race, and is counted by what really came off", async (t) => {
  const { offer, reserve, spent } = await till(t);
  const id = await offer({ budget: eur(1000n) });
  const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => reserve([id], BigInt(90 + (index % 3)))));
  const left = 1000 - (await spent(id));
  t.true(left >= 0 && left < 92, `${left} left`);
  t.is(count(answers, "accepted") + count(answers, "COUPON_BUDGET_SPENT"), 30);
  t.is(await reserve([id], 93n), "COUPON_BUDGET_SPENT");
});

test("what is released goes back to the budget, once, and another may have it", async (t) => {
  const { offer, reserve, spent, order } = await till(t);
  const id = await offer({ budget: eur(500n) });
  const redemptionId = randomUUID();
  t.is(await reserve([id], 400n, redemptionId), "accepted");
  t.is(await reserve([id], 400n), "COUPON_BUDGET_SPENT");
  const release = (requestId: string) => order.releaseRedemption({ requestId, redemptionId });
  await Promise.all([release("a"), release("b"), release("c")]);
  t.is(await spent(id), 0);
  t.is(await reserve([id], 400n), "accepted");
  t.is(await reserve([id], 400n, redemptionId), "REDEMPTION_RELEASED");
});

test("a coupon and automatic promotions are counted together, all or none", async (t) => {
  const { offer, reserve, spent, redemptionCount, order } = await till(t);
  const coupon = await offer({ budget: eur(1000n) });
  const first = await offer({ ...byItself, label: "Auto", budget: eur(100n) });
  const redemptionId = randomUUID();
  t.is(await reserve([coupon, first], 60n, redemptionId), "accepted");
  t.is(await reserve([coupon, first], 60n), "PROMOTION_BUDGET_SPENT");
  t.deepEqual([await spent(coupon), await spent(first)], [60, 60]);
  t.is(await redemptionCount(), 1);
  await order.releaseRedemption({ requestId: "r", redemptionId });
  t.deepEqual([await spent(coupon), await spent(first)], [0, 0]);
});

test("many who reserve the same promotions in any order wait for one another and end", async (t) => {
  const { offer, reserve, spent } = await till(t);
  const ids = [await offer({ ...byItself, budget: eur(10_000n) }), await offer({ ...byItself, maxRedemptions: 100 })];
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) => reserve(index % 2 === 0 ? ids : ids.toReversed(), 10n, randomUUID(), "")),
  );
  t.is(count(answers, "accepted"), 30);
  t.is(await spent(ids[0] ?? ""), 300);
});

test("an automatic promotion without a limit or budget is not counted, so that no checkout waits for its row", async (t) => {
  const { offer, reserve, redemptionCount } = await till(t);
  const id = await offer(byItself);
  t.is(await reserve([id], 10n, randomUUID(), ""), "accepted");
  t.is(await redemptionCount(), 0);
});

test("a part of another coupon is not counted", async (t) => {
  const { offer, reserve } = await till(t);
  await offer();
  t.is(await reserve([await offer({ couponCode: "OTHER" })], 10n), "PROMOTION_NOT_FOUND");
  t.is(await reserve([randomUUID()], 10n), "PROMOTION_NOT_FOUND");
  t.is(await reserve([], 10n, randomUUID(), ""), "REDEMPTION_EMPTY");
});

test("a crash between reservation and confirmation leaves it counted, until either comes", async (t) => {
  const { offer, reserve, spent, confirm, stateOf, order } = await till(t);
  const id = await offer({ budget: eur(100n) });
  const [left, lost] = [randomUUID(), randomUUID()];
  t.is(await reserve([id], 40n, left), "accepted");
  t.is(await reserve([id], 40n, lost), "accepted");
  // Both asked again, as by a saga that was resumed.
  t.deepEqual([await reserve([id], 40n, left), await reserve([id], 40n, lost)], ["accepted", "accepted"]);
  t.is(await spent(id), 80);
  await confirm(left);
  await order.releaseRedemption({ requestId: "undo", redemptionId: lost });
  t.deepEqual([await stateOf(left), await stateOf(lost), await spent(id)], ["confirmed", "released", 40]);
});

test("coupons and redemptions of older code, without definition and amount, go on as they were", async (t) => {
  const { database, order, reserve, redemptionCount, spent, confirm, events } = await till(t);
  const [promotionId, redemptionId, confirmed] = [randomUUID(), randomUUID(), randomUUID()];
  await database.sql.execute(
    `INSERT INTO promotion (id, version, label, coupon_code, discount_basis_points, state, max_redemptions,
       max_per_customer, redemption_count, create_ms) VALUES (?, 1, 'Old', 'TEN', 1000, 'active', 5, 0, 2, 0)`,
    [promotionId],
  );
  for (const id of [redemptionId, confirmed])
    await database.sql.execute(
      `INSERT INTO redemption (id, version, state, promotion_id, coupon_code, create_ms, update_ms)
       VALUES (?, 1, 'reserved', ?, 'TEN', 0, 0)`,
      [id, promotionId],
    );
  const lines = [{ sku: "A", sellerId: randomUUID(), quantity: 1, unitPrice: eur(1000n) }];
  const { discounts } = await order.evaluatePromotions({ lines, couponCode: "TEN" });
  t.like(discounts, [{ amount: eur(100n), sellerAmount: eur(100n), platformAmount: eur(0n) }]);
  // As order's older code reserves: without parts.
  t.is(await reserve([], 0n), "accepted");
  t.is(await redemptionCount(), 3);
  await order.releaseRedemption({ requestId: "r", redemptionId });
  await confirm(confirmed);
  t.deepEqual([await redemptionCount(), await spent(promotionId)], [2, 0]);
  t.deepEqual(await events(), [{ name: "CouponRedeemed", id: confirmed }]);
});
