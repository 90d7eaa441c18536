import { OrderPaymentState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { OrderAdminService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { OrderRefundState } from "@shopmesh/contracts/shop/order/v1/return_pb.ts";
import test from "ava";
import { reasonOf, startReturns } from "./returns.ts";
import { guest } from "./shop.ts";

test("money goes back without goods, once for a request, never more than was taken and not given back", async (t) => {
  const shop = await startReturns(t, {});
  const wish = {
    requestId: "g",
    orderId: shop.orderId,
    goodwill: { currencyCode: "EUR", minorUnits: 500n },
    reason: "GOODWILL",
  };
  const first = await shop.admin.refundOrder(wish);
  t.is((await shop.admin.refundOrder(wish)).refund?.id, first.refund?.id);
  const order = await shop.watch(({ refunds }) => refunds.some(({ state }) => state === OrderRefundState.SUCCEEDED));
  t.is(order.totals?.refunded?.minorUnits, 500n);
  t.is(shop.requests("refundPayment").length, 1);
  const left = (order.totals?.captured?.minorUnits ?? 0n) - 500n;
  const tooMuch = { ...wish, requestId: "h", goodwill: { currencyCode: "EUR", minorUnits: left + 1n } };
  t.is(await reasonOf(t, shop.admin.refundOrder(tooMuch)), "REFUND_TOO_LARGE");
  await shop.admin.refundOrder({ ...wish, requestId: "i", goodwill: { currencyCode: "EUR", minorUnits: left } });
  const end = await shop.watch(({ paymentState }) => paymentState === OrderPaymentState.REFUNDED);
  const taxes = end.refunds.flatMap(({ parts }) => parts.map(({ tax }) => tax?.minorUnits ?? 0n));
  t.is(
    taxes.reduce((sum, tax) => sum + tax, 0n),
    end.totals?.tax?.minorUnits ?? -1n,
  );
  t.is(
    shop.requests("refundPayment").reduce((sum, { tax }) => sum + (tax?.minorUnits ?? 0n), 0n),
    end.totals?.tax?.minorUnits ?? -1n,
  );
  t.is(await reasonOf(t, shop.service.as(guest)(OrderAdminService).refundOrder(wish)), "ACCESS_DENIED");
});

test("of two refunds at once that are together too much, one is refused", async (t) => {
  const shop = await startReturns(t, {});
  const wish = (requestId: string) =>
    shop.admin.refundOrder({
      requestId,
      orderId: shop.orderId,
      goodwill: { currencyCode: "EUR", minorUnits: 2_000n },
      reason: "GOODWILL",
    });
  const settled = await Promise.allSettled([wish("1"), wish("2")]);
  t.deepEqual(settled.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
});
