import type { ExecutionContext } from "ava";
import {
  cards,
  fillCart,
  type Guest,
  letParcelsTravel,
  orderStates,
  place,
  type Placed,
  quote,
  watchUntil,
} from "../order.ts";
import { available } from "../shelf.ts";
import { type Json, list, object, text } from "../shop.ts";
import { servicesIn, wholeTrace } from "../trace.ts";
import { emailOf, type World } from "./world.ts";

export const COUPON = "WELCOME10";
const HOPS = ["gateway", "order", "cart", "inventory", "payment", "promotion", "shipping", "notification"];

/** An order of one thing, placed by a guest. */
export async function orderOne(
  { shop, shelf }: World,
  card: string,
  { coupon = "", name = "guest" }: { coupon?: string; name?: string } = {},
): Promise<{ placed: Placed; guest: Guest; sku: string; before: number }> {
  const [sku = ""] = shelf.take(1);
  const before = await available(shop, sku);
  const guest = await fillCart(shop, [sku], coupon);
  const quoted = await quote(shop, guest, emailOf(name));
  return { placed: await place(shop, guest, text(quoted, "id"), card), guest, sku, before };
}

/** The first order's number and id. */
export function firstOrder({ orders: [order] }: Placed): { number: string; id: string } {
  return { number: text(order, "number"), id: text(order, "id") };
}

export async function delivered(t: ExecutionContext, world: World): Promise<void> {
  const { shop, outside, shelf, admin } = world;
  const email = emailOf("ada");
  const guest = await fillCart(shop, shelf.take(2), COUPON);
  const quoted = await quote(shop, guest, email);
  t.not(text(quoted, "totals", "discount", "minorUnits") || "0", "0", "the coupon lowers the price");
  const placed = await place(shop, guest, text(quoted, "id"), cards.good);
  t.is(placed.state, "CONFIRMED");
  t.is(placed.orders.length, 2, "one order of each seller");
  const told = await journeyOf(world, placed);
  t.is(new Set(told).size, told.length, "nothing is told twice");
  const total = Number(text(quoted, "totals", "total", "minorUnits"));
  t.deepEqual(await outside.money(placed.groupId), { net: total, held: 0, captured: total });
  const { number } = firstOrder(placed);
  for (const subject of [
    `Your orders ${placed.orders.map((order) => text(order, "number")).join(", ")} are confirmed`,
    `A parcel of your order ${number} is on its way`,
    `A parcel of your order ${number} was delivered`,
  ]) {
    t.is(text(await outside.mail(email, subject), "subject"), subject);
  }
  const trace = await wholeTrace(shop, { number, admin, wanted: HOPS, withinMs: 20_000 });
  const names = list(trace, "spans").map((span) => text(span, "name"));
  t.deepEqual(
    HOPS.filter((hop) => !servicesIn(trace).includes(hop)),
    [],
  );
  t.true(
    names.some((name) => /INSERT|UPDATE|SELECT/i.test(name)),
    "SQL is in the trace",
  );
  t.true(
    names.some((name) => name.includes("OrderConfirmed")),
    "the event is in the trace",
  );
}

/** What the live stream tells of a group from now until its parcels have arrived; the time they take passes at once. */
async function journeyOf({ shop, admin }: World, placed: Placed): Promise<readonly string[]> {
  const travel = async () => {
    await watchUntil(shop, placed, (group) =>
      list(group, "orders").every((order) => text(order, "fulfilmentState").endsWith("_PLANNED")),
    );
    await letParcelsTravel(shop, admin);
  };
  const isThere = (group: Json) => orderStates(group).every((state) => state === "COMPLETED");
  const [messages] = await Promise.all([watchUntil(shop, placed, isThere, 60_000), travel()]);
  return messages.flatMap((message) => list(message, "entries").map((entry) => text(entry, "summary")));
}

export async function declined(t: ExecutionContext, world: World): Promise<void> {
  const { shop, outside } = world;
  const { placed, guest, sku, before } = await orderOne(world, cards.declined, { coupon: COUPON });
  t.is(placed.state, "REJECTED");
  t.is(text(placed.answer, "rejectReason"), "CARD_DECLINED");
  t.is(await available(shop, sku), before, "the stock is back");
  t.like(await outside.money(placed.groupId), { net: 0, held: 0 });
  const again = await shop.call("shop.cart.v1.CartService/GetCart", { cartId: guest.cartId }, guest.token);
  t.is(text(again, "cart", "couponCode"), COUPON);
  t.is(text(again, "cart", "couponProblem"), "", "the coupon can be used again");
}

export async function checkedByBank(t: ExecutionContext, world: World): Promise<void> {
  const { shop, outside } = world;
  const { placed } = await orderOne(world, cards.threeDSecure);
  t.is(placed.state, "REQUIRES_ACTION");
  const confirmed = watchUntil(shop, placed, (group) => text(group, "state") === "CHECKOUT_STATE_CONFIRMED");
  await outside.passCheck(text(placed.answer, "actionUrl"));
  t.deepEqual(orderStates(object((await confirmed).at(-1), "group")).includes("PENDING"), false);
  t.is(await outside.authorizations(placed.groupId), 1);
}

export async function lostAnswer(t: ExecutionContext, world: World): Promise<void> {
  const { shop, outside } = world;
  const { placed, sku, before } = await orderOne(world, cards.lostAnswer);
  await watchUntil(shop, placed, (group) => text(group, "state") === "CHECKOUT_STATE_CONFIRMED", 60_000);
  t.is(await outside.authorizations(placed.groupId), 1);
  t.is(await available(shop, sku), before - 1);
}

export async function calledOff(t: ExecutionContext, world: World): Promise<void> {
  const { shop, outside } = world;
  const { placed, sku, before } = await orderOne(world, cards.good);
  t.is(placed.state, "CONFIRMED");
  t.is(await available(shop, sku), before - 1);
  const { id } = firstOrder(placed);
  await shop.call(
    "shop.order.v1.OrderService/CancelOrder",
    { requestId: `cancel-${id}`, orderId: id, reason: "CANCEL_REASON_CUSTOMER_REQUEST" },
    placed.token,
  );
  await watchUntil(shop, placed, (group) => orderStates(group).every((state) => state === "CANCELLED"));
  t.is(await available(shop, sku), before, "the stock is back");
  t.deepEqual(await outside.money(placed.groupId), { net: 0, held: 0, captured: 0 });
}

export async function explained(t: ExecutionContext, world: World): Promise<void> {
  const { placed } = await orderOne(world, cards.declined);
  const { id, number } = firstOrder(placed);
  const told = await world.shop.call("shop.order.v1.OrderService/ExplainOrder", { orderId: id }, placed.token);
  t.true(text(told, "why").includes(number));
  t.true(text(told, "why").includes("CARD_DECLINED"));
  const [checkout] = list(told, "sagas");
  const steps = list(checkout, "steps").map((step) => [
    text(step, "name"),
    text(step, "state").replace("SAGA_STEP_STATE_", ""),
  ]);
  t.deepEqual(Object.fromEntries(steps), {
    "hold-stock": "UNDONE",
    "reserve-coupon": "UNDONE",
    "authorize-payment": "UNDONE",
  });
}
