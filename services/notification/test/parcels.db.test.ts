import {
  ShipmentDeliveredSchema,
  ShipmentFailedSchema,
  ShipmentShippedSchema,
  ShipmentTrackedSchema,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_events_pb.ts";
import { ShipmentDirection, ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import { NotificationAdminService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import test from "ava";
import { SHIPMENT, type World } from "./steps.ts";
import { notificationWorld, ORDERS, order } from "./support.ts";

const { listDeliveries } = NotificationAdminService.method;
const [orderId] = ORDERS;

/** A parcel goes all its way, and then some. */
async function travel(world: World, direction: ShipmentDirection): Promise<void> {
  const parcel = { shipmentId: SHIPMENT, orderId, direction };
  await world.hear(ShipmentShippedSchema, { ...parcel, carrier: "fedex", trackingNumber: "7946" });
  await world.hear(ShipmentTrackedSchema, { ...parcel, state: ShipmentState.OUT_FOR_DELIVERY });
  await world.hear(ShipmentDeliveredSchema, parcel);
  await world.hear(ShipmentFailedSchema, { ...parcel, state: ShipmentState.LOST, reason: "LOST" });
  await world.tryAll();
}

test("a buyer hears of each step of a parcel that goes to her", async (t) => {
  const world = await notificationWorld(t);
  await travel(world, ShipmentDirection.OUTBOUND);
  t.is((await world.mails()).length, 4);
});

test("a parcel that its seller sent otherwise goes by its number alone", async (t) => {
  const world = await notificationWorld(t);
  const parcel = { shipmentId: SHIPMENT, orderId, direction: ShipmentDirection.OUTBOUND };
  await world.hear(ShipmentShippedSchema, { ...parcel, carrier: "other", trackingNumber: "OWN-1" });
  await world.tryAll();
  const [mail] = await world.mails();
  t.true(mail?.text.includes("has left, number OWN-1."));
});

test("nobody is told that what comes back is on its way to the buyer", async (t) => {
  const world = await notificationWorld(t);
  await travel(world, ShipmentDirection.RETURN);
  t.deepEqual(await world.mails(), []);
  t.deepEqual((await world.ask(listDeliveries, {})).deliveries, []);
});

test("where an older event does not say which way a parcel goes, its order does", async (t) => {
  const world = await notificationWorld(t);
  world.orders.set(orderId, order(orderId, { returns: [{ id: "r1", shipment: { shipmentId: SHIPMENT } }] }));
  await travel(world, ShipmentDirection.UNSPECIFIED);
  t.deepEqual(await world.mails(), []);
  const { deliveries } = await world.ask(listDeliveries, {});
  t.deepEqual(
    deliveries.map(({ failureReason }) => failureReason),
    Array.from({ length: 4 }, () => "COMES_BACK"),
  );
});
