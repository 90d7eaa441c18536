import { randomUUID } from "node:crypto";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import test from "ava";
import { fedexReference } from "../src/effects/fedex.ts";
import { ASK_AGAIN_MS, labelName } from "../src/shipment.ts";
import { ada, seller, startWorld, type World } from "./world.ts";

const impatient = { timeoutMs: 2_000 };

/** How many labels stand at FedEx for a shipment, under whichever of its names. */
async function labelsAtFedex(world: World, id: string): Promise<number> {
  const answer = await fetch(`${world.url}/sandbox/fedex/references/${fedexReference(id)}`);
  return ((await answer.json()) as { readonly labels: number }).labels;
}

/** FedEx carries out the first question about a shipment, long after whoever sent it stopped waiting. */
async function carryOutLate({ desk }: World, id: string): Promise<void> {
  const destination = { ...desk.origin, ...ada };
  const question = { name: id, serviceType: "FEDEX_GROUND", from: desk.origin, destination, weightGrams: 1_500 };
  await desk.carriers.get("fedex")?.buyLabel(question, { timeoutMs: 5_000 });
}

/** What the schedule does after so many times its pause. */
async function runLater(world: World, pauses: number): Promise<void> {
  world.clock.setOffsetMs(pauses * (ASK_AGAIN_MS + 1_000));
  await world.runDue();
}

test("a label's name as FedEx's reference is one of its own, and fits", (t) => {
  const ids = ["00000000-0000-7000-8000-000000000001", "ffffffff-ffff-7fff-bfff-ffffffffffff"];
  const references = ids.flatMap((id) =>
    [0, 1, 36 ** 4 - 1].map((labelAttempt) => fedexReference(labelName({ id, labelAttempt }))),
  );
  t.is(new Set(references).size, 6);
  for (const reference of references) t.regex(reference, /^[0-9A-Z]{25,30}$/);
});

for (const kind of ["timeoutAfter", "resetAfter"]) {
  test(`a label whose answer got lost (${kind}) is bought anew, and the lost one given back`, async (t) => {
    const world = await startWorld(t, impatient);
    await world.switchOn({ kind, operation: "ship" });
    const orderId = randomUUID();
    const [planned] = await world.create({ orderId });
    const id = planned?.id ?? "";
    t.is(planned?.state, ShipmentState.PLANNED);
    // Order asks again at once: who did not make the shipment leaves it to the schedule.
    t.is((await world.create({ orderId }))[0]?.state, ShipmentState.PLANNED);
    t.is(await labelsAtFedex(world, id), 1);
    await runLater(world, 1);
    const kept = await world.get(id, seller);
    t.is(kept?.state, ShipmentState.LABELLED);
    t.regex(kept?.labelUrl ?? "", /[.]pdf$/);
    t.is(await labelsAtFedex(world, id), 1);
    await runLater(world, 3);
    t.is(await labelsAtFedex(world, id), 1);
    t.is((await world.list(orderId)).length, 1);
    t.is((await world.get(id))?.trackingNumber, kept?.trackingNumber);
  });

  test(`a label whose answer got lost (${kind}) is given back once its shipment was called off`, async (t) => {
    const world = await startWorld(t, impatient);
    await world.switchOn({ kind, operation: "ship" });
    const orderId = randomUUID();
    const [planned] = await world.create({ orderId });
    const id = planned?.id ?? "";
    await world.cancel(orderId, "a");
    t.is(await labelsAtFedex(world, id), 1);
    await runLater(world, 1);
    t.is(await labelsAtFedex(world, id), 0);
    await runLater(world, 5);
    t.is(await labelsAtFedex(world, id), 0);
  });
}

test("a label whose giving back was answered to nobody is given back all the same", async (t) => {
  const world = await startWorld(t, impatient);
  const orderId = randomUUID();
  const [shipment] = await world.create({ orderId });
  await world.switchOn({ kind: "resetAfter", operation: "cancel" });
  await t.throwsAsync(world.cancel(orderId, "a"), { message: /carrier unavailable/ });
  t.is(await labelsAtFedex(world, shipment?.id ?? ""), 0);
  // FedEx refuses what it has cancelled already.
  t.is((await world.cancel(orderId, "a")).shipment?.state, ShipmentState.CANCELLED);
});

test("a label that FedEx sells after it was asked for again is found and given back", async (t) => {
  const world = await startWorld(t);
  await world.switchOn({ kind: "resetBefore", operation: "ship" });
  const [planned] = await world.create();
  const id = planned?.id ?? "";
  await runLater(world, 1);
  const kept = await world.get(id);
  t.is(kept?.state, ShipmentState.LABELLED);
  await carryOutLate(world, id);
  t.is(await labelsAtFedex(world, id), 2);
  await runLater(world, 3);
  t.is(await labelsAtFedex(world, id), 1);
  t.is((await world.get(id))?.trackingNumber, kept?.trackingNumber);
});

test("while FedEx does not say what became of a lost answer no other label is asked for", async (t) => {
  const world = await startWorld(t, impatient);
  await world.switchOn({ kind: "resetAfter", operation: "ship" });
  // Refused like that it may know of one all the same.
  await world.switchOn({ kind: "error", operation: "reference", status: 400 });
  const [planned] = await world.create();
  const id = planned?.id ?? "";
  await runLater(world, 1);
  t.is((await world.get(id))?.state, ShipmentState.PLANNED);
  t.is(await labelsAtFedex(world, id), 1);
  await runLater(world, 3);
  t.is((await world.get(id))?.state, ShipmentState.LABELLED);
  t.is(await labelsAtFedex(world, id), 1);
});

test("two calls at once buy one label of FedEx", async (t) => {
  const world = await startWorld(t);
  const wanted = { orderId: randomUUID() };
  const [[left], [right]] = await Promise.all([world.create(wanted), world.create(wanted)]);
  t.is(left?.id, right?.id);
  t.is(await labelsAtFedex(world, left?.id ?? ""), 1);
});

test("a label that its seller asks for is not asked for while the carrier's answer may still come", async (t) => {
  const world = await startWorld(t, impatient);
  await world.switchOn({ kind: "resetAfter", operation: "ship" });
  const [planned] = await world.create();
  const id = planned?.id ?? "";
  await t.throwsAsync(world.buyLabel(id), { message: /label pending/ });
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  t.is((await world.buyLabel(id))?.state, ShipmentState.LABELLED);
  await world.runDue();
  t.is(await labelsAtFedex(world, id), 1);
});
