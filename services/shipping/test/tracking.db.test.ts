import { timestampMs } from "@bufbuild/protobuf/wkt";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import test from "ava";
import { ASK_AGAIN_MS, POLL_MS } from "../src/shipment.ts";
import { hourMs, startWorld, type World } from "./world.ts";

async function label(world: World): Promise<{ id: string; trackingNumber: string }> {
  const [shipment] = await world.create();
  return { id: shipment?.id ?? "", trackingNumber: shipment?.trackingNumber ?? "" };
}

/** Lets virtual hours pass, and hands over the reports of these scans in this order. */
async function deliver(world: World, hours: number, codes: readonly string[]): Promise<void> {
  world.clock.setOffsetMs(hours * hourMs);
  for (const code of codes) await world.receive(await world.inbox.first(code));
}

async function allOf<T>(stream: AsyncIterable<T>): Promise<readonly T[]> {
  const messages: T[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

function hoursAfter(start: number, time: unknown): number {
  return Math.round((timestampMs(time as Parameters<typeof timestampMs>[0]) - start) / hourMs);
}

test("scans move a shipment from its label to the door", async (t) => {
  const world = await startWorld(t);
  const start = world.clock.now();
  const { id } = await label(world);
  await deliver(world, 49, ["OC", "PU", "DP", "AR", "IT", "OD", "DL"]);
  const shipment = await world.get(id);
  t.is(shipment?.state, ShipmentState.DELIVERED);
  t.is(hoursAfter(start, shipment?.shipTime), 4);
  t.is(hoursAfter(start, shipment?.deliverTime), 48);
  t.is(shipment?.scans?.length, 7);
  t.deepEqual(
    (await world.events()).map(({ name }) => name),
    ["ShipmentPlanned", "ShipmentShipped", "ShipmentTracked", "ShipmentTracked", "ShipmentDelivered"],
  );
});

test("scans move a shipment only forward, and a late one is stored", async (t) => {
  const world = await startWorld(t);
  const start = world.clock.now();
  const { id } = await label(world);
  await deliver(world, 49, ["DL", "OD", "AR", "PU"]);
  const shipment = await world.get(id);
  t.is(shipment?.state, ShipmentState.DELIVERED);
  t.is(hoursAfter(start, shipment?.deliverTime), 48);
  t.is(shipment?.scans?.length, 4);
  const events = await world.events();
  t.deepEqual(
    events.map(({ name }) => name),
    ["ShipmentPlanned", "ShipmentShipped", "ShipmentDelivered"],
  );
  t.is(new Set(events.map(({ version }) => version)).size, 3);
});

test("a report that comes twice changes nothing", async (t) => {
  const world = await startWorld(t);
  const { id } = await label(world);
  await deliver(world, 5, ["PU"]);
  const before = await world.get(id);
  await deliver(world, 5, ["PU"]);
  t.deepEqual(await world.get(id), before);
});

test("a lost parcel is lost for good", async (t) => {
  const world = await startWorld(t);
  await world.switchOn({ kind: "lostParcel" });
  const { id } = await label(world);
  await deliver(world, 60, ["PU", "SE"]);
  t.is((await world.get(id))?.state, ShipmentState.LOST);
  t.like((await world.events()).at(-1), { name: "ShipmentFailed", reason: "LOST", state: ShipmentState.LOST });
});

test("a parcel that nobody tells of is asked about", async (t) => {
  const world = await startWorld(t);
  const { id } = await label(world);
  world.clock.setOffsetMs(31 * hourMs);
  t.true(31 * hourMs > POLL_MS);
  await world.runDue();
  t.is((await world.get(id))?.state, ShipmentState.IN_TRANSIT);
  world.clock.setOffsetMs(49 * hourMs);
  await world.runDue();
  t.is((await world.get(id))?.state, ShipmentState.DELIVERED);
});

test("a parcel that nobody tells of is asked about every three hours, whether there was news or not", async (t) => {
  const world = await startWorld(t);
  const { id } = await label(world);
  const waitsMs = async () => {
    const row = await world.database.sql.row<{ ask_ms: string }>("SELECT ask_ms FROM shipment WHERE id = ?", [id]);
    return Number(row?.ask_ms) - world.clock.now();
  };
  for (const hours of [31, 35]) {
    world.clock.setOffsetMs(hours * hourMs);
    await world.runDue();
    t.true(Math.abs((await waitsMs()) - POLL_MS) < ASK_AGAIN_MS, String(hours));
  }
});

test("one run asks about all that is due, however many there are", async (t) => {
  const world = await startWorld(t);
  const keys = Array.from({ length: 40 }, (_, index) => `parcel-${index}`);
  const shipments = await world.create({ keys });
  world.clock.setOffsetMs(49 * hourMs);
  await world.runDue();
  const states = await Promise.all(shipments.map(async ({ id = "" }) => (await world.get(id))?.state));
  t.deepEqual(
    states,
    keys.map(() => ShipmentState.DELIVERED),
  );
});

test("a watcher sees the present state, then only later ones", async (t) => {
  const world = await startWorld(t);
  const { id } = await label(world);
  const [seen] = await allOf(world.watch(id));
  t.is(seen?.shipment?.state, ShipmentState.LABELLED);
  t.deepEqual(await allOf(world.watch(id, seen?.cursor)), []);
  await deliver(world, 5, ["PU"]);
  const [later] = await allOf(world.watch(id, seen?.cursor));
  t.is(later?.shipment?.state, ShipmentState.SHIPPED);
});

test("whoever knows number and postal code sees how far a parcel is", async (t) => {
  const world = await startWorld(t);
  const { trackingNumber } = await label(world);
  await deliver(world, 5, ["PU"]);
  t.like(await world.track(trackingNumber, "101 15"), { state: ShipmentState.SHIPPED, carrier: "fedex" });
  await t.throwsAsync(world.track(trackingNumber, "10116"), { message: /shipment not found/ });
  await t.throwsAsync(world.track("794900000000", "10115"), { message: /shipment not found/ });
});

test("a report with a wrong signature is refused", async (t) => {
  const world = await startWorld(t);
  await label(world);
  const { body } = await world.inbox.first("OC");
  const forged = { body, headers: { "fdx-signature": "0".repeat(64) } };
  await t.throwsAsync(world.receive(forged), { message: /signature invalid/ });
  await t.throwsAsync(world.receive({ body, headers: {} }), { message: /signature invalid/ });
});

test("a report that is replayed long after is refused", async (t) => {
  const world = await startWorld(t);
  await label(world);
  const report = await world.inbox.first("OC");
  world.clock.setOffsetMs(31 * 24 * hourMs);
  await t.throwsAsync(world.receive(report), { message: /event too old/ });
});
