import { readFile } from "node:fs/promises";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CheckoutState, OrderState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { CancelReason } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import type { SqlValue } from "@shopmesh/mesh";
import test, { type ExecutionContext } from "ava";
import { nowMs } from "./fixtures.ts";
import { type Deed, startShop } from "./shop.ts";

/** The rows that the code of commit f8d25b5 wrote, with orders at three places of their way. */
type Rows = Readonly<Record<string, readonly Readonly<Record<string, SqlValue>>[]>>;

const NORTH = "01890000-0000-7000-8000-0000000000a1";

test("an order in flight, placed by the older code while its payer acts, is finished by the newer one, parcel by parcel", async (t) => {
  let state: PaymentState = PaymentState.REQUIRES_ACTION;
  const { carrier, wake, until, requests } = await resume(t, "requires-action", {
    authorizePayment: () => ({ payment: { state, actionUrl: "https://bank.test/3ds" } }),
  });
  state = PaymentState.AUTHORIZED;
  await wake();
  const planned = await until(({ orders }) => orders.every(({ parcels }) => parcels.length > 0));
  t.deepEqual(
    planned.map(({ state: one }) => one),
    [OrderState.PROCESSING, OrderState.PROCESSING],
  );
  const { tenders } = requests("authorizePayment").at(-1) ?? {};
  t.like(tenders, [{ means: { case: "card", value: { paymentMethod: "pm_card_visa" } } }]);
  carrier.bring();
  await wake();
  await until(({ orders }) => orders.every((order) => order.state === OrderState.COMPLETED));
  t.is(requests("capturePayment").length, 2);
});

test("an order in flight, whose parcels the older code planned, is finished by the newer one as it was begun", async (t) => {
  let isGone = false;
  const { wake, until, requests, total } = await resume(t, "planned", {
    listShipments: () => ({ shipments: [isGone ? gone : { id: "s" }], nextPageToken: "" }),
  });
  isGone = true;
  await wake();
  const ended = await until(({ orders }) => orders.every(({ state }) => state === OrderState.COMPLETED));
  const captures = requests("capturePayment");
  t.deepEqual(captures.map(({ captureId = "" }) => captureId).toSorted(), ended.map(({ id }) => id).toSorted());
  t.is(
    captures.reduce((sum, { amount }) => sum + (amount?.minorUnits ?? 0n), 0n),
    total,
  );
  t.is(requests("shipStock").length, 2);
});

test("an order in flight, whose parcels the older code planned, can still be called off", async (t) => {
  const { orders, group, until, requests } = await resume(t, "planned", {
    listShipments: () => ({ shipments: [{ id: "s" }], nextPageToken: "" }),
  });
  for (const { id: orderId } of group.orders)
    await orders().cancelOrder({ requestId: orderId, orderId, reason: CancelReason.MISTAKE });
  await until((seen) => seen.orders.every(({ state }) => state === OrderState.CANCELLED));
  t.is(requests("deallocateStock").length, 2);
  t.true(requests("voidPayment").length > 0);
});

test("an order in flight, that the older code was paid for, is completed by the newer one and not paid for again", async (t) => {
  const { wake, until, requests } = await resume(t, "captured", {
    listShipments: () => ({ shipments: [gone], nextPageToken: "" }),
  });
  await wake();
  await until(({ orders }) => orders.every(({ state }) => state === OrderState.COMPLETED));
  t.deepEqual(requests("capturePayment"), []);
  t.deepEqual(requests("shipStock"), []);
});

const gone = { id: "s", shipTime: timestampFromMs(nowMs), deliverTime: timestampFromMs(nowMs) };

/** A shop that finds the older code's rows of one of its orders. */
async function resume(t: ExecutionContext, at: string, deeds: Readonly<Record<string, Deed>>) {
  const shop = await startShop(t, {
    allocateStock: ({ orders = [] }) => ({
      allocations: orders.map(({ orderId, lines }) => ({
        orderId,
        lines: lines.map((line) => ({ ...line, locationId: NORTH })),
        locations: [],
      })),
    }),
    ...deeds,
  });
  const file = await readFile(new URL("f8d25b5.json", import.meta.url), "utf8");
  const tables = (JSON.parse(file) as Readonly<Record<string, Rows>>)[at] ?? {};
  await shop.service.database.transaction(async (tx) => {
    for (const [table, rows] of Object.entries(tables)) await tx.insert(table, rows);
  });
  const orderGroupId = String(tables.order_group?.[0]?.id);
  const watch = () => shop.orders(AbortSignal.timeout(20_000)).watchOrder({ orderGroupId });
  const wakes = { count: 0 };
  const wake = () => shop.admin.retryCheckout({ requestId: `wake-${wakes.count++}`, orderGroupId });
  const { group } = await wake();
  if (group === undefined) throw new Error("the group is not there");
  t.is(group.state, at === "requires-action" ? CheckoutState.REQUIRES_ACTION : CheckoutState.CONFIRMED);
  async function until(isSo: (seen: typeof group & {}) => boolean) {
    for await (const { group: seen } of watch()) if (seen !== undefined && isSo(seen)) return seen.orders;
    return [];
  }
  return { ...shop, group, wake, until, total: group.totals?.total?.minorUnits ?? 0n };
}
