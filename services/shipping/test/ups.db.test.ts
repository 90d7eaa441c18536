import { randomUUID } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import test from "ava";
import { ASK_AGAIN_MS } from "../src/shipment.ts";
import { ada, hourMs, lyon, startWorld, type World } from "./world.ts";

const both = { hasUps: true };
const impatient = { hasUps: true, timeoutMs: 2_000 };
const minuteMs = 60_000;

async function switchOn(world: World, fault: Readonly<Record<string, unknown>>): Promise<void> {
  await world.switchOn({ provider: "ups", ...fault });
}

/** UPS carries out the first question about a shipment, long after whoever sent it stopped waiting. */
async function carryOutLate({ desk }: World, id: string): Promise<void> {
  const destination = { ...desk.origin, ...ada };
  const question = { name: id, serviceType: "03", from: desk.origin, destination, weightGrams: 1_500 };
  await desk.carriers.get("ups")?.buyLabel(question, { timeoutMs: 5_000 });
}

/** How many labels stand at UPS for a shipment. */
async function labelsAtUps(world: World, id: string): Promise<number> {
  const answer = await fetch(`${world.url}/sandbox/ups/references/${id.replaceAll("-", "")}`);
  return ((await answer.json()) as { readonly shipments: number }).shipments;
}

async function optionIds(world: World, fields: Parameters<World["quote"]>[0] = {}): Promise<readonly string[]> {
  return ((await world.quote(fields)).parcels?.[0]?.options ?? []).map(({ id = "" }) => id);
}

test("both carriers' services are offered, the cheapest first", async (t) => {
  const world = await startWorld(t, both);
  const ids = await optionIds(world);
  t.true(ids.includes("fedex-ground") && ids.includes("ups-ground"));
  t.false(ids.includes("flat-standard"));
});

test("while one carrier is down the other's services are offered, while both are flat rates", async (t) => {
  const world = await startWorld(t, both);
  await world.switchOn({ kind: "error", operation: "rates", status: 503 });
  t.true((await optionIds(world)).every((id) => id.startsWith("ups-")));
  await world.switchOn({ kind: "error", operation: "rates", status: 503 });
  await switchOn(world, { kind: "error", operation: "rates", status: 503 });
  t.deepEqual(await optionIds(world, { weightGrams: 2_000 }), ["flat-standard", "flat-express"]);
});

test("many parcels that are alike are one question to each carrier, and none within the next minute", async (t) => {
  const world = await startWorld(t, both);
  // Were there a second question, it would fail, and its parcels would be offered flat rates.
  await world.quote({ weightGrams: 700 });
  for (const provider of ["fedex", "ups"])
    await world.switchOn({ provider, kind: "error", operation: "rates", status: 503, count: 100 });
  const { parcels = [] } = await world.quote({ weightGrams: 700, count: 50 });
  t.is(parcels.length, 50);
  t.true(parcels.every(({ options }) => options?.some(({ id }) => id === "fedex-ground")));
  t.deepEqual(await optionIds(world, { weightGrams: 701 }), ["flat-standard", "flat-express"]);
});

test("what is heavier than a parcel may be is priced as several", async (t) => {
  const world = await startWorld(t, both);
  const price = async (weightGrams: number) =>
    (await world.quote({ weightGrams })).parcels?.[0]?.options?.find(({ id }) => id === "ups-ground")?.price
      ?.minorUnits ?? 0n;
  t.is(await price(150_000), 2n * (await price(68_000)) + (await price(14_000)));
});

test("a parcel that UPS carries gets its label, and travels by UPS's reports", async (t) => {
  const world = await startWorld(t, both);
  const start = world.clock.now();
  const [shipment] = await world.create({ option: "ups-ground" });
  const id = shipment?.id ?? "";
  t.like(shipment, { carrier: "ups", service: "UPS Ground", state: ShipmentState.LABELLED });
  t.regex(shipment?.trackingNumber ?? "", /^1ZA1B2C303/);
  t.deepEqual(
    [...world.stored].map(([key, bytes]) => [/[.]png$/.test(key), Buffer.from(bytes).subarray(1, 4).toString()]),
    [[true, "PNG"]],
  );
  world.clock.setOffsetMs(49 * hourMs);
  // In an order that nobody promised: late ones are kept and move nothing back.
  for (const code of ["OT", "FS", "OR", "FS", "AR"]) await world.receiveUps(await world.inbox.first(code));
  const after = await world.get(id);
  t.is(after?.state, ShipmentState.DELIVERED);
  t.is(after?.scans?.length, 4);
  const hours = (time: unknown) =>
    Math.round((timestampMs(time as Parameters<typeof timestampMs>[0]) - start) / hourMs);
  t.deepEqual([hours(after?.shipTime), hours(after?.deliverTime)], [5, 48]);
});

test("a report without UPS's credential is refused, and one of another carrier's parcel moves nothing", async (t) => {
  const world = await startWorld(t, both);
  await world.create({ option: "ups-ground" });
  world.clock.setOffsetMs(6 * hourMs);
  const { body } = await world.inbox.first("OR");
  for (const headers of [{}, { credential: "guessed" }])
    await t.throwsAsync(world.receiveUps({ body, headers: headers as Record<string, string> }), {
      message: /signature invalid/,
    });
  const [other] = await world.create();
  const forged = Buffer.from(body)
    .toString()
    .replace(/1Z\w{16}/, other?.trackingNumber ?? "");
  await world.receiveUps({ body: Buffer.from(forged), headers: { credential: "world_ups_credential" } });
  t.is((await world.get(other?.id ?? ""))?.state, ShipmentState.LABELLED);
});

test("parcels that UPS does not tell of are asked about", async (t) => {
  const world = await startWorld(t, both);
  const [shipment] = await world.create({ option: "ups-ground" });
  world.clock.setOffsetMs(49 * hourMs);
  await world.runDue();
  t.is((await world.get(shipment?.id ?? ""))?.state, ShipmentState.DELIVERED);
});

test("a parcel that UPS lost is lost", async (t) => {
  const world = await startWorld(t, both);
  await switchOn(world, { kind: "lostParcel" });
  const [shipment] = await world.create({ option: "ups-ground" });
  world.clock.setOffsetMs(49 * hourMs);
  await world.runDue();
  t.is((await world.get(shipment?.id ?? ""))?.state, ShipmentState.LOST);
});

for (const kind of ["timeoutAfter", "resetAfter"]) {
  test(`a label whose answer got lost (${kind}) is found again at UPS, never bought twice`, async (t) => {
    const world = await startWorld(t, impatient);
    await switchOn(world, { kind, operation: "ship" });
    const orderId = randomUUID();
    const [planned] = await world.create({ orderId, option: "ups-ground" });
    const id = planned?.id ?? "";
    t.is(planned?.state, ShipmentState.PLANNED);
    // Order asks again at once: who did not make the shipment leaves it to the schedule.
    t.is((await world.create({ orderId, option: "ups-ground" }))[0]?.state, ShipmentState.PLANNED);
    world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
    await world.runDue();
    t.is((await world.get(id))?.state, ShipmentState.LABELLED);
    t.is(await labelsAtUps(world, id), 1);
  });
}

test("a label that UPS sells after it was asked for again is found and given back", async (t) => {
  const world = await startWorld(t, both);
  await switchOn(world, { kind: "resetBefore", operation: "ship" });
  const [planned] = await world.create({ option: "ups-ground" });
  const id = planned?.id ?? "";
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  const kept = await world.get(id);
  t.is(kept?.state, ShipmentState.LABELLED);
  await carryOutLate(world, id);
  t.is(await labelsAtUps(world, id), 2);
  world.clock.setOffsetMs(3 * ASK_AGAIN_MS);
  await world.runDue();
  t.is(await labelsAtUps(world, id), 1);
  world.clock.setOffsetMs(49 * hourMs);
  await world.runDue();
  t.like(await world.get(id), { trackingNumber: kept?.trackingNumber ?? "", state: ShipmentState.DELIVERED });
});

test("a label that UPS sells after its parcel was called off is found and given back", async (t) => {
  const world = await startWorld(t, both);
  await switchOn(world, { kind: "resetBefore", operation: "ship" });
  const orderId = randomUUID();
  const [planned] = await world.create({ orderId, option: "ups-ground" });
  const id = planned?.id ?? "";
  await world.cancel(orderId, "a");
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  await carryOutLate(world, id);
  t.is(await labelsAtUps(world, id), 1);
  world.clock.setOffsetMs(3 * ASK_AGAIN_MS);
  await world.runDue();
  t.is(await labelsAtUps(world, id), 0);
});

test("two calls at once buy one label of UPS", async (t) => {
  const world = await startWorld(t, both);
  const wanted = { orderId: randomUUID(), option: "ups-ground" };
  const [[left], [right]] = await Promise.all([world.create(wanted), world.create(wanted)]);
  t.is(left?.id, right?.id);
  t.is(await labelsAtUps(world, left?.id ?? ""), 1);
});

test("a label of UPS's that nobody wants any more is given back, also one whose number nobody learnt", async (t) => {
  const world = await startWorld(t, impatient);
  const [known, unknown] = [randomUUID(), randomUUID()];
  const [first] = await world.create({ orderId: known, option: "ups-ground" });
  await world.cancel(known, "a");
  t.is(await labelsAtUps(world, first?.id ?? ""), 0);
  await switchOn(world, { kind: "resetAfter", operation: "ship" });
  const [second] = await world.create({ orderId: unknown, option: "ups-ground" });
  await world.cancel(unknown, "a");
  t.is(await labelsAtUps(world, second?.id ?? ""), 1);
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  t.is(await labelsAtUps(world, second?.id ?? ""), 0);
});

test("a service that the carrier refuses is replaced by the other carrier's", async (t) => {
  const world = await startWorld(t, both);
  await switchOn(world, { kind: "error", operation: "ship", status: 400 });
  const [shipment] = await world.create({ option: "ups-ground" });
  t.like(shipment, { carrier: "fedex", service: "FedEx Ground", state: ShipmentState.LABELLED });
});

test("a carrier that stays silent is given up for the other, and what it sold meanwhile is given back", async (t) => {
  const world = await startWorld(t, impatient);
  await switchOn(world, { kind: "resetAfter", operation: "ship" });
  await switchOn(world, { kind: "error", operation: "recover", status: 503, count: 20 });
  const [planned] = await world.create({ option: "ups-ground" });
  const id = planned?.id ?? "";
  world.clock.setOffsetMs(2 * minuteMs);
  await world.runDue();
  t.is((await world.get(id))?.state, ShipmentState.PLANNED);
  world.clock.setOffsetMs(12 * minuteMs);
  await world.runDue();
  t.like(await world.get(id), { carrier: "fedex", state: ShipmentState.LABELLED });
  t.is(await labelsAtUps(world, id), 1);
  await fetch(`${world.url}/sandbox/faults`, { method: "DELETE" });
  world.clock.setOffsetMs(14 * minuteMs);
  await world.runDue();
  t.is(await labelsAtUps(world, id), 0);
  t.like(await world.get(id), { carrier: "fedex", state: ShipmentState.LABELLED });
});

test("a carrier that answered nothing of late is not asked, and the other one carries", async (t) => {
  const world = await startWorld(t, { ...impatient, isThrottled: true });
  await world.switchOn({ kind: "error", operation: "ship", status: 503, count: 4 });
  for (const key of ["a", "b", "c", "d"]) await world.create({ keys: [key] });
  const [shipment] = await world.create();
  t.like(shipment, { carrier: "ups", state: ShipmentState.LABELLED });
});

test("a shipment that older code made goes on with FedEx", async (t) => {
  const world = await startWorld(t, both);
  const [shipment] = await world.create();
  await world.database.sql.execute("UPDATE shipment SET promise_ms = NULL WHERE id = ?", [shipment?.id ?? ""]);
  world.clock.setOffsetMs(31 * hourMs);
  await world.runDue();
  t.like(await world.get(shipment?.id ?? ""), { carrier: "fedex", state: ShipmentState.IN_TRANSIT });
});

test("a parcel that leaves from another country is carried by UPS's service that reaches", async (t) => {
  const world = await startWorld(t, both);
  const [shipment] = await world.create({ from: lyon, option: "ups-ground" });
  t.like(shipment, { carrier: "ups", service: "UPS Worldwide Expedited", state: ShipmentState.LABELLED });
});

test("a seller buys a label that is missing, by another way too", async (t) => {
  const world = await startWorld(t, impatient);
  await world.switchOn({ kind: "error", operation: "ship", status: 503 });
  const [planned] = await world.create();
  const id = planned?.id ?? "";
  t.is(planned?.state, ShipmentState.PLANNED);
  t.is((await world.markPicking(id))?.state, ShipmentState.PICKING);
  t.is((await world.markPacked(id))?.state, ShipmentState.PACKED);
  t.is((await world.markPicking(id))?.state, ShipmentState.PACKED);
  await t.throwsAsync(world.buyLabel(id, "ups-2nd-day-air"), { message: /label pending/ });
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await t.throwsAsync(world.buyLabel(id, "pigeon"), { message: /rate option not found/ });
  world.clock.setOffsetMs(2 * ASK_AGAIN_MS + 2_000);
  const bought = await world.buyLabel(id, "ups-2nd-day-air");
  t.like(bought, { carrier: "ups", service: "UPS 2nd Day Air", state: ShipmentState.LABELLED });
  t.regex(bought?.labelUrl ?? "", /[.]png$/);
  t.is((await world.buyLabel(id))?.trackingNumber, bought?.trackingNumber);
});
