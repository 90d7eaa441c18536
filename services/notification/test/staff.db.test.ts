import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { TellStaffSchema } from "@shopmesh/contracts/shop/notification/v1/notification_tasks_pb.ts";
import {
  ReturnEscalatedSchema,
  ReturnRejectedSchema,
  ReturnRequestedSchema,
} from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { ShipmentFailedSchema } from "@shopmesh/contracts/shop/shipping/v1/shipping_events_pb.ts";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import { create } from "@bufbuild/protobuf";
import test from "ava";
import { TELL_SELLERS } from "../src/consumers/all.ts";
import { CUSTOMER, notificationWorld, ORDERS } from "./support.ts";

const RETURN = "0198a000-0000-7000-8000-0000000000f1";
const SHIPMENT = "0198a000-0000-7000-8000-0000000000f2";
const [ORDER] = ORDERS;

type World = Awaited<ReturnType<typeof notificationWorld>>;

const run = (world: World) => world.work(RunDueSchema, create(RunDueSchema, { purpose: TELL_SELLERS }));

test("a seller is told of the orders since the last time, of all at once and of each once", async (t) => {
  const world = await notificationWorld(t);
  const ids = Array.from({ length: 23 }, (_, index) => `0198a000-0000-7000-8000-0000000001${10 + index}`);
  for (const [index, orderId] of ids.entries()) {
    const sellerId = index === 0 ? "alma" : "kade";
    await world.confirmed(orderId, { orderNumber: `E${index}`, sellerId });
  }
  // An event that comes twice.
  await world.confirmed(ids[1] ?? "", { orderNumber: "E1", sellerId: "kade" });
  await Promise.all([run(world), run(world)]);
  await run(world);
  const told = (await world.outbox(TellStaffSchema)).map(({ sellerId, facts }) => ({ sellerId, ...facts }));
  t.deepEqual(
    told.toSorted((left, right) => left.sellerId.localeCompare(right.sellerId)),
    [
      { sellerId: "alma", count: "1", numbers: "E0", more: "" },
      {
        sellerId: "kade",
        count: "22",
        numbers: Array.from({ length: 20 }, (_, index) => `E${index + 1}`).join(", "),
        more: "2",
      },
    ],
  );
  for (const task of await world.outbox(TellStaffSchema)) await world.work(TellStaffSchema, task);
  await world.tryAll();
  const subjects = new Set((await world.mails()).map(({ subject }) => subject));
  t.true(subjects.has("A new order to send") && subjects.has("22 new orders to send"));
});

test("a seller is told of a return that is asked for, administrators of one that is escalated", async (t) => {
  const world = await notificationWorld(t);
  const event = { returnId: RETURN, orderId: ORDER, orderNumber: "E1", sellerId: "kade" };
  await world.hear(ReturnRequestedSchema, event);
  await world.hear(ReturnEscalatedSchema, event);
  const told = await world.outbox(TellStaffSchema);
  t.deepEqual(
    told.map(({ template, sellerId }) => [template, sellerId]),
    [
      ["return-requested", "kade"],
      ["return-escalated", ""],
    ],
  );
  for (const task of told) await world.work(TellStaffSchema, task);
  await world.tryAll();
  const subjects = (await world.mails()).map(({ subject }) => subject);
  t.true(subjects.includes("A buyer wants to send goods of order E1 back"));
  t.true(subjects.includes("A buyer asks us to look at a return of order E1"));
});

test("a buyer is told that a return was not accepted, and that a parcel was lost", async (t) => {
  const world = await notificationWorld(t);
  await world.hear(ReturnRejectedSchema, {
    returnId: RETURN,
    orderId: ORDER,
    customerId: CUSTOMER,
    reason: "REFUSED_ON_INSPECTION",
  });
  const parcel = { shipmentId: SHIPMENT, orderId: ORDER };
  await world.hear(ShipmentFailedSchema, { ...parcel, state: ShipmentState.CANCELLED, reason: "CANCELLED" });
  await world.hear(ShipmentFailedSchema, { ...parcel, state: ShipmentState.LOST, reason: "LOST" });
  await world.tryAll();
  t.deepEqual((await world.mails()).map(({ subject }) => subject).toSorted(), [
    "A parcel of your order E000000000001 was lost",
    "Your return of order E000000000001 was not accepted",
  ]);
});
