import { setTimeout } from "node:timers/promises";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CheckoutState, OrderState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { CancelReason } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Actor } from "@shopmesh/mesh";
import type { TestDatabase } from "@shopmesh/mesh/testing";
import test from "ava";
import { nowMs } from "./fixtures.ts";
import { card, cartAnswer, discount, guest, rates, startShop } from "./shop.ts";

const stranger: Actor = { kind: "guest", tokenHash: "b".repeat(64) };

test("a paid checkout is CONFIRMED, one order a seller, and each step was asked once", async (t) => {
  const closed = Promise.withResolvers<void>();
  const { checkout, calls, quoteId } = await startShop(t, { closeCart: () => closed.resolve() });
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  t.is(placed.state, CheckoutState.CONFIRMED);
  t.is(placed.group?.orders.length, 2);
  await closed.promise;
  t.regex(placed.accessToken, /^gt_/);
  const asked = calls().filter(
    (name) => !name.startsWith("shipping") && name !== "capturePayment" && name !== "shipStock",
  );
  for (const once of ["holdStock", "authorizePayment", "closeCart"])
    t.is(asked.filter((name) => name === once).length, 1, once);
});

test("a refused payment turns the checkout back: REJECTED with its reason, hold and coupon released, nothing kept", async (t) => {
  const { checkout, calls, quoteId } = await startShop(t, {
    authorizePayment: () => ({ payment: { state: PaymentState.FAILED, failureReason: "CARD_DECLINED" } }),
  });
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  t.is(placed.state, CheckoutState.REJECTED);
  t.is(placed.rejectReason, "CARD_DECLINED");
  t.deepEqual(
    ["voidPayment", "releaseRedemption", "releaseHold"].filter((name) => !calls().includes(name)),
    [],
  );
  t.false(calls().includes("allocateStock"));
});

test("stock that is gone is told at once, and what may have been held is released", async (t) => {
  const { checkout, calls, quoteId } = await startShop(t, {
    holdStock: () => {
      throw new DomainError("precondition", "OUT_OF_STOCK", { A: "0" });
    },
  });
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  t.like(placed, { state: CheckoutState.REJECTED, rejectReason: "OUT_OF_STOCK" });
  t.deepEqual(placed.group?.rejectMetadata, { A: "0" });
  t.true(calls().includes("releaseHold"));
  t.false(calls().includes("authorizePayment"));
});

test("paid, but the stock is gone at allocation: the payment is voided by itself", async (t) => {
  const { checkout, calls, quoteId } = await startShop(t, {
    allocateStock: () => {
      throw new DomainError("precondition", "OUT_OF_STOCK");
    },
  });
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  t.is(placed.state, CheckoutState.REJECTED);
  t.true(calls().includes("voidPayment"));
});

test("a lost answer is asked for again with the same key", async (t) => {
  const keys: string[] = [];
  const { checkout, quoteId } = await startShop(t, {
    authorizePayment: ({ requestId = "" }) => {
      keys.push(requestId);
      if (keys.length === 1) throw new DomainError("unavailable", "UNAVAILABLE");
      return { payment: { state: PaymentState.AUTHORIZED } };
    },
  });
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  t.is(placed.state, CheckoutState.CONFIRMED);
  t.is(keys.length, 2);
  t.is(new Set(keys).size, 1);
});

test("a payment whose outcome nobody knows yet is asked for again while the buyer waits: CONFIRMED", async (t) => {
  const states = [PaymentState.UNKNOWN, PaymentState.UNKNOWN, PaymentState.AUTHORIZED];
  const { checkout, calls, quoteId } = await startShop(
    t,
    { authorizePayment: () => ({ payment: { state: states.shift() } }) },
    10,
  );
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  t.is(placed.state, CheckoutState.CONFIRMED);
  t.is(calls().filter((name) => name === "authorizePayment").length, 3);
});

for (const { end, state, rejectReason, deeds } of [
  { end: "sold", state: CheckoutState.CONFIRMED, rejectReason: "", deeds: {} },
  {
    end: "sold out",
    state: CheckoutState.REJECTED,
    rejectReason: "OUT_OF_STOCK",
    deeds: {
      holdStock: () => {
        throw new DomainError("precondition", "OUT_OF_STOCK");
      },
    },
  },
]) {
  test(`a checkout that another process takes over is answered as it ended there: ${end}`, async (t) => {
    const { checkout, quoteId, service, startAnother } = await startShop(t, {
      // Asked for so long that its lease is over, and somebody else comes to the end.
      async holdStock() {
        await service.database.sql.execute("UPDATE mesh_saga SET lease_until_ms = 0");
        await startAnother(deeds);
        await ended(service.database);
        throw new DomainError("exhausted", "OVERLOADED");
      },
    });
    const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
    t.like(placed, { state, rejectReason, group: { state, rejectReason } });
  });
}

/** Resolves once the only saga is at its end; the test's own time-out is the bound. */
async function ended({ sql }: Pick<TestDatabase, "sql">): Promise<void> {
  for (;;) {
    const saga = await sql.row<{ phase: string }>("SELECT phase FROM mesh_saga WHERE kind = 'checkout'");
    if (saga?.phase === "done" || saga?.phase === "undone") return;
    await setTimeout(10);
  }
}

test("same key, same body: same answer; other body: REQUEST_ID_REUSED", async (t) => {
  const { checkout, quoteId, calls } = await startShop(t);
  const first = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const again = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  t.deepEqual(again, first);
  t.is(calls().filter((name) => name === "authorizePayment").length, 1);
  const error = await t.throwsAsync(checkout.placeOrder({ requestId: "r1", quoteId, tenders: card("pm_other") }), {
    instanceOf: DomainError,
  });
  t.is(error?.reason, "REQUEST_ID_REUSED");
});

test("fifty submits of one cart side by side, each with its own key, make one order group", async (t) => {
  const { checkout, quoteId, calls } = await startShop(t);
  const placed = await Promise.all(
    Array.from({ length: 50 }, (_, index) => checkout.placeOrder({ requestId: `r${index}`, quoteId, tenders: card() })),
  );
  t.is(new Set(placed.map(({ group }) => group?.id)).size, 1);
  t.is(calls().filter((name) => name === "holdStock").length, 1);
});

test("a declined card may be followed by another: a checkout that was turned back is tried again under a new key", async (t) => {
  const answers = [
    { payment: { state: PaymentState.FAILED, failureReason: "CARD_DECLINED" } },
    { payment: { state: PaymentState.AUTHORIZED } },
  ];
  const { checkout, quoteId, calls } = await startShop(t, { authorizePayment: () => answers.shift() ?? {} });
  const declined = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card("pm_declined") });
  t.is(declined.state, CheckoutState.REJECTED);
  const placed = await Promise.all(
    Array.from({ length: 5 }, (_, index) => checkout.placeOrder({ requestId: `n${index}`, quoteId, tenders: card() })),
  );
  t.deepEqual(new Set(placed.map(({ state }) => state)), new Set([CheckoutState.CONFIRMED]));
  t.is(new Set(placed.map(({ group }) => group?.id)).size, 1);
  t.not(placed[0]?.group?.id, declined.group?.id);
  t.is(calls().filter((name) => name === "authorizePayment").length, 2);
  const again = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card("pm_declined") });
  t.is(again.group?.id, declined.group?.id);
});

test("a payer who must act is sent there, and confirmed once the payment says so", async (t) => {
  let state: PaymentState = PaymentState.REQUIRES_ACTION;
  const { checkout, orders, admin, quoteId } = await startShop(t, {
    authorizePayment: () => ({
      payment: { state, actionUrl: "https://bank.test/3ds", actionExpireTime: timestampFromMs(nowMs + 600_000) },
    }),
  });
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  t.like(placed, { state: CheckoutState.REQUIRES_ACTION, actionUrl: "https://bank.test/3ds" });
  state = PaymentState.AUTHORIZED;
  await admin.retryCheckout({ requestId: "wake", orderGroupId: placed.group?.id ?? "" });
  const leave = new AbortController();
  for await (const { group } of orders(leave.signal).watchOrder({ orderGroupId: placed.group?.id ?? "" })) {
    if (group?.state === CheckoutState.CONFIRMED) break;
  }
  leave.abort();
  t.pass();
});

test("one of several orders that is called off while the payer acts does not take the others with it", async (t) => {
  let state: PaymentState = PaymentState.REQUIRES_ACTION;
  const { checkout, orders, admin, calls, quoteId } = await startShop(t, {
    authorizePayment: () => ({
      payment: { state, actionUrl: "https://bank.test/3ds", actionExpireTime: timestampFromMs(nowMs + 600_000) },
    }),
  });
  const { group } = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const orderGroupId = group?.id ?? "";
  const cancel = { requestId: "c1", orderId: group?.orders[0]?.id ?? "", reason: CancelReason.CUSTOMER_REQUEST };
  t.is((await orders().cancelOrder(cancel)).order?.state, OrderState.PENDING);
  state = PaymentState.AUTHORIZED;
  await admin.retryCheckout({ requestId: "wake", orderGroupId });
  let states: readonly OrderState[] = [];
  for await (const { group: seen } of orders(AbortSignal.timeout(20_000)).watchOrder({ orderGroupId })) {
    states = (seen?.orders ?? []).map((order) => order.state);
    if (states[0] === OrderState.CANCELLED) break;
  }
  t.is(states[0], OrderState.CANCELLED);
  t.true(states[1] === OrderState.CONFIRMED || states[1] === OrderState.PROCESSING);
  t.is(calls().filter((name) => name === "deallocateStock").length, 1);
  t.false(calls().includes("voidPayment"));
});

test("all orders of a checkout called off while the payer acts: nothing is bought", async (t) => {
  const payment = { state: PaymentState.REQUIRES_ACTION, actionUrl: "https://bank.test/3ds" };
  const { checkout, orders, calls, quoteId } = await startShop(t, { authorizePayment: () => ({ payment }) });
  const { group } = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  for (const [index, { id: orderId }] of (group?.orders ?? []).entries())
    await orders().cancelOrder({ requestId: `c${index}`, orderId, reason: CancelReason.CUSTOMER_REQUEST });
  t.true(calls().includes("voidPayment"));
  const ended = await checkout.placeOrder({ requestId: "r2", quoteId, tenders: card() });
  t.not(ended.group?.id, group?.id, "the cart may be tried again");
});

test("an order is called off until its goods have left, and then its stock and money go back", async (t) => {
  const { checkout, orders, requests, quoteId } = await startShop(t);
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  for (const [index, { id }] of (placed.group?.orders ?? []).entries()) {
    const { order: ended } = await orders().cancelOrder({
      requestId: `c${index}`,
      orderId: id,
      reason: CancelReason.CUSTOMER_REQUEST,
    });
    t.like(ended, { state: OrderState.CANCELLED, endReason: "CUSTOMER_REQUEST" });
  }
  t.is(requests("deallocateStock").length, 2);
  const released = requests("releasePayment").reduce((sum, { amount }) => sum + (amount?.minorUnits ?? 0n), 0n);
  t.is(released, placed.group?.totals?.total?.minorUnits ?? 0n);
});

test("a checkout that a coupon pays in full asks no provider", async (t) => {
  const discounts = [discount("A", 2 * 999), discount("B", 2500)];
  const { checkout, calls, quoteId } = await startShop(t, {
    getCart: () => cartAnswer({ discounts }),
    quoteRates: () => rates(0),
  });
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: [] });
  t.is(placed.state, CheckoutState.CONFIRMED);
  t.false(calls().includes("authorizePayment"));
});

test("another's order is NOT_FOUND", async (t) => {
  const { checkout, ordersOf, quoteId } = await startShop(t);
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const orderId = placed.group?.orders[0]?.id ?? "";
  t.is((await ordersOf(guest).getOrder({ orderId })).order?.id, orderId);
  const error = await t.throwsAsync(ordersOf(stranger).getOrder({ orderId }), { instanceOf: DomainError });
  t.like(error, { kind: "not-found", reason: "ORDER_NOT_FOUND" });
});

test("ExplainOrder tells every step and one sentence", async (t) => {
  const { checkout, orders, quoteId } = await startShop(t, {
    authorizePayment: () => ({ payment: { state: PaymentState.FAILED, failureReason: "CARD_DECLINED" } }),
  });
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const explained = await orders().explainOrder({ orderId: placed.group?.orders[0]?.id ?? "" });
  t.regex(explained.why, /rejected: CARD_DECLINED at authorize-payment/);
  t.deepEqual(
    new Set(explained.sagas[0]?.steps.map(({ name }) => name)),
    new Set(["hold-stock", "reserve-coupon", "authorize-payment"]),
  );
});
