import {
  CheckoutState,
  OrderFulfilmentState,
  OrderPaymentState,
  OrderState,
  ParcelState,
} from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { OrderAdminService, SagaStepState } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Actor } from "@shopmesh/mesh";
import test, { type ExecutionContext } from "ava";
import { closeOrders } from "../src/effects/close.ts";
import { RETURN_WINDOW_MS } from "../src/return.ts";
import { nowMs } from "./fixtures.ts";
import { card, sellerId, startShop } from "./shop.ts";

const seller: Actor = {
  kind: "person",
  id: "01890000-0000-7000-8000-00000000000b",
  roles: ["seller"],
  sellerId: sellerId(1),
  sessionId: "s",
};

test("any open <-> ON_HOLD: an order on hold is neither planned, packed nor sent, and goes on once it is resumed", async (t) => {
  const { admin, own, orders, until, orderId, carrier } = await begin(t);
  await until(({ parcels }) => parcels.length > 0);
  const held = await admin.holdOrder({ requestId: "h1", orderId, reason: "ADDRESS_CHECK" });
  t.like(held.order, { state: OrderState.ON_HOLD, holdReason: "ADDRESS_CHECK" });
  t.regex((await orders().explainOrder({ orderId })).why, /on hold: ADDRESS_CHECK/);
  for (const refused of [own.packOrder({ requestId: "p0", orderId }), own.shipOrder({ requestId: "s0", orderId })])
    t.like(await t.throwsAsync(refused, { instanceOf: DomainError }), { reason: "ORDER_ON_HOLD" });
  const resumed = await admin.resumeOrder({ requestId: "h2", orderId });
  t.like(resumed.order, { state: OrderState.PROCESSING, holdReason: "" });
  t.is(carrier.parcels().length, 2);
});

test("an order that is confirmed while it is on hold is told of as any other", async (t) => {
  let state: PaymentState = PaymentState.REQUIRES_ACTION;
  const shop = await startShop(t, {
    authorizePayment: () => ({ payment: { state, actionUrl: "https://bank.test/3ds" } }),
  });
  const placed = await shop.checkout.placeOrder({ requestId: "r1", quoteId: shop.quoteId, tenders: card() });
  const [orderGroupId, orderId] = [placed.group?.id ?? "", placed.group?.orders[0]?.id ?? ""];
  await shop.admin.holdOrder({ requestId: "h1", orderId, reason: "FRAUD_REVIEW" });
  state = PaymentState.AUTHORIZED;
  await shop.admin.retryCheckout({ requestId: "wake", orderGroupId });
  for await (const { group } of shop.orders(AbortSignal.timeout(20_000)).watchOrder({ orderGroupId }))
    if (group?.state === CheckoutState.CONFIRMED) break;
  const resumed = await shop.admin.resumeOrder({ requestId: "h2", orderId });
  t.not(resumed.order?.confirmTime, undefined);
  const told = await shop.service.database.sql.rows<{ count: string }>(
    "SELECT subject, COUNT(*) AS count FROM mesh_outbox WHERE subject LIKE '%OrderPlaced' OR subject LIKE '%OrderConfirmed' GROUP BY subject",
  );
  t.deepEqual(
    told.map(({ count }) => Number(count)),
    [2, 2],
  );
});

test("ExplainOrder tells the last thousand entries, however long it has been tried", async (t) => {
  const { orders, orderId, until, service } = await begin(t);
  await until(({ parcels }) => parcels.length > 0);
  const { sql } = service.database;
  await sql.execute(
    `INSERT INTO mesh_saga_log (kind, saga_id, sequence, time_ms, step, action, result, attempt, detail, trace_id)
     SELECT kind, saga_id, 1000 * sequence + 10000 + seq, time_ms + seq, step, action, result, attempt, detail, trace_id
     FROM mesh_saga_log JOIN seq_1_to_1500 WHERE kind = 'delivery' AND saga_id = ? AND step <> '' ORDER BY sequence DESC LIMIT 1500`,
    [orderId],
  );
  const { entries } = await orders().explainOrder({ orderId });
  t.is(entries.length, 1_000);
});

test("parcels wait for an order that was put on hold before they were planned", async (t) => {
  const going = Promise.withResolvers<void>();
  const shop = await begin(t, {
    createShipments: async (request) => {
      await going.promise;
      throw new DomainError("unavailable", "UNAVAILABLE", { asked: String(request.orderId) });
    },
  });
  const { admin, orderId, carrier, until } = shop;
  await admin.holdOrder({ requestId: "h1", orderId, reason: "FRAUD_REVIEW" });
  shop.deeds.createShipments = carrier.deeds.createShipments;
  going.resolve();
  const waits = async () => {
    const { sagas } = await shop.orders().explainOrder({ orderId });
    return sagas.some(({ steps }) =>
      steps.some(({ state, reason }) => state === SagaStepState.WAITING && reason === "resume"),
    );
  };
  while (!(await waits())) t.is(carrier.parcels().filter((parcel) => parcel.orderId === orderId).length, 0);
  t.is((await until(() => true))?.state, OrderState.ON_HOLD);
  await admin.resumeOrder({ requestId: "h2", orderId });
  t.is((await until(({ parcels }) => parcels.length > 0))?.state, OrderState.PROCESSING);
});

test("a seller packs and ships a parcel: it leaves under the seller's number, and its money is taken", async (t) => {
  const { own, until, orderId, requests } = await begin(t);
  const planned = await until(({ parcels }) => parcels.length > 0);
  const parcelId = planned?.parcels[0]?.id ?? "";
  const packed = await own.packOrder({ requestId: "p1", orderId });
  t.is(packed.order?.parcels[0]?.state, ParcelState.PACKED);
  const shipped = await own.shipOrder({ requestId: "s1", orderId, parcels: [{ parcelId, trackingNumber: "T-4711" }] });
  t.like(shipped.order, {
    email: "",
    paymentState: OrderPaymentState.CAPTURED,
    fulfilmentState: OrderFulfilmentState.SHIPPED,
  });
  t.like(requests("markShipped"), [{ shipmentId: parcelId, trackingNumber: "T-4711" }]);
  t.deepEqual(
    await own.shipOrder({ requestId: "s1", orderId, parcels: [{ parcelId, trackingNumber: "T-4711" }] }),
    shipped,
  );
  const nothing = await t.throwsAsync(own.shipOrder({ requestId: "s2", orderId }), { instanceOf: DomainError });
  t.is(nothing.reason, "NOTHING_TO_SEND");
});

test("ExplainOrder tells every saga of an order: its checkout, its delivery and each parcel, with steps, tries and traces", async (t) => {
  const { orders, until, orderId } = await begin(t);
  await until(({ parcels }) => parcels.length > 0);
  const waitsForCarrier = async () =>
    (await orders().explainOrder({ orderId })).why.includes("parcel 1 waits at await-shipped");
  while (!(await waitsForCarrier()));
  const { sagas } = await orders().explainOrder({ orderId });
  t.deepEqual(
    sagas.map(({ name }) => name),
    ["checkout", "delivery", "parcel 1"],
  );
  t.true(
    sagas.every(({ steps }) => steps.every(({ attemptCount, traceId }) => attemptCount > 0 && traceId.length === 32)),
  );
});

test("a seller works on no other seller's order", async (t) => {
  const { own, otherId } = await begin(t);
  const refused = await t.throwsAsync(own.packOrder({ requestId: "p1", orderId: otherId }), {
    instanceOf: DomainError,
  });
  t.is(refused.reason, "ORDER_NOT_FOUND");
});

test("COMPLETED -> CLOSED: 30 days from delivered, and not before", async (t) => {
  const { carrier, wake, until, service } = await begin(t);
  await until(({ parcels }) => parcels.length > 0);
  carrier.bring();
  await wake();
  await until(({ state }) => state === OrderState.COMPLETED);
  const { sql, transaction } = service.database;
  const closeAt = (atMs: number) => closeOrders({ sql, transaction, clock: () => atMs });
  t.is(await closeAt(nowMs + RETURN_WINDOW_MS - 1), 0);
  t.is(await closeAt(nowMs + RETURN_WINDOW_MS + 60_000), 2);
  t.is((await until(() => true))?.state, OrderState.CLOSED);
  t.is(await closeAt(nowMs + 2 * RETURN_WINDOW_MS), 0);
});

test("SearchOrders finds by group, money and parcels", async (t) => {
  const { admin, until, orderId, groupId } = await begin(t);
  await until(({ parcels }) => parcels.length > 0);
  const count = async (asked: Parameters<typeof admin.searchOrders>[0]) =>
    (await admin.searchOrders(asked)).orders.length;
  t.is(await count({ orderGroupId: groupId }), 2);
  t.is(await count({ orderId, paymentStates: [OrderPaymentState.AUTHORIZED] }), 1);
  t.is(await count({ orderId, paymentStates: [OrderPaymentState.CAPTURED] }), 0);
  t.is(await count({ orderId, fulfilmentStates: [OrderFulfilmentState.PLANNED] }), 1);
});

test("a tax rate that was set counts in the next quote and in no order before; one of the other kind is refused", async (t) => {
  const { admin, checkout, asked, service, requote, groupId } = await begin(t);
  await requote(5n, groupId);
  const before = await checkout.quoteCheckout(asked);
  const rate = { countryCode: "DE", rateBasisPoints: 1000, inclusive: true };
  const { rate: set } = await admin.setTaxRate({ requestId: "t1", rate });
  t.is(set?.jurisdiction, "DE");
  const after = await checkout.quoteCheckout(asked);
  const rateIn = (quote: typeof before.quote) => quote?.sellers[0]?.lines[0]?.tax?.rateBasisPoints;
  t.deepEqual([rateIn(before.quote), rateIn(after.quote)], [1900, 1000]);
  const mixed = { ...rate, region: "BY", inclusive: false };
  const error = await t.throwsAsync(admin.setTaxRate({ requestId: "t2", rate: mixed }), { instanceOf: DomainError });
  t.is(error.reason, "TAX_RATES_MIXED");
  const { rates, nextPageToken } = await admin.listTaxRates({ pageSize: 20 });
  const rest = await admin.listTaxRates({ pageSize: 200, pageToken: nextPageToken });
  const [{ count } = { count: "0" }] = await service.database.sql.rows<{ count: string }>(
    "SELECT COUNT(*) AS count FROM tax_rate",
  );
  t.is(rates.length + rest.rates.length, Number(count));
  t.is((await admin.listTaxRates({ countryCode: "US" })).rates.length, 6);
});

type Deeds = Parameters<typeof startShop>[1];

/** A placed group of two orders, the first of them the seller's. */
async function begin(t: ExecutionContext, given: Deeds = {}) {
  const deeds: Record<string, NonNullable<Deeds>[string] | undefined> = { ...given };
  const shop = await startShop(t, deeds as NonNullable<Deeds>);
  const { group } = await shop.checkout.placeOrder({ requestId: "r1", quoteId: shop.quoteId, tenders: card() });
  const groupId = group?.id ?? "";
  const [orderId = "", otherId = ""] = (group?.orders ?? []).map(({ id }) => id);
  type Order = NonNullable<typeof group>["orders"][number];
  async function until(isSo: (order: Order) => boolean) {
    for await (const seen of shop.orders(AbortSignal.timeout(20_000)).watchOrder({ orderGroupId: groupId })) {
      if (seen.group?.orders.every(isSo) === true) return seen.group.orders[0];
    }
    return undefined;
  }
  let wakes = 0;
  const wake = () => shop.admin.retryCheckout({ requestId: `wake-${wakes++}`, orderGroupId: groupId });
  return { ...shop, deeds, groupId, orderId, otherId, until, wake, own: shop.service.as(seller)(OrderAdminService) };
}
