import { randomUUID } from "node:crypto";
import { ShipmentDirection, ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import test from "ava";
import { ASK_AGAIN_MS } from "../src/shipment.ts";
import { ada, hourMs, order, person, seller, startWorld } from "./world.ts";

test("a return has one label, from its buyer to where parcels are taken in; its buyer prints it, its seller does not", async (t) => {
  const world = await startWorld(t);
  const [orderId, returnId] = [randomUUID(), randomUUID()];
  const label = await world.bringBack(orderId, returnId);
  t.like(label, { state: ShipmentState.LABELLED, direction: ShipmentDirection.RETURN, key: `return/${returnId}` });
  t.is(label?.destination?.name, "Dock");
  t.regex(label?.labelUrl ?? "", /^\/media\/shipping\/labels\//);
  t.is((await world.bringBack(orderId, returnId))?.trackingNumber, label?.trackingNumber);
  t.is((await world.get(label?.id ?? "", seller))?.labelUrl, "");
  t.is((await world.get(label?.id ?? "", order))?.labelUrl, label?.labelUrl);
  t.is((await world.get(label?.id ?? "", person({ roles: ["admin"] })))?.labelUrl, label?.labelUrl);
});

test("whatever is told of a parcel tells which way it goes", async (t) => {
  const world = await startWorld(t);
  await world.bringBack(randomUUID(), randomUUID());
  await world.create();
  world.clock.setOffsetMs(49 * hourMs);
  await world.runDue();
  const told = await world.events();
  for (const direction of [ShipmentDirection.OUTBOUND, ShipmentDirection.RETURN])
    t.deepEqual(
      told.filter((event) => event.direction === direction).map(({ name }) => name),
      ["ShipmentPlanned", "ShipmentShipped", "ShipmentDelivered"],
    );
});

test("a return's parcel leaves from its buyer's door", async (t) => {
  const world = await startWorld(t);
  const label = await world.bringBack(randomUUID(), randomUUID());
  const row = await world.database.sql.row<{ sender: string }>("SELECT sender FROM shipment WHERE id = ?", [
    label?.id ?? "",
  ]);
  t.like(JSON.parse(row?.sender ?? "{}"), { name: ada.name, postalCode: ada.postalCode });
});

test("a carrier that does not answer leaves a return planned, and its label is bought later", async (t) => {
  const world = await startWorld(t, { timeoutMs: 1_000 });
  await world.switchOn({ kind: "timeoutAfter", operation: "ship" });
  const planned = await world.bringBack(randomUUID(), randomUUID());
  t.is(planned?.state, ShipmentState.PLANNED);
  world.clock.setOffsetMs(ASK_AGAIN_MS + 1_000);
  await world.runDue();
  t.is((await world.get(planned?.id ?? ""))?.state, ShipmentState.LABELLED);
});

test("a return that is called off before it was planned can never be planned", async (t) => {
  const world = await startWorld(t);
  const [orderId, returnId] = [randomUUID(), randomUUID()];
  await world.cancel(orderId, `return/${returnId}`);
  await t.throwsAsync(world.bringBack(orderId, returnId), { message: /order shipments cancelled/ });
});
