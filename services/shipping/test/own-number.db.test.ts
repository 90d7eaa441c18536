import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import { hourMs, person, startWorld, type World } from "./world.ts";

const admin = person({ roles: ["admin"] });

/** A parcel with its label, and when its carrier is to be asked about it. */
async function begin(t: ExecutionContext) {
  const world = await startWorld(t);
  const [shipment] = await world.create();
  const { id = "", trackingNumber = "" } = shipment ?? {};
  const askMs = async () =>
    (await world.database.sql.row<{ ask_ms: string | null }>("SELECT ask_ms FROM shipment WHERE id = ?", [id]))?.ask_ms;
  return { world, id, trackingNumber, askMs };
}

async function reasonOf(t: ExecutionContext, call: Promise<unknown>): Promise<string | undefined> {
  return (await t.throwsAsync(call, { instanceOf: DomainError }))?.reason;
}

const namesOf = async (world: World) => (await world.events()).map(({ name }) => name);

test("a parcel that leaves under a number of its seller's is nobody's to ask about, and its label is given back", async (t) => {
  const { world, id, askMs } = await begin(t);
  const { shipment } = await world.markShipped(id, "OWN-1");
  t.like(shipment, { state: ShipmentState.SHIPPED, carrier: "other", service: "", trackingNumber: "OWN-1" });
  t.is(shipment?.labelUrl, "");
  t.is(await askMs(), null);
  t.like((await world.events()).at(-1), { name: "ShipmentShipped", carrier: "other", trackingNumber: "OWN-1" });
  await world.runDue();
  await world.inbox.first("CA");
  t.like(await world.database.sql.rows("SELECT is_open FROM given_up_label"), [{ is_open: 0 }]);
});

test("a label that may have been sold is looked for when its parcel left under another number", async (t) => {
  const world = await startWorld(t, { timeoutMs: 1_000 });
  await world.switchOn({ kind: "timeoutAfter", operation: "ship" });
  const [planned] = await world.create();
  await world.markShipped(planned?.id ?? "", "OWN-1");
  await world.runDue();
  await world.inbox.first("CA");
  t.is((await world.get(planned?.id ?? ""))?.trackingNumber, "OWN-1");
});

test("a wrong number is corrected by saying it again, and nothing else changes", async (t) => {
  const { world, id } = await begin(t);
  const { shipment: first } = await world.markShipped(id, "OWN-1");
  world.clock.setOffsetMs(hourMs);
  const { shipment: second } = await world.markShipped(id, "OWN-2");
  t.is(second?.trackingNumber, "OWN-2");
  t.deepEqual(second?.shipTime, first?.shipTime);
  t.deepEqual(await world.markShipped(id), { shipment: second });
  t.deepEqual(await namesOf(world), ["ShipmentPlanned", "ShipmentShipped"]);
  t.is((await world.database.sql.rows("SELECT 1 FROM given_up_label")).length, 1);
});

test("the label's own number is no other, and a parcel that its carrier moves on keeps it", async (t) => {
  const { world, id, trackingNumber } = await begin(t);
  t.is((await world.markShipped(id, trackingNumber)).shipment?.carrier, "fedex");
  world.clock.setOffsetMs(31 * hourMs);
  await world.runDue();
  t.like((await world.markShipped(id, "OWN-1")).shipment, { carrier: "fedex", trackingNumber });
});

test("a seller says that a parcel arrived of which no carrier tells, once", async (t) => {
  const { world, id } = await begin(t);
  t.is(await reasonOf(t, world.markDelivered(id, admin)), "SHIPMENT_STATE", "it has not left");
  await world.markShipped(id, "OWN-1");
  world.clock.setOffsetMs(49 * hourMs);
  await world.runDue();
  t.is((await world.get(id))?.state, ShipmentState.SHIPPED);
  const delivered = await world.markDelivered(id);
  t.is(delivered.shipment?.state, ShipmentState.DELIVERED);
  t.not(delivered.shipment?.deliverTime, undefined);
  world.clock.setOffsetMs(50 * hourMs);
  t.deepEqual(await world.markDelivered(id), delivered);
  t.deepEqual(await namesOf(world), ["ShipmentPlanned", "ShipmentShipped", "ShipmentDelivered"]);
});

test("of a parcel that a carrier tells of an administrator says that it arrived, its seller does not", async (t) => {
  const { world, id, askMs } = await begin(t);
  await world.markShipped(id);
  t.is(await reasonOf(t, world.markDelivered(id)), "CARRIER_TELLS");
  t.is((await world.markDelivered(id, admin)).shipment?.state, ShipmentState.DELIVERED);
  t.is(await askMs(), null);
});
