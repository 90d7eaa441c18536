import { randomUUID } from "node:crypto";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { ASK_AGAIN_MS } from "../src/shipment.ts";
import { hourMs, lyon, order, person, seller, startWorld } from "./world.ts";

const impatient = { timeoutMs: 1_000 };

test("an order's shipments get labels, once for each key", async (t) => {
  const world = await startWorld(t);
  const wanted = { orderId: randomUUID(), keys: ["b", "a"] };
  const first = await world.create(wanted);
  const again = await world.create(wanted);
  t.deepEqual(again, first);
  t.deepEqual(
    first.map(({ key, state }) => [key, state]),
    [
      ["b", ShipmentState.LABELLED],
      ["a", ShipmentState.LABELLED],
    ],
  );
  for (const { trackingNumber = "" } of first) t.regex(trackingNumber, /^7949\d{8}$/);
  const labels = [...world.stored.values()].map((bytes) => Buffer.from(bytes).subarray(0, 5).toString());
  t.deepEqual(labels, ["%PDF-", "%PDF-"]);
  t.deepEqual(
    (await world.events()).map(({ name }) => name),
    ["ShipmentPlanned", "ShipmentPlanned"],
  );
});

test("two calls at once make one shipment", async (t) => {
  const world = await startWorld(t);
  const wanted = { orderId: randomUUID() };
  const [[left], [right]] = await Promise.all([world.create(wanted), world.create(wanted)]);
  t.is(left?.id, right?.id);
  t.is((await world.list(wanted.orderId)).length, 1);
  t.is((await world.list(wanted.orderId))[0]?.trackingNumber, left?.trackingNumber || right?.trackingNumber);
});

test("a carrier that does not answer leaves a shipment planned, and its label is bought later", async (t) => {
  const world = await startWorld(t, impatient);
  await world.switchOn({ kind: "timeoutAfter", operation: "ship" });
  const [planned] = await world.create();
  t.is(planned?.state, ShipmentState.PLANNED);
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  t.is((await world.get(planned?.id ?? ""))?.state, ShipmentState.LABELLED);
});

test("a label that its carrier does not sell is asked for ever more seldom, a quarter of an hour apart at most", async (t) => {
  const world = await startWorld(t, impatient);
  await world.switchOn({ kind: "timeoutBefore", operation: "ship", count: 9 });
  const [planned] = await world.create();
  const waits: number[] = [];
  for (const minutes of [4, 40, 400]) {
    world.clock.setOffsetMs(minutes * 60_000);
    await world.runDue();
    const { sql } = world.database;
    const row = await sql.row<{ ask_ms: string }>("SELECT ask_ms FROM shipment WHERE id = ?", [planned?.id ?? ""]);
    waits.push(Math.round((Number(row?.ask_ms) - world.clock.now()) / 60_000));
  }
  t.deepEqual(waits, [1, 5, 15]);
});

test("a shipment that cannot be worked off keeps none of the others waiting, and is looked at later each time", async (t) => {
  const world = await startWorld(t, impatient);
  await world.switchOn({ kind: "timeoutAfter", operation: "ship", count: 2 });
  const [[poisoned], [other]] = [await world.create(), await world.create()];
  const { sql } = world.database;
  await sql.execute("UPDATE shipment SET goods = '{', ask_ms = ask_ms - 1 WHERE id = ?", [poisoned?.id ?? ""]);
  const waitsMs = async () => {
    const row = await sql.row<{ ask_ms: string }>("SELECT ask_ms FROM shipment WHERE id = ?", [poisoned?.id ?? ""]);
    return Number(row?.ask_ms) - world.clock.now();
  };
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  t.is((await world.get(other?.id ?? ""))?.state, ShipmentState.LABELLED);
  const first = await waitsMs();
  t.true(first > 0);
  world.clock.setOffsetMs(hourMs);
  await world.runDue();
  t.true((await waitsMs()) > 2 * first);
});

test("an address that the carrier refuses calls the shipment off", async (t) => {
  const world = await startWorld(t);
  const orderId = randomUUID();
  const nowhere = { orderId, destination: { postalCode: "" } };
  await t.throwsAsync(world.create(nowhere), { message: /address rejected/ });
  await t.throwsAsync(world.create(nowhere), { message: /address rejected/ });
  t.like(await world.events(), [
    { name: "ShipmentPlanned" },
    { name: "ShipmentFailed", state: ShipmentState.CANCELLED, reason: "ADDRESS_REJECTED" },
  ]);
});

test("an option that nobody offers is refused, and nothing is planned", async (t) => {
  const world = await startWorld(t);
  await t.throwsAsync(world.create({ option: "pigeon" }), { message: /rate option not found/ });
  t.deepEqual(await world.events(), []);
});

test("a flat rate is carried by the carrier's own service", async (t) => {
  const world = await startWorld(t);
  const [home] = await world.create({ option: "flat-standard" });
  const [abroad] = await world.create({ option: "flat-express", destination: { countryCode: "FR" } });
  t.deepEqual([home?.service, abroad?.service], ["FedEx Ground", "FedEx International Priority"]);
});

test("a parcel that leaves from another country than it was quoted from gets its label all the same", async (t) => {
  const world = await startWorld(t);
  for (const option of ["fedex-ground", "fedex-priority-overnight", "flat-standard"]) {
    const [shipment] = await world.create({ from: lyon, option });
    t.is(shipment?.state, ShipmentState.LABELLED, option);
  }
  const options = (await world.quote({ from: lyon })).parcels?.[0]?.options ?? [];
  for (const { id = "", service = "" } of options) {
    const [shipment] = await world.create({ from: lyon, option: id });
    t.is(shipment?.service, service);
  }
});

test("a shipment is cancelled before it ships, and its label is given back", async (t) => {
  const world = await startWorld(t);
  const orderId = randomUUID();
  await world.create({ orderId });
  t.is((await world.cancel(orderId, "a")).shipment?.state, ShipmentState.CANCELLED);
  t.is((await world.cancel(orderId, "a")).shipment?.state, ShipmentState.CANCELLED);
  world.clock.setOffsetMs(5 * hourMs);
  t.deepEqual(await world.inbox.first("CA").then(({ body }) => body.length > 0), true);
  t.like((await world.events()).at(-1), { name: "ShipmentFailed", reason: "CANCELLED" });
});

test("a cancelled key can never be created", async (t) => {
  const world = await startWorld(t);
  const orderId = randomUUID();
  t.is((await world.cancel(orderId, "a")).shipment, undefined);
  t.is((await world.cancel(orderId, "a")).shipment, undefined);
  await t.throwsAsync(world.create({ orderId, keys: ["a", "b"] }), { message: /order shipments cancelled/ });
  t.deepEqual(await world.list(orderId), []);
});

test("a shipment that left cannot be cancelled", async (t) => {
  const world = await startWorld(t);
  const orderId = randomUUID();
  await world.create({ orderId });
  world.clock.setOffsetMs(5 * hourMs);
  // The carrier knows it first.
  await t.throwsAsync(world.cancel(orderId, "a"), { message: /shipment state/ });
  await world.receive(await world.inbox.first("PU"));
  await t.throwsAsync(world.cancel(orderId, "a"), { message: /shipment state/ });
});

test("a label whose number nobody learnt is given back all the same", async (t) => {
  const world = await startWorld(t, impatient);
  const orderId = randomUUID();
  await world.switchOn({ kind: "timeoutAfter", operation: "ship" });
  await world.create({ orderId });
  t.is((await world.cancel(orderId, "a")).shipment?.state, ShipmentState.CANCELLED);
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  await world.inbox.first("CA");
  const stray = await world.database.sql.row("SELECT 1 FROM shipment WHERE is_label_stray = 1");
  t.is(stray, undefined);
});

test("a seller marks a parcel shipped, once", async (t) => {
  const world = await startWorld(t);
  const [shipment] = await world.create();
  const id = shipment?.id ?? "";
  const marked = await world.markShipped(id);
  t.is(marked.shipment?.state, ShipmentState.SHIPPED);
  t.deepEqual((await world.markShipped(id)).shipment?.shipTime, marked.shipment?.shipTime);
  t.like((await world.events()).slice(1), [{ name: "ShipmentShipped", trackingNumber: shipment?.trackingNumber }]);
});

test("a parcel without a label wants a tracking number to be marked shipped", async (t) => {
  const world = await startWorld(t, impatient);
  await world.switchOn({ kind: "error", operation: "ship", status: 503 });
  const [shipment] = await world.create();
  const id = shipment?.id ?? "";
  await t.throwsAsync(world.markShipped(id), { message: /tracking number required/ });
  t.is((await world.markShipped(id, "OTHER-1")).shipment?.trackingNumber, "OTHER-1");
});

test("only who packs a parcel is told where its label is", async (t) => {
  const world = await startWorld(t);
  const customerId = randomUUID();
  const [shipment] = await world.create({ customerId });
  const id = shipment?.id ?? "";
  t.is(shipment?.labelUrl, "");
  t.regex(
    (await world.get(id, seller))?.labelUrl ?? "",
    new RegExp(`^/media/shipping/labels/${id}-[0-9a-f]{32}[.]pdf$`),
  );
  t.is((await world.get(id, person({ id: customerId })))?.labelUrl, "");
});

test("a seller sees its own shipments of an order only", async (t) => {
  const world = await startWorld(t);
  const orderId = randomUUID();
  await world.create({ orderId });
  t.is((await world.list(orderId, seller)).length, 1);
  t.is((await world.list(orderId, person({ roles: ["seller"], sellerId: randomUUID() }))).length, 0);
  t.is((await world.list(orderId, order)).length, 1);
});

test("goods are taken out of a shipment once for each removal, and not once it left", async (t) => {
  const world = await startWorld(t);
  const orderId = randomUUID();
  const [planned] = await world.create({ orderId });
  const [removalId, one] = [randomUUID(), [{ sku: "SKU-1", quantity: 1 }]];
  await world.takeOut(orderId, removalId, one);
  const again = (await world.takeOut(orderId, removalId, one)).shipment;
  t.deepEqual(
    again?.lines?.map(({ sku, quantity }) => [sku, quantity]),
    [["SKU-1", 1]],
  );
  t.is(again?.trackingNumber, planned?.trackingNumber, "its label stays");
  const tooMany = world.takeOut(orderId, randomUUID(), [{ sku: "SKU-1", quantity: 2 }]);
  t.is((await t.throwsAsync(tooMany, { instanceOf: DomainError }))?.reason, "SHIPMENT_GOODS");
  t.is((await world.takeOut(orderId, randomUUID(), one, "unknown")).shipment, undefined);
  await world.markShipped(planned?.id ?? "");
  const late = world.takeOut(orderId, randomUUID(), one);
  t.is((await t.throwsAsync(late, { instanceOf: DomainError }))?.reason, "SHIPMENT_STATE");
  await t.notThrowsAsync(world.takeOut(orderId, removalId, one), "what was taken out before stays so");
});
