import { randomUUID } from "node:crypto";
import { RedemptionState } from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import test from "ava";
import { desk, reasonOf } from "./desk.ts";

const reservation = (overrides: { redemptionId?: string; customerId?: string; couponCode?: string } = {}) => ({
  requestId: randomUUID(),
  redemptionId: randomUUID(),
  couponCode: "TEN",
  ...overrides,
});

const count = (answers: readonly unknown[], answer: string) => answers.filter((one) => one === answer).length;

test("a limit of 20 gives exactly 20 of 50 reservations at once", async (t) => {
  const { order, offer, redemptionCount, database } = await desk(t, 8);
  await offer({ maxRedemptions: 20 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => reasonOf(order.reserveRedemption(reservation()))));
  t.is(count(answers, "accepted"), 20);
  t.is(count(answers, "COUPON_LIMIT_REACHED"), 30);
  t.is(await redemptionCount(), 20);
  t.is((await database.sql.rows("SELECT id FROM redemption")).length, 20);
});

test("a customer's limit of 2 gives exactly 2 of 20 reservations at once, and takes nobody else's", async (t) => {
  const { order, offer, redemptionCount } = await desk(t, 8);
  await offer({ maxRedemptionsPerCustomer: 2, maxRedemptions: 100 });
  const customerId = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => reasonOf(order.reserveRedemption(reservation({ customerId })))),
  );
  t.is(count(answers, "accepted"), 2);
  t.is(count(answers, "COUPON_CUSTOMER_LIMIT_REACHED"), 18);
  t.is(await redemptionCount(), 2);
  t.is(await reasonOf(order.reserveRedemption(reservation({ customerId: randomUUID() }))), "accepted");
});

test("one redemption asked for many times at once is counted once", async (t) => {
  const { order, offer, redemptionCount } = await desk(t, 8);
  await offer({ maxRedemptions: 5 });
  const redemptionId = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => reasonOf(order.reserveRedemption(reservation({ redemptionId })))),
  );
  t.is(count(answers, "accepted"), 10);
  t.is(await redemptionCount(), 1);
});

test("a repeated reservation is answered though the coupon is spent and stopped", async (t) => {
  const { order, offer, administration } = await desk(t);
  const promotionId = await offer({ maxRedemptions: 1 });
  const redemptionId = randomUUID();
  await order.reserveRedemption(reservation({ redemptionId }));
  await administration.pausePromotion({ requestId: "p", promotionId });
  const { redemption } = await order.reserveRedemption(reservation({ redemptionId, couponCode: " ten " }));
  t.like(redemption, { id: redemptionId, promotionId, state: RedemptionState.RESERVED });
});

test("a redemption belongs to one coupon", async (t) => {
  const { order, offer } = await desk(t);
  await offer();
  await offer({ couponCode: "OTHER" });
  const redemptionId = randomUUID();
  await order.reserveRedemption(reservation({ redemptionId }));
  t.is(
    await reasonOf(order.reserveRedemption(reservation({ redemptionId, couponCode: "OTHER" }))),
    "REDEMPTION_CONFLICT",
  );
});

test("a released redemption frees its place, once", async (t) => {
  const { order, offer, redemptionCount } = await desk(t);
  await offer({ maxRedemptions: 1 });
  const { redemptionId, ...request } = reservation();
  await order.reserveRedemption({ ...request, redemptionId });
  t.is(await reasonOf(order.reserveRedemption(reservation())), "COUPON_LIMIT_REACHED");
  await order.releaseRedemption({ requestId: "a", redemptionId });
  await order.releaseRedemption({ requestId: "b", redemptionId });
  t.is(await redemptionCount(), 0);
  t.is(await reasonOf(order.reserveRedemption(reservation())), "accepted");
});

test("releases at once free one place", async (t) => {
  const { order, offer, redemptionCount } = await desk(t, 8);
  await offer();
  const redemptionId = randomUUID();
  await order.reserveRedemption(reservation({ redemptionId }));
  await order.reserveRedemption(reservation());
  await Promise.all(
    Array.from({ length: 10 }, (_, index) => order.releaseRedemption({ requestId: `r${index}`, redemptionId })),
  );
  t.is(await redemptionCount(), 1);
});

test("a release before the reservation refuses it when it comes late", async (t) => {
  const { order, offer, redemptionCount } = await desk(t);
  await offer();
  const redemptionId = randomUUID();
  await order.releaseRedemption({ requestId: "undo", redemptionId });
  t.is(await reasonOf(order.reserveRedemption(reservation({ redemptionId }))), "REDEMPTION_RELEASED");
  t.is(await redemptionCount(), 0);
});

test("a reservation and its release at once leave nothing counted", async (t) => {
  const { order, offer, redemptionCount, stateOf } = await desk(t, 8);
  await offer();
  for (let round = 0; round < 10; round += 1) {
    const redemptionId = randomUUID();
    await Promise.all([
      reasonOf(order.reserveRedemption(reservation({ redemptionId }))),
      order.releaseRedemption({ requestId: randomUUID(), redemptionId }),
    ]);
    t.is(await stateOf(redemptionId), "released");
  }
  t.is(await redemptionCount(), 0);
});

test("a group's confirmed orders confirm its redemption once", async (t) => {
  const { order, offer, confirm, stateOf, events, redemptionCount } = await desk(t);
  await offer();
  const redemptionId = randomUUID();
  await order.reserveRedemption(reservation({ redemptionId, customerId: randomUUID() }));
  await Promise.all([confirm(redemptionId), confirm(redemptionId), confirm(redemptionId)]);
  t.is(await stateOf(redemptionId), "confirmed");
  t.deepEqual(await events(), [{ name: "CouponRedeemed", id: redemptionId }]);
  t.is(await redemptionCount(), 1);
});

test("a confirmed redemption cannot be released", async (t) => {
  const { order, offer, confirm, stateOf } = await desk(t);
  await offer();
  const redemptionId = randomUUID();
  await order.reserveRedemption(reservation({ redemptionId }));
  await confirm(redemptionId);
  t.is(await reasonOf(order.releaseRedemption({ requestId: "late", redemptionId })), "REDEMPTION_CONFIRMED");
  t.is(await stateOf(redemptionId), "confirmed");
});

test("an order without a coupon confirms nothing", async (t) => {
  const { confirm, events } = await desk(t);
  await confirm(randomUUID());
  t.deepEqual(await events(), []);
});

test("a guest reserves a coupon without a limit for each customer, not one with it", async (t) => {
  const { order, offer } = await desk(t);
  await offer({ maxRedemptions: 10_000 });
  await offer({ couponCode: "ONCE", maxRedemptionsPerCustomer: 1 });
  t.is(await reasonOf(order.reserveRedemption(reservation())), "accepted");
  t.is(await reasonOf(order.reserveRedemption(reservation({ couponCode: "ONCE" }))), "COUPON_NEEDS_CUSTOMER");
});

test("a reservation is refused outside the schedule, by the mesh's clock", async (t) => {
  const { order, offer, world } = await desk(t);
  const endMs = world.nowMs + 60_000;
  await offer({ endTime: { seconds: BigInt(endMs / 1000) } });
  t.is(await reasonOf(order.reserveRedemption(reservation())), "accepted");
  world.nowMs = endMs;
  t.is(await reasonOf(order.reserveRedemption(reservation())), "COUPON_EXPIRED");
  t.is(await reasonOf(order.reserveRedemption(reservation({ couponCode: "ÉTÉ" }))), "COUPON_NOT_FOUND");
});
