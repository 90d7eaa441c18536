import {
  OrderFulfilmentState,
  OrderPaymentState,
  OrderState,
  ParcelState,
} from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { CancelReason } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import {
  ShipmentDeliveredSchema,
  ShipmentFailedSchema,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_events_pb.ts";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { nowMs } from "./fixtures.ts";
import { orderAll, parcelIds, untilExplained } from "./placed.ts";
import type { Deed } from "./shop.ts";

test("one saga per parcel: when it leaves its goods leave the stock and its part of the money is taken; the parts add up, and the last is final", async (t) => {
  const { carrier, wake, ended, until, requests, total } = await orderAll(t, { allocateStock: inTwoPlaces });
  const planned = await until(({ orders }) => orders.every(({ parcels }) => parcels.length > 0));
  const [first = "", second = "", third = ""] = parcelIds(planned);
  carrier.send(first);
  await wake();
  const [half] = await until(({ orders }) => orders[0]?.paymentState === OrderPaymentState.PARTIALLY_CAPTURED);
  t.is(half?.fulfilmentState, OrderFulfilmentState.PARTIALLY_SHIPPED);
  t.deepEqual(
    half?.lines.map(({ shippedQuantity, deliveredQuantity }) => ({ shippedQuantity, deliveredQuantity })),
    [{ shippedQuantity: 1, deliveredQuantity: 0 }],
  );
  t.is(requests("capturePayment").length, 1);
  carrier.bring(first, second, third);
  await wake();
  t.deepEqual(await ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
  const captures = requests("capturePayment");
  t.deepEqual(captures.map(({ captureId = "" }) => captureId).toSorted(), [first, second, third].toSorted());
  t.is(
    captures.reduce((sum, { amount }) => sum + (amount?.minorUnits ?? 0n), 0n),
    total,
  );
  t.is(
    captures.reduce((sum, { tax }) => sum + (tax?.minorUnits ?? 0n), 0n),
    planned.reduce((sum, { totals }) => sum + (totals?.tax?.minorUnits ?? -1n), 0n),
  );
  t.deepEqual(
    captures.map(({ final }) => final),
    [false, false, true],
  );
  const shipped = requests("shipStock").flatMap(({ shipmentId, lines = [] }) =>
    lines.map(({ sku, quantity, locationId }) => [shipmentId, sku, quantity, locationId]),
  );
  t.deepEqual(
    shipped.map((line) => line.join()).toSorted(),
    [
      [first, "A", 1, NORTH],
      [second, "A", 1, SOUTH],
      [third, "B", 1, NORTH],
    ]
      .map((line) => line.join())
      .toSorted(),
  );
});

test("Cancel only before SHIPPED: of two parcels the one that has left is delivered, the other is called off and its goods and money go back", async (t) => {
  const { carrier, wake, ended, until, requests, orders, placed, calls } = await orderAll(t, {
    allocateStock: inTwoPlaces,
  });
  const planned = await until((group) => group.orders.every(({ parcels }) => parcels.length > 0));
  const [first = "", second = "", third = ""] = parcelIds(planned);
  carrier.send(first);
  await wake();
  const [before] = await until((group) => group.orders[0]?.paymentState === OrderPaymentState.PARTIALLY_CAPTURED);
  t.true(before?.cancellable);
  const orderId = placed.group?.orders[0]?.id ?? "";
  const { order } = await orders().cancelOrder({ requestId: "c1", orderId, reason: CancelReason.CUSTOMER_REQUEST });
  t.deepEqual(
    order?.parcels.map(({ state }) => state),
    [ParcelState.SHIPPED, ParcelState.CANCELLED],
  );
  t.like(order?.lines[0], { shippedQuantity: 1, cancelledQuantity: 1 });
  t.like(order, { paymentState: OrderPaymentState.CAPTURED, fulfilmentState: OrderFulfilmentState.SHIPPED });
  t.deepEqual(
    requests("deallocateStock").map(({ lines }) => lines),
    [[{ sku: "A", quantity: 1, locationId: SOUTH }]] as never,
  );
  const [released] = requests("releasePayment");
  t.is(released?.amount?.minorUnits, order?.parcels[1]?.amount?.minorUnits);
  t.is(released?.amount?.minorUnits, order?.totals?.cancelled?.minorUnits);
  carrier.bring(first, third);
  await wake();
  t.deepEqual(await ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
  t.false(calls().includes("voidPayment"));
  t.false(requests("capturePayment").some(({ captureId }) => captureId === second));
});

for (const [state, parcelState, reason] of [
  [ShipmentState.LOST, ParcelState.LOST, "PARCEL_LOST"],
  [ShipmentState.RETURN_TO_SENDER, ParcelState.RETURNED, "PARCEL_RETURNED"],
] as const) {
  test(`a parcel that ends as ${reason} is refunded by itself: money for goods that did not arrive is never kept`, async (t) => {
    const { carrier, wake, until, ended, requests } = await orderAll(t);
    const planned = await until(({ orders }) => orders.every(({ parcels }) => parcels.length > 0));
    carrier.send();
    await wake();
    await until(({ orders }) => orders.every(({ paymentState }) => paymentState === OrderPaymentState.CAPTURED));
    const [gone = "", other = ""] = planned.map(({ parcels }) => parcels[0]?.id ?? "");
    carrier.bring(other);
    carrier.end(state, gone);
    await wake();
    t.deepEqual(await ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
    const [order] = await until(({ orders }) => orders[0]?.state === OrderState.COMPLETED);
    t.like(order, { paymentState: OrderPaymentState.REFUNDED, fulfilmentState: OrderFulfilmentState.FAILED });
    t.is(order?.parcels[0]?.state, parcelState);
    t.deepEqual(order?.totals?.refunded?.minorUnits, order?.totals?.total?.minorUnits);
    const refunds = requests("refundPayment");
    t.is(new Set(refunds.map(({ refundId }) => refundId)).size, 1);
    t.like(refunds[0], { reason });
  });
}

test("what was paid for a lost parcel and cannot be given back waits for a person, and is tried again by another name", async (t) => {
  let isGood = false;
  const state = () => (isGood ? TransferState.SUCCEEDED : TransferState.FAILED);
  const shop = await orderAll(t, { refundPayment: () => ({ refund: { state: state() } }) });
  const { carrier, wake, until, requests, orders } = shop;
  const planned = await until((group) => group.orders.every(({ parcels }) => parcels.length > 0));
  const [gone = "", other = ""] = parcelIds(planned);
  carrier.send();
  carrier.bring(other);
  carrier.end(ShipmentState.LOST, gone);
  await wake();
  await untilExplained(orders, planned[0]?.id ?? "", "a person");
  isGood = true;
  await wake();
  await until((group) => group.orders[0]?.paymentState === OrderPaymentState.REFUNDED);
  const asked = requests("refundPayment");
  t.is(new Set(asked.map(({ refundId }) => refundId)).size, 2);
  t.is(new Set(asked.map(({ amount }) => amount?.minorUnits)).size, 1);
});

test("a parcel that is found after it was given up as lost is told of, and what was given back stays given back", async (t) => {
  const { carrier, wake, ended, until, calls, hear } = await orderAll(t);
  const planned = await until(({ orders }) => orders.every(({ parcels }) => parcels.length > 0));
  const [gone = "", other = ""] = parcelIds(planned);
  carrier.send();
  carrier.bring(other);
  carrier.end(ShipmentState.LOST, gone);
  await wake();
  await ended();
  const moved = () => calls().filter((name) => /Stock|capture|refund|release/i.test(name)).length;
  const before = moved();
  const [lost] = planned;
  const news = { shipmentId: gone, orderId: lost?.id ?? "" };
  const deliverTime = timestampFromMs(nowMs + 5_000);
  for (const _ of ["once", "and again"]) await hear(ShipmentDeliveredSchema, { ...news, deliverTime });
  const [found] = await until(({ orders }) => orders[0]?.parcels[0]?.laterState === ParcelState.DELIVERED);
  t.like(found, { paymentState: OrderPaymentState.REFUNDED, fulfilmentState: OrderFulfilmentState.FAILED });
  t.like(found?.parcels[0], { state: ParcelState.LOST, laterTime: deliverTime, deliverTime: undefined });
  await hear(ShipmentFailedSchema, { ...news, state: ShipmentState.RETURN_TO_SENDER });
  await until(({ orders }) => orders[0]?.parcels[0]?.laterState === ParcelState.RETURNED);
  t.deepEqual(moved(), before);
});

test("after the pivot only forward: a carrier's service that is away for long calls no order off", async (t) => {
  let asked = 0;
  const shop = await orderAll(t, {
    createShipments: (request) => {
      asked += 1;
      if (asked <= 24) throw new DomainError("unavailable", "UNAVAILABLE");
      return shop.carrier.deeds.createShipments?.(request);
    },
  });
  await shop.until(({ orders }) => orders.every(({ parcels }) => parcels.length > 0));
  shop.carrier.bring();
  await shop.wake();
  t.deepEqual(await shop.ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
  t.false(shop.calls().includes("releasePayment"));
});

test("a parcel that its carrier refuses after it was planned calls its order off: its goods and its money go back", async (t) => {
  const { carrier, until, wake, ended, requests, total } = await orderAll(t);
  await until(({ orders }) => orders.every(({ parcels }) => parcels.length > 0));
  carrier.end(ShipmentState.CANCELLED);
  await wake();
  t.deepEqual(await ended(), [OrderState.CANCELLED, OrderState.CANCELLED]);
  t.is(requests("deallocateStock").length, 2);
  t.is(
    requests("releasePayment").reduce((sum, { amount }) => sum + (amount?.minorUnits ?? 0n), 0n),
    total,
  );
});

test("a wish to call an order off that comes again, after the first one's answer died, is answered as it stands", async (t) => {
  const { until, orders, placed, ended } = await orderAll(t);
  await until((group) => group.orders.every(({ parcels }) => parcels.length > 0));
  const ids = placed.group?.orders.map(({ id }) => id) ?? [];
  for (const time of ["first", "again"]) {
    for (const orderId of ids) {
      const wish = { requestId: `${time} ${orderId}`, orderId, reason: CancelReason.CUSTOMER_REQUEST };
      t.is((await orders().cancelOrder(wish)).order?.state, OrderState.CANCELLED, time);
    }
  }
  t.deepEqual(await ended(), [OrderState.CANCELLED, OrderState.CANCELLED]);
});

test("Cancel only before SHIPPED: a wish that comes as the parcel leaves is refused, and the order is paid for and completed", async (t) => {
  const shop = await orderAll(t, {
    cancelShipment: (request) => {
      shop.carrier.bring();
      return shop.carrier.deeds.cancelShipment?.(request);
    },
  });
  const { until, orders, placed, wake, ended, calls } = shop;
  await until((group) => group.orders.every(({ parcels }) => parcels.length > 0));
  const orderId = placed.group?.orders[0]?.id ?? "";
  const wish = { requestId: "c1", orderId, reason: CancelReason.CUSTOMER_REQUEST };
  const error = await t.throwsAsync(orders().cancelOrder(wish), { instanceOf: DomainError });
  t.like(error, { kind: "precondition", reason: "ORDER_NOT_CANCELLABLE" });
  await wake();
  t.deepEqual(await ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
  t.false(calls().includes("deallocateStock"));
  t.false(calls().includes("releasePayment"));
});

const NORTH = "01890000-0000-7000-8000-0000000000a1";
const SOUTH = "01890000-0000-7000-8000-0000000000a2";

/** Everything lies in the north, but the second piece of a line. */
const inTwoPlaces: Deed = ({ orders = [] }) => ({
  allocations: orders.map(({ orderId, lines }) => ({
    orderId,
    lines: lines.flatMap(({ sku, quantity }) => [
      { sku, quantity: 1, locationId: NORTH },
      ...(quantity > 1 ? [{ sku, quantity: quantity - 1, locationId: SOUTH }] : []),
    ]),
    locations: [],
  })),
});
