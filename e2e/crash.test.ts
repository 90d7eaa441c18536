import { setTimeout as delay } from "node:timers/promises";
import test from "ava";
import { openReaper } from "./crash/death.ts";
import { cards, fillCart, place, quote } from "./order.ts";
import { available } from "./shelf.ts";
import { type Json, list, Refusal, text } from "./shop.ts";
import { COUPON } from "./stories/guest.ts";
import { openWorld, type World } from "./stories/world.ts";

/**
 * Each process dies by SIGKILL at each place of an order's way where it hurts: after an effect whose answer is lost,
 * within the transaction that keeps it, right after it. Started again, the order gets where it would have got.
 */
const reaper = openReaper();
const PARCEL_TRAVEL_S = 60 * 3_600;
const SETTLES_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 200;

let opened: World | undefined;
let count = 0;

test.before("the mesh starts, a process for each service", async (t) => {
  t.timeout(180_000);
  opened = await openWorld("mesh", reaper.environment);
});
test.after.always("the mesh stops", async () => {
  await opened?.mesh.stop();
  reaper.close();
});

type End = "CONFIRMED" | "COMPLETED" | "REJECTED";

const survives = test.macro({
  title: (_, service: string, at: string, end: End) => `${service} dies at ${at}: the order is ${end} all the same`,
  async exec(
    t,
    service: string,
    at: string,
    end: End,
    card: string = end === "REJECTED" ? cards.declined : cards.good,
  ) {
    t.timeout(2 * SETTLES_WITHIN_MS);
    if (opened === undefined) throw new Error("the mesh is not there");
    const world = opened;
    const { shop, shelf, outside, mesh } = world;
    count += 1;
    const email = `crash-${count}@example.com`;
    const [sku = ""] = shelf.take(1);
    const before = await available(shop, sku);
    const guest = await fillCart(shop, [sku], COUPON);
    const quoted = await quote(shop, guest, email);
    const total = Number(text(quoted, "totals", "total", "minorUnits"));
    const death = reaper.await(mesh, service, at);
    const click = () => place(shop, guest, text(quoted, "id"), card, "click");
    // Its answer may die with the process; the order must not.
    const clicked = click().catch(unavailable);
    if (end === "COMPLETED") await travel(world, email);
    await Promise.all([death, clicked]);
    const order = await settled(world, email, end);
    const groupId = text(order, "orderGroupId");
    // A quote of days ago is forgotten.
    if (end !== "COMPLETED")
      t.is((await patiently(click)).groupId, groupId, "a second click finds the first one's order");
    const money = await outside.money(groupId);
    t.deepEqual(money, moneyAt(end, total));
    t.is(await outside.authorizations(groupId), end === "REJECTED" ? 0 : 1, "charged at most once");
    t.is(await available(shop, sku), end === "REJECTED" ? before : before - 1);
    const audit = await shop.call("shop.inventory.v1.InventoryAdminService/AuditStock", {}, world.admin);
    t.deepEqual(list(audit, "differences"), []);
  },
});

for (const step of ["hold-stock", "authorize-payment", "allocate-stock", "close-cart"]) {
  for (const point of ["after-steps", "in-boundary", "after-boundary"]) {
    test.serial(survives, "order", `checkout/${step}/${point}`, "CONFIRMED");
  }
}
test.serial(survives, "order", "checkout/hold-stock/before-steps", "CONFIRMED");
test.serial(survives, "order", "checkout/undo authorize-payment/after-steps", "REJECTED");
test.serial(survives, "order", "checkout/undo hold-stock/after-steps", "REJECTED");
test.serial(survives, "order", "checkout/undo hold-stock/after-boundary", "REJECTED");
for (const step of ["commit-order", "create-shipments", "await-shipped", "capture-payment", "await-delivered"]) {
  test.serial(survives, "order", `fulfilment/${step}/after-steps`, "COMPLETED");
}
test.serial(survives, "order", "fulfilment/capture-payment/in-boundary", "COMPLETED");

const payment = "shop.payment.v1.PaymentService";
test.serial(survives, "payment", `${payment}/AuthorizePayment/before`, "CONFIRMED");
test.serial(survives, "payment", `${payment}/AuthorizePayment/after`, "CONFIRMED");
test.serial(survives, "payment", `${payment}/VoidPayment/after`, "REJECTED");
test.serial(survives, "payment", `${payment}/CapturePayment/after`, "COMPLETED");

const inventory = "shop.inventory.v1.InventoryService";
test.serial(survives, "inventory", `${inventory}/HoldStock/after`, "CONFIRMED");
test.serial(survives, "inventory", `${inventory}/AllocateStock/after`, "CONFIRMED");
test.serial(survives, "inventory", `${inventory}/ReleaseHold/after`, "REJECTED");
test.serial(survives, "inventory", `${inventory}/ShipStock/after`, "COMPLETED");

const promotion = "shop.promotion.v1.PromotionService";
test.serial(survives, "promotion", `${promotion}/ReserveRedemption/after`, "CONFIRMED");

/** What the provider holds and has for an order that ended so. */
function moneyAt(end: End, total: number) {
  if (end === "REJECTED") return { net: 0, held: 0, captured: 0 };
  return end === "CONFIRMED" ? { net: 0, held: total, captured: 0 } : { net: total, held: 0, captured: total };
}

/** Once its parcel is planned, time passes until it has arrived. */
async function travel(world: World, email: string): Promise<void> {
  await until(world, email, (order) => !text(order, "fulfilmentState").endsWith("_UNFULFILLED"));
  await world.shop.call("shop.mesh.v1.ClockService/Advance", { by: `${PARCEL_TRAVEL_S}s` }, world.admin);
}

/** The one order of that address, once it is where it should get. */
function settled(world: World, email: string, end: End): Promise<Json> {
  const isThere = (order: Json) => {
    const state = text(order, "state").replace("ORDER_STATE_", "");
    return state === end || (end === "CONFIRMED" && state === "PROCESSING");
  };
  return until(world, email, isThere);
}

async function until({ shop, admin }: World, email: string, isThere: (order: Json) => boolean): Promise<Json> {
  const limit = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    const search = { email };
    const found = await shop.call("shop.order.v1.OrderAdminService/SearchOrders", search, admin).catch(unavailable);
    const orders = list(found, "orders");
    const [order] = orders;
    if (orders.length > 1) throw new Error(`${orders.length} orders for one click: ${JSON.stringify(orders)}`);
    if (order !== undefined && isThere(order)) return order;
    if (Date.now() > limit) throw new Error(`not there in time: ${JSON.stringify(order)}`);
    await delay(LOOK_AGAIN_MS);
  }
}

/** A call of one who tries again while the service is away. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  const limit = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    const answer = await call().catch((error: unknown) =>
      Date.now() > limit ? Promise.reject(error) : unavailable(error),
    );
    if (answer !== undefined) return answer;
    await delay(LOOK_AGAIN_MS);
  }
}

function unavailable(error: unknown): undefined {
  if (error instanceof Refusal && ["unavailable", "aborted"].includes(error.code)) return undefined;
  throw error;
}
