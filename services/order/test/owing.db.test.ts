import { setTimeout as delay } from "node:timers/promises";
import { OrderPaymentState, OrderState, ParcelState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { CancelReason, SagaPhase } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentFailedSchema } from "@shopmesh/contracts/shop/payment/v1/payment_events_pb.ts";
import { TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import test from "ava";
import { orderAll, parcelIds } from "./placed.ts";

const OWED = OrderPaymentState.OWED;
const taken = { state: TransferState.SUCCEEDED };
const declined = { state: TransferState.FAILED, failureReason: "CARD_DECLINED" };

test("after the pivot only forward: money that is refused for goods that have left is owed; its order goes on, and a person has it asked for again", async (t) => {
  let isGood = false;
  const shop = await orderAll(t, { capturePayment: () => ({ capture: isGood ? taken : declined }) });
  const { carrier, until, wake, ended, calls, requests, admin, orders, service, placed } = shop;
  await until((group) => group.orders.every(({ parcels }) => parcels.length > 0));
  carrier.bring();
  await wake();
  t.deepEqual(await ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
  const [first] = await until((group) => group.orders.every(({ paymentState }) => paymentState === OWED));
  t.like(first?.parcels[0], { state: ParcelState.DELIVERED, captured: false, owedReason: "CARD_DECLINED" });
  const orderGroupId = placed.group?.id ?? "";
  const todo = await admin.searchOrders({ orderGroupId, paymentStates: [OWED] });
  t.is(todo.orders.length, 2);
  const { why, sagas } = await orders().explainOrder({ orderId: first?.id ?? "" });
  t.regex(why, /is completed; goods have left whose part of the money was refused: CARD_DECLINED/);
  t.like(
    sagas.find(({ name }) => name === "collection"),
    { phase: SagaPhase.FORWARD },
  );
  const told = await service.database.sql.rows("SELECT id FROM mesh_outbox WHERE subject LIKE '%OrderPaymentOwed'");
  t.is(told.length, 2);
  t.false(calls().includes("cancelShipment"));
  t.false(calls().includes("deallocateStock"));
  isGood = true;
  await wake();
  await until((group) => group.orders.every(({ paymentState }) => paymentState === OrderPaymentState.CAPTURED));
  const sums = Map.groupBy(requests("capturePayment"), ({ captureId }) => captureId);
  t.is(sums.size, 2);
});

test("what is refused for good is asked for once a day, four times, and never more by itself", async (t) => {
  const shop = await orderAll(t, { capturePayment: () => ({ capture: declined }) });
  const { carrier, until, wake, ended, requests, pass, service, placed } = shop;
  await until((group) => group.orders.every(({ parcels }) => parcels.length > 0));
  carrier.bring();
  await wake();
  await ended();
  const open = "SELECT id FROM mesh_saga WHERE phase NOT IN ('done', 'undone')";
  while ((await service.database.sql.rows(open)).length > 0) {
    pass(24 * 3_600_000);
    await delay(100);
  }
  const asked = Map.groupBy(requests("capturePayment"), ({ captureId }) => captureId);
  t.deepEqual(
    [...asked.values()].map(({ length }) => length),
    [5, 5],
  );
  await wake();
  await until(() => requests("capturePayment").length >= 12);
  const { order } = await shop.orders().getOrder({ orderId: placed.group?.orders[0]?.id ?? "" });
  t.is(order?.paymentState, OWED);
});

test("nothing leaves without money: while a part is owed what is at home of its group is on hold, and goes on once it is paid", async (t) => {
  let isGood = false;
  const shop = await orderAll(t, { capturePayment: () => ({ capture: isGood ? taken : declined }) });
  const { carrier, until, wake, ended, admin } = shop;
  const planned = await until((group) => group.orders.every(({ parcels }) => parcels.length > 0));
  const [first = "", second = ""] = parcelIds(planned);
  carrier.send(first);
  await wake();
  const [, other] = await until((group) => group.orders[1]?.state === OrderState.ON_HOLD);
  t.is(other?.holdReason, "PAYMENT_OWED");
  const error = await t.throwsAsync(admin.shipOrder({ requestId: "s", orderId: other?.id ?? "", parcels: [] }));
  t.like(error, { reason: "ORDER_ON_HOLD" });
  isGood = true;
  await wake();
  await until((group) => group.orders[1]?.state === OrderState.PROCESSING);
  carrier.bring(first, second);
  await wake();
  t.deepEqual(await ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
});

test("nothing leaves without money: what waits for what is owed for a parcel goes on by itself once that parcel is lost", async (t) => {
  let isGood = false;
  const shop = await orderAll(t, { capturePayment: () => ({ capture: isGood ? taken : declined }) });
  const { carrier, until, wake, ended } = shop;
  const planned = await until((group) => group.orders.every(({ parcels }) => parcels.length > 0));
  const [first = "", second = ""] = parcelIds(planned);
  carrier.send(first);
  await wake();
  await until((group) => group.orders[1]?.state === OrderState.ON_HOLD);
  carrier.end(ShipmentState.LOST, first);
  await wake();
  await until((group) => group.orders[1]?.state === OrderState.PROCESSING);
  isGood = true;
  carrier.bring(second);
  await wake();
  t.deepEqual(await ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
});

test("nothing leaves without money: what is at home of a promise that lapsed is on hold until a person lets it go on or calls it off", async (t) => {
  const { until, hear, placed, orders, admin } = await orderAll(t);
  const planned = await until((group) => group.orders.every(({ parcels }) => parcels.length > 0));
  const orderGroupId = placed.group?.id ?? "";
  await hear(PaymentFailedSchema, { orderGroupId, reason: "AUTHORIZATION_EXPIRED" });
  const held = await until((group) => group.orders.every(({ state }) => state === OrderState.ON_HOLD));
  t.deepEqual(
    held.map(({ holdReason }) => holdReason),
    ["AUTHORIZATION_EXPIRED", "AUTHORIZATION_EXPIRED"],
  );
  const [first = "", second = ""] = planned.map(({ id }) => id);
  t.is((await admin.resumeOrder({ requestId: "r", orderId: first })).order?.state, OrderState.PROCESSING);
  const wish = { requestId: "c", orderId: second, reason: CancelReason.CUSTOMER_REQUEST };
  t.is((await orders().cancelOrder(wish)).order?.state, OrderState.CANCELLED);
});

test("nothing leaves without money: of a promise whose rest lapsed what has left goes on, what is at home is on hold", async (t) => {
  const { carrier, until, wake, hear, placed } = await orderAll(t);
  const planned = await until((group) => group.orders.every(({ parcels }) => parcels.length > 0));
  const [first = ""] = parcelIds(planned);
  carrier.send(first);
  await wake();
  await until((group) => group.orders[0]?.parcels[0]?.captured === true);
  await hear(PaymentFailedSchema, { orderGroupId: placed.group?.id ?? "", reason: "AUTHORIZATION_EXPIRED" });
  const [left, kept] = await until((group) => group.orders[1]?.state === OrderState.ON_HOLD);
  t.like(kept, { holdReason: "AUTHORIZATION_EXPIRED" });
  t.not(left?.state, OrderState.ON_HOLD);
  carrier.bring(first);
  await wake();
  await until((group) => group.orders[0]?.state === OrderState.COMPLETED);
});

test("what is owed for a parcel that is lost is wanted no more, and its promise is given up", async (t) => {
  const shop = await orderAll(t, { capturePayment: () => ({ capture: declined }) });
  const { carrier, until, wake, ended, requests } = shop;
  await until((group) => group.orders.every(({ parcels }) => parcels.length > 0));
  carrier.send();
  await wake();
  await until((group) => group.orders.every(({ paymentState }) => paymentState === OWED));
  carrier.end(ShipmentState.LOST);
  await wake();
  t.deepEqual(await ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
  const lost = await until((group) =>
    group.orders.every(({ paymentState }) => paymentState === OrderPaymentState.VOIDED),
  );
  t.true(lost.every(({ parcels }) => parcels.every(({ owedReason }) => owedReason === "")));
  t.is(requests("refundPayment").length, 0);
  t.is(new Set(requests("releasePayment").map(({ amount }) => amount?.minorUnits)).size, 2);
});
