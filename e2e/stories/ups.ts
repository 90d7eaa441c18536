import type { ExecutionContext } from "ava";
import { cards, fillCart, orderStates, place, type Placed, quote, watchUntil } from "../order.ts";
import { type Json, list, object, text } from "../shop.ts";
import { emailOf, type World } from "./world.ts";

const PARCEL_TRAVEL_S = 72 * 3_600;
const ARRIVES_WITHIN_MS = 90_000;

/**
 * A buyer has one seller's goods sent by UPS and the other's by the cheapest way: each goes as chosen, labelled by its carrier, and
 * arrives; first told of by UPS's reports, then, in an order that UPS never reports of, because the shop asks.
 */
export async function sentByUps(t: ExecutionContext, world: World): Promise<void> {
  const reported = await orderByUps(t, world);
  await arrive(world, reported);
  t.true((await upsReports(world, reported.trackingNumber)).includes("delivered"), "UPS told of it");
  await switchOn(world, { kind: "webhookMissing", count: 100 });
  const silent = await orderByUps(t, world);
  await arrive(world, silent);
  t.deepEqual([...new Set(await upsReports(world, silent.trackingNumber))], ["withheld"], "UPS told nobody");
  await fetch(`${world.mesh.sandboxUrl}/sandbox/faults`, { method: "DELETE" });
  for (const { trackingNumber } of [reported, silent]) {
    const tracked = await world.shop.call("shop.shipping.v1.ShippingService/TrackShipment", {
      trackingNumber,
      postalCode: "10119",
    });
    t.like(tracked, { carrier: "ups", state: "SHIPMENT_STATE_DELIVERED" });
    t.true(list(tracked, "scans").length >= 5, "its way is told");
  }
}

type Sent = { readonly placed: Placed; readonly trackingNumber: string };

/** An order of two sellers, the first one's goods with a label of UPS's. */
async function orderByUps(t: ExecutionContext, { shop, shelf }: World): Promise<Sent> {
  const guest = await fillCart(shop, shelf.take(2));
  const email = emailOf("parcels");
  const [first = {}, second = {}] = list(await quote(shop, guest, email), "sellers");
  const offered = list(first, "shippingOptions").find((option) => text(option, "carrier") === "ups");
  const [chosenId, service] = [text(offered, "id"), text(offered, "serviceName")];
  t.regex(service, /^UPS /);
  const quoted = await quote(shop, guest, email, { [text(first, "sellerId")]: chosenId });
  const [chosen = {}, cheapest = {}] = list(quoted, "sellers");
  t.is(text(chosen, "shippingOptionId"), chosenId);
  t.is(text(chosen, "totals", "shipping", "minorUnits"), text(offered, "price", "minorUnits"));
  t.is(text(cheapest, "shippingOptionId"), text(second, "shippingOptionId"), "the other seller sends as before");
  const placed = await place(shop, guest, text(quoted, "id"), cards.good);
  t.is(placed.state, "CONFIRMED");
  const order = placed.orders.find((one) => text(one, "sellerId") === text(first, "sellerId"));
  const seen = await watchUntil(shop, placed, (group) =>
    list(group, "orders").every((one) => list(one, "parcels").length === 1),
  );
  t.is(list(object(seen.at(-1), "group"), "orders").length, 2);
  const orderId = text(order, "id");
  const { shipments } = await shop.call("shop.shipping.v1.ShippingService/ListShipments", { orderId }, placed.token);
  const [shipment = {}] = list({ shipments }, "shipments");
  t.like(shipment, { carrier: "ups", service, state: "SHIPMENT_STATE_LABELLED" });
  t.regex(text(shipment, "trackingNumber"), /^1Z/);
  return { placed, trackingNumber: text(shipment, "trackingNumber") };
}

/** The time that parcels take passes at once. */
async function arrive({ shop, admin }: World, { placed }: Sent): Promise<void> {
  const isThere = (group: Json) => orderStates(group).every((state) => state === "COMPLETED");
  const arrived = watchUntil(shop, placed, isThere, ARRIVES_WITHIN_MS);
  await shop.call("shop.mesh.v1.ClockService/Advance", { by: `${PARCEL_TRAVEL_S}s` }, admin);
  await arrived;
}

/** What became of UPS's reports of a parcel. */
async function upsReports({ mesh }: World, trackingNumber: string): Promise<readonly string[]> {
  const answer = (await (await fetch(`${mesh.sandboxUrl}/sandbox/webhooks`)).json()) as Json;
  const own = list(answer, "deliveries").filter((one) => JSON.stringify(one).includes(trackingNumber));
  return own.map((one) => text(one, "state"));
}

async function switchOn({ mesh }: World, fault: Json): Promise<void> {
  const body = JSON.stringify({ provider: "ups", ...fault });
  await fetch(`${mesh.sandboxUrl}/sandbox/faults`, { method: "POST", body });
}
