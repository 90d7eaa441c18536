import { setTimeout as delay } from "node:timers/promises";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Disposition } from "@shopmesh/contracts/shop/inventory/v1/inventory_pb.ts";
import { OrderPaymentState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { OrderAdminService, OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { OrderRefundState, ReturnState } from "@shopmesh/contracts/shop/order/v1/return_pb.ts";
import { TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Actor } from "@shopmesh/mesh";
import test from "ava";
import { SEND_WITHIN_MS } from "../src/return.ts";
import { nowMs } from "./fixtures.ts";
import { member, reasonOf, startReturns } from "./returns.ts";
import { guest } from "./shop.ts";

const sent = { id: "back", shipTime: timestampFromMs(nowMs) };
const other: Actor = { kind: "guest", tokenHash: "b".repeat(64) };

test("a return goes from the wish to the money: label, receipt, inspection, then goods and money move, each once", async (t) => {
  const shop = await startReturns(t, {}, sent);
  const asked = await shop.ask(2);
  t.is(asked.return?.state, ReturnState.REQUESTED);
  t.is((await shop.ask(2)).return?.id, asked.return?.id, "the same request again");
  await shop.seller.approveReturn({ requestId: "a", returnId: shop.returnId() });
  const sentBack = await shop.until(ReturnState.IN_TRANSIT);
  t.like(sentBack.returns[0]?.shipment, { carrier: "fedex", trackingNumber: "7949", labelUrl: "/media/l" });
  await shop.receive(2);
  await shop.inspect({ resellableQuantity: 1, damagedQuantity: 1 });
  const order = await shop.until(ReturnState.REFUNDED);
  t.deepEqual(
    shop
      .requests("restockReturn")
      .map(({ lines = [] }) => lines.map(({ quantity, disposition }) => [quantity, disposition])),
    [
      [
        [1, Disposition.RESELLABLE],
        [1, Disposition.DAMAGED],
      ],
    ],
  );
  t.like(shop.requests("refundPayment"), [{ refundId: shop.returnId(), amount: { minorUnits: 1_998n } }]);
  t.is(order.paymentState, OrderPaymentState.PARTIALLY_REFUNDED);
  t.is(order.totals?.refunded?.minorUnits, 1_998n);
  t.like(order.refunds, [{ state: OrderRefundState.SUCCEEDED, returnId: shop.returnId(), tax: { minorUnits: 319n } }]);
  t.is(order.lines[0]?.returnableQuantity, 0);
  const told = await shop.summaries();
  for (const part of [
    "a return of 2 × A was asked for",
    "the label to send back 2 × A",
    "came in, all of it",
    "2 of 2 accepted",
    "EUR 19.98 was given back",
  ])
    t.true(
      told.some((summary) => summary.includes(part)),
      `${part}: ${told.join("; ")}`,
    );
  t.deepEqual(await shop.events(), [
    "ReturnRequested",
    "ReturnApproved",
    "ReturnLabelled",
    "ReturnReceived",
    "ReturnRefunded",
    "OrderRefunded",
  ]);
});

test("an UNKNOWN refund is waited for, asked again by the same id, and counted once", async (t) => {
  let asked = 0;
  const shop = await startReturns(t, {
    refundPayment: () => {
      asked += 1;
      if (asked === 1) throw new DomainError("unavailable", "UNAVAILABLE");
      return { refund: { state: asked < 4 ? TransferState.PENDING : TransferState.SUCCEEDED } };
    },
  });
  await shop.bringBack(2);
  const order = await shop.until(ReturnState.REFUNDED);
  t.deepEqual(
    shop.requests("refundPayment").map(({ refundId }) => refundId),
    Array<string>(4).fill(shop.returnId()),
  );
  t.is(order.totals?.refunded?.minorUnits, 1_998n);
});

test("past the inspection only forward: stock that is away for long keeps no money and loses no goods", async (t) => {
  let asked = 0;
  const shop = await startReturns(t, {
    restockReturn: () => {
      asked += 1;
      if (asked <= 12) throw new DomainError("precondition", "ALLOCATION_NOT_FOUND");
      return {};
    },
  });
  await shop.bringBack(1);
  await shop.until(ReturnState.REFUNDED);
  t.is(shop.requests("refundPayment").length, 1);
  t.is(shop.requests("restockReturn").length, 13);
});

test("a refund that its provider refused for good is tried by another id once somebody wakes it", async (t) => {
  let asked = 0;
  const shop = await startReturns(t, {
    refundPayment: () => ({ refund: { state: ++asked === 1 ? TransferState.FAILED : TransferState.SUCCEEDED } }),
  });
  await shop.bringBack(2);
  await shop.explained("a person");
  await shop.admin.retryCheckout({ requestId: "wake", orderGroupId: shop.groupId });
  await shop.until(ReturnState.REFUNDED);
  t.is(new Set(shop.requests("refundPayment").map(({ refundId }) => refundId)).size, 2);
});

test("a refund of money that the payer's bank has taken back by a dispute is asked for once a day, by the same id", async (t) => {
  let isDisputed = true;
  const shop = await startReturns(t, {
    refundPayment: () => {
      if (isDisputed) throw new DomainError("precondition", "PAYMENT_STATE");
      return { refund: { state: TransferState.SUCCEEDED } };
    },
  });
  await shop.bringBack(2);
  await shop.explained("a person");
  shop.pass(3_600_000);
  await delay(300);
  t.is(shop.requests("refundPayment").length, 1);
  isDisputed = false;
  shop.pass(24 * 3_600_000);
  await shop.until(ReturnState.REFUNDED);
  t.is(new Set(shop.requests("refundPayment").map(({ refundId }) => refundId)).size, 1);
});

test("a return that is never sent is over after 30 days: its label is given back, and it can be asked for no more", async (t) => {
  const shop = await startReturns(t, {});
  await shop.ask(2);
  await shop.seller.approveReturn({ requestId: "a", returnId: shop.returnId() });
  await shop.until(ReturnState.LABEL_SENT);
  shop.pass(SEND_WITHIN_MS);
  const order = await shop.until(ReturnState.REJECTED);
  t.like(order.returns, [{ endReason: "NOT_SENT" }]);
  t.true(shop.calls().includes("cancelShipment"));
  t.is(await reasonOf(t, shop.receive(2)), "RETURN_STATE");
});

test("goods that come in while their return is being given up are inspected and paid for", async (t) => {
  let hasCome = false;
  const shop = await startReturns(t, {
    async cancelShipment() {
      if (!hasCome) await shop.receive(2);
      hasCome = true;
      return {};
    },
  });
  await shop.ask(2);
  await shop.seller.approveReturn({ requestId: "a", returnId: shop.returnId() });
  await shop.until(ReturnState.LABEL_SENT);
  shop.pass(SEND_WITHIN_MS);
  await shop.until(ReturnState.RECEIVED);
  await shop.inspect({ resellableQuantity: 2 });
  const order = await shop.until(ReturnState.REFUNDED);
  t.is(order.totals?.refunded?.minorUnits, 1_998n);
});

test("what is refused on inspection is neither paid for nor put on the shelf", async (t) => {
  const shop = await startReturns(t, {});
  await shop.ask(2);
  await shop.seller.approveReturn({ requestId: "a", returnId: shop.returnId() });
  await shop.receive(2);
  await shop.inspect({ refusedQuantity: 2 });
  const order = await shop.until(ReturnState.REJECTED);
  t.like(order.returns, [{ endReason: "REFUSED_ON_INSPECTION", endNote: "seen" }]);
  t.false(shop.calls().includes("refundPayment"));
  t.false(shop.calls().includes("restockReturn"));
});

test("a declined return that its buyer escalates is taken up by an administrator", async (t) => {
  const shop = await startReturns(t, {});
  await shop.ask(1);
  const returnId = shop.returnId();
  await shop.seller.declineReturn({ requestId: "d", returnId, reason: "USED", note: "worn" });
  t.is(await reasonOf(t, shop.admin.approveReturn({ requestId: "a1", returnId })), "RETURN_STATE");
  await shop.orders().escalateReturn({ requestId: "e", returnId });
  const listed = await shop.admin.listSellerReturns({ escalated: true });
  t.deepEqual(
    listed.returns.map(({ id }) => id),
    [returnId],
  );
  t.is(await reasonOf(t, shop.seller.approveReturn({ requestId: "a2", returnId })), "RETURN_STATE");
  await shop.admin.approveReturn({ requestId: "a3", returnId });
  await shop.until(ReturnState.LABEL_SENT);
});

test("a return is its buyer's and its seller's: others find none, buyers approve none, sellers print no label", async (t) => {
  const shop = await startReturns(t, {});
  await shop.ask(1);
  const returnId = shop.returnId();
  const stranger = shop.service.as(other)(OrderService);
  t.is(await reasonOf(t, stranger.getReturn({ returnId })), "RETURN_NOT_FOUND");
  t.is(await reasonOf(t, stranger.listReturns({ orderId: shop.orderId })), "ORDER_NOT_FOUND");
  t.is(
    await reasonOf(t, shop.service.as(guest)(OrderAdminService).approveReturn({ requestId: "a", returnId })),
    "ACCESS_DENIED",
  );
  const second = shop.service.as(member(2))(OrderAdminService);
  t.is(await reasonOf(t, second.approveReturn({ requestId: "a", returnId })), "RETURN_NOT_FOUND");
  t.is((await second.listSellerReturns({})).returns.length, 0);
  await shop.seller.approveReturn({ requestId: "a", returnId });
  await shop.until(ReturnState.LABEL_SENT);
  t.is((await shop.orders().listReturns({ orderId: shop.orderId })).returns[0]?.shipment?.labelUrl, "/media/l");
  t.is((await shop.seller.listSellerReturns({})).returns[0]?.shipment?.labelUrl, "");
  t.is((await shop.service.as(member(1))(OrderService).getReturn({ returnId })).return?.shipment?.labelUrl, "");
});

test("ExplainOrder shows the return's steps", async (t) => {
  const shop = await startReturns(t, {});
  await shop.bringBack(1);
  await shop.until(ReturnState.REFUNDED);
  const { sagas } = await shop.orders().explainOrder({ orderId: shop.orderId });
  const steps = sagas.find(({ name }) => name === "return")?.steps.map(({ name }) => name);
  for (const step of ["create-label", "await-sent", "await-received", "await-inspected", "refund-payment", "restock"])
    t.true(steps?.includes(step), step);
});
