import { OrderState, ParcelState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import { address } from "./fixtures.ts";
import { untilExplained } from "./placed.ts";
import { reasonOf } from "./returns.ts";
import { card, cartAnswer, type Deed, startShop } from "./shop.ts";

const acting = { state: PaymentState.REQUIRES_ACTION, actionUrl: "https://pay" };

test("pieces that are sent by themselves are called off before shipping: their stock and money go back, the others go on", async (t) => {
  const shop = await placed(t, { allocateStock: apart });
  await shop.planned(2);
  await shop.callOff("c", 1);
  const parcels = await shop.parcels((all) => all.some(({ state }) => state === ParcelState.CANCELLED));
  t.deepEqual(
    parcels.map(({ state }) => state).toSorted((left, right) => left - right),
    [ParcelState.PLANNED, ParcelState.CANCELLED],
  );
  t.is(shop.requests("deallocateStock").length, 1);
  t.is(shop.requests("releasePayment").length, 1);
  t.is(await reasonOf(t, shop.callOff("d", 2)), "CHANGE_QUANTITY");
});

test("calling off some of the goods of one parcel: they are taken out of it, their stock and share of the money go back, the rest travels", async (t) => {
  const shop = await placed(t, {});
  await shop.planned(1);
  const before = await shop.parcels(([parcel]) => parcel !== undefined);
  await shop.callOff("c", 1);
  const parcels = await shop.parcels((all) => all.some(({ state }) => state === ParcelState.CANCELLED));
  t.deepEqual(
    parcels.map(({ state, lines, amount, shipping }) => [
      ...[state, lines[0]?.quantity],
      ...[amount?.minorUnits, shipping?.minorUnits],
    ]),
    [
      [ParcelState.PLANNED, 1, 999n + 490n, 490n],
      [ParcelState.CANCELLED, 1, 999n, 0n],
    ],
    "the delivery stays with what is sent",
  );
  t.like(shop.requests("takeFromShipment"), [{ key: "l", goods: [{ sku: "A", quantity: 1 }] }]);
  t.false(shop.calls().includes("cancelShipment"), "its label stays");
  t.like(shop.requests("deallocateStock"), [{ lines: [{ sku: "A", quantity: 1, locationId: "l" }] }]);
  t.like(shop.requests("releasePayment"), [{ amount: { minorUnits: 999n } }]);
  shop.carrier.bring();
  await shop.admin.retryCheckout({ requestId: "wake", orderGroupId: shop.groupId });
  const order = await shop.watch(({ state }) => state === OrderState.COMPLETED);
  t.is(order.lines[0]?.cancelledQuantity, 1);
  t.is(order.lines[0]?.deliveredQuantity, 1);
  t.deepEqual([order.totals?.captured?.minorUnits, order.totals?.cancelled?.minorUnits], [999n + 490n, 999n]);
  const shipped = shop.requests("shipStock").filter(({ shipmentId }) => shipmentId === before[0]?.id);
  t.like(shipped, [{ lines: [{ quantity: 1 }] }]);
});

test("goods that are packed with goods that stay are not called off, and the reason says so", async (t) => {
  const shop = await placed(t, {});
  await shop.planned(1);
  await shop.admin.packOrder({ requestId: "p", orderId: shop.order.id });
  t.is(await reasonOf(t, shop.callOff("c", 1)), "GOODS_SENT_TOGETHER");
  t.false(shop.calls().includes("takeFromShipment"));
});

test("goods that were called off as their parcel left travel with it, and are paid for", async (t) => {
  const shop = await placed(t, {});
  await shop.planned(1);
  shop.carrier.bring();
  await shop.callOff("c", 1);
  await shop.admin.retryCheckout({ requestId: "wake", orderGroupId: shop.groupId });
  const order = await shop.watch(({ state }) => state === OrderState.COMPLETED);
  t.deepEqual(
    order.parcels.map(({ state }) => state),
    [ParcelState.DELIVERED, ParcelState.DELIVERED],
  );
  t.is(order.totals?.captured?.minorUnits, 2n * 999n + 490n);
  t.false(shop.calls().includes("deallocateStock"));
  t.false(shop.calls().includes("releasePayment"));
});

test("the address is corrected while no parcel is planned, within what price and tax were made for", async (t) => {
  let isPaid = false;
  const shop = await placed(t, {
    authorizePayment: () => ({ payment: isPaid ? { state: PaymentState.AUTHORIZED } : acting }),
  });
  const correct = (requestId: string, fields: object) =>
    shop.orders().requestChange({
      requestId,
      orderId: shop.order.id,
      change: { case: "shippingAddress", value: { ...address, ...fields } },
    });
  t.is(await reasonOf(t, correct("far", { countryCode: "FR" })), "ADDRESS_CHANGES_PRICE");
  const { order } = await correct("near", { line1: "Torstraße 2" });
  t.is(order?.shippingAddress?.line1, "Torstraße 2");
  isPaid = true;
  await shop.admin.retryCheckout({ requestId: "wake", orderGroupId: shop.groupId });
  await shop.planned(1);
  const destinations = shop.requests("createShipments").map((asked) => [asked.orderId, asked.destination?.line1]);
  t.deepEqual(new Map(destinations as [string, string][]).get(shop.order.id), "Torstraße 2");
  t.is(await reasonOf(t, correct("late", { line1: "Torstraße 3" })), "ADDRESS_FIXED");
});

test("the address stays once parcels were asked for, though nobody has answered: labels may name it", async (t) => {
  const shop = await placed(t, {
    createShipments: () => {
      throw new DomainError("unavailable", "UNAVAILABLE");
    },
  });
  await untilExplained(shop.orders, shop.order.id, "perform create-shipments: failed");
  await shop.admin.holdOrder({ requestId: "h", orderId: shop.order.id, reason: "ADDRESS_CHECK" });
  const shippingAddress = { ...address, line1: "Torstraße 3" };
  const wish = { requestId: "a", orderId: shop.order.id };
  const asked = shop.orders().requestChange({ ...wish, change: { case: "shippingAddress", value: shippingAddress } });
  t.is(await reasonOf(t, asked), "ADDRESS_FIXED");
});

test("a note reaches the seller until all has left, and is another's to write for nobody", async (t) => {
  const shop = await placed(t, {});
  await shop.planned(1);
  const note = (requestId: string) => ({
    requestId,
    orderId: shop.order.id,
    change: { case: "deliveryNote" as const, value: "ring twice" },
  });
  const { order } = await shop.orders().requestChange(note("n"));
  t.is(order?.deliveryNote, "ring twice");
  const stranger = shop.service.as({ kind: "guest", tokenHash: "c".repeat(64) })(OrderService);
  t.is(await reasonOf(t, stranger.requestChange(note("s"))), "ORDER_NOT_FOUND");
  shop.carrier.bring();
  await shop.admin.retryCheckout({ requestId: "wake", orderGroupId: shop.groupId });
  await shop.watch(({ state }) => state === OrderState.COMPLETED);
  t.is(await reasonOf(t, shop.orders().requestChange({ ...note("late"), requestId: "late" })), "ORDER_NOT_CHANGEABLE");
});

/** The two pieces of A lie at two locations. */
const apart: Deed = ({ orders = [] }) => ({
  allocations: orders.map(({ orderId, lines }) => ({
    orderId,
    lines: lines.flatMap(({ sku, quantity }) =>
      Array.from({ length: quantity }, (_, index) => ({ sku, quantity: 1, locationId: `l${index}` })),
    ),
    locations: [],
  })),
});

/** The order of two A, placed, in a shop whose carrier has nothing yet. */
async function placed(t: ExecutionContext, deeds: Readonly<Record<string, Deed>>) {
  const shop = await startShop(t, { getCart: () => cartAnswer(), ...deeds });
  const answer = await shop.checkout.placeOrder({ requestId: "r1", quoteId: shop.quoteId, tenders: card() });
  const groupId = answer.group?.id ?? "";
  const [order] = answer.group?.orders ?? [];
  if (order === undefined) throw new Error("nothing was placed");
  type Seen = typeof order;
  async function watch(isWished: (seen: Seen) => boolean): Promise<Seen> {
    for await (const { group } of shop.orders(AbortSignal.timeout(20_000)).watchOrder({ orderGroupId: groupId })) {
      const found = group?.orders.find(({ id }) => id === order?.id);
      if (found !== undefined && isWished(found)) return found;
    }
    throw new Error("it never came to be as wished");
  }
  const callOff = (requestId: string, quantity: number) => {
    const lines = [{ lineId: order.lines[0]?.id ?? "", quantity }];
    const change = { case: "cancellation" as const, value: { lines } };
    return shop.orders().requestChange({ requestId, orderId: order.id, change });
  };
  return {
    ...shop,
    order,
    groupId,
    watch,
    callOff,
    planned: (count: number) => watch(({ parcels }) => parcels.length === count),
    parcels: async (isWished: (parcels: Seen["parcels"]) => boolean) =>
      (await watch(({ parcels }) => isWished(parcels))).parcels,
  };
}
