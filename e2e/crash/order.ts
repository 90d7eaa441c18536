import { setTimeout as delay } from "node:timers/promises";
import { fillCart, letParcelsTravel, place, type Placed, quote } from "../order.ts";
import { available } from "../shelf.ts";
import { type Json, list, Refusal, text } from "../shop.ts";
import { COUPON } from "../stories/guest.ts";
import type { World } from "../stories/world.ts";

/** Where an order gets when nobody dies. */
export type End = "CONFIRMED" | "COMPLETED" | "REJECTED";

/** An order about to be placed. */
export type Draft = {
  readonly email: string;
  readonly sku: string;
  /** Pieces of the sku for sale before. */
  readonly before: number;
  readonly totalMinorUnits: number;
  /** Places it: the same call each time. */
  readonly click: () => Promise<Placed>;
};

const SETTLES_WITHIN_MS = 90_000;
const LABELLED_WITHIN_MS = 180_000;
const LOOK_AGAIN_MS = 100;

/** A guest's quote for one piece, with a coupon. */
export async function draft({ shop, shelf }: World, email: string, card: string): Promise<Draft> {
  const [sku = ""] = shelf.take(1);
  const before = await available(shop, sku);
  const guest = await fillCart(shop, [sku], COUPON);
  const quoted = await quote(shop, guest, email);
  return {
    email,
    sku,
    before,
    totalMinorUnits: Number(text(quoted, "totals", "total", "minorUnits")),
    click: () => place(shop, guest, text(quoted, "id"), card, "click"),
  };
}

/** Once its parcel is ready to be sent, time passes until it has arrived. */
export async function travel(world: World, email: string): Promise<void> {
  await untilLabelled(world, email);
  await patiently(() => letParcelsTravel(world.shop, world.admin));
}

/** The one order of that address once all its parcels have labels: one whose answer was lost is looked for by a schedule. */
export async function untilLabelled(world: World, email: string): Promise<Json> {
  const order = await until(world, email, (found) => !text(found, "fulfilmentState").endsWith("_UNFULFILLED"));
  const limit = Date.now() + LABELLED_WITHIN_MS;
  for (;;) {
    const asked = { orderId: text(order, "id") };
    const found = await world.shop
      .call("shop.shipping.v1.ShippingService/ListShipments", asked, world.admin)
      .catch(orAway);
    const shipments = list(found, "shipments");
    if (shipments.length > 0 && shipments.every((shipment) => text(shipment, "trackingNumber") !== "")) return order;
    if (Date.now() > limit) throw new Error(`no label in time: ${JSON.stringify(shipments)}`);
    await delay(LOOK_AGAIN_MS);
  }
}

/** The one order of that address, once it is where it should get. */
export function settled(world: World, email: string, end: End): Promise<Json> {
  return until(world, email, (order) => {
    const state = text(order, "state").replace("ORDER_STATE_", "");
    return state === end || (end === "CONFIRMED" && state === "PROCESSING");
  });
}

/** The one order of that address once `isThere` says so, whoever is away meanwhile. */
export async function until(world: World, email: string, isThere: (order: Json) => boolean): Promise<Json> {
  const limit = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    const search = { email };
    const found = await world.shop
      .call("shop.order.v1.OrderAdminService/SearchOrders", search, world.admin)
      .catch(orAway);
    const orders = list(found, "orders");
    const [order] = orders;
    if (orders.length > 1) throw new Error(`${orders.length} orders for one click: ${JSON.stringify(orders)}`);
    if (order !== undefined && isThere(order)) return order;
    if (Date.now() > limit) throw new Error(`not there in time: ${JSON.stringify(order)}`);
    await delay(LOOK_AGAIN_MS);
  }
}

/** A call of one who tries again while the service is away. */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
  const limit = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    const answer = await call().catch(orAway);
    if (answer !== undefined) return answer;
    if (Date.now() > limit) throw new Error("the service did not come back");
    await delay(LOOK_AGAIN_MS);
  }
}

/** Nothing where the answer died with its process, or did not come in time; any other refusal passes. */
export function orAway(error: unknown): undefined {
  // fetch has no other name for a connection that was refused or cut.
  if (error instanceof TypeError) return undefined;
  if (error instanceof Refusal && ["unavailable", "aborted", "deadline_exceeded"].includes(error.code))
    return undefined;
  throw error;
}
