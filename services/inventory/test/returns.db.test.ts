import { Disposition } from "@shopmesh/contracts/shop/inventory/v1/inventory_pb.ts";
import test from "ava";
import { type Inventory, minutes, newId, openInventory, sellerB, stocked } from "./fixture.ts";

const { RESELLABLE, DAMAGED } = Disposition;

/** An order whose goods have left, three of A from the first location. */
async function shipped(inventory: Inventory, quantity = 3) {
  const locationId = await stocked(inventory, "BER-1", { A: 10 });
  const [holdId, orderId] = [newId(), newId()];
  const lines = [{ sku: "A", quantity }];
  await inventory.order.holdStock({ requestId: "h", holdId, lines, ttl: minutes(10) });
  await inventory.order.allocateStock({ requestId: "a", holdId, orders: [{ orderId, lines }] });
  const leaving = lines.map((line) => ({ ...line, locationId }));
  await inventory.order.shipStock({ requestId: "s", orderId, shipmentId: newId(), lines: leaving });
  return { orderId, locationId };
}

const onHand = async ({ admin }: Inventory) =>
  (await admin.listStock({ sku: "A" })).levels.map(({ onHand: count }) => count);

const audited = async ({ admin }: Inventory) => (await admin.auditStock({})).differences;

test("resellable goods go back to stock, damaged ones are written off, both in the ledger", async (t) => {
  const inventory = await openInventory(t);
  const { orderId, locationId } = await shipped(inventory);
  const answer = await inventory.order.restockReturn({
    requestId: "r",
    returnId: "return-1",
    orderId,
    lines: [
      { sku: "A", quantity: 2, disposition: RESELLABLE },
      { sku: "A", quantity: 1, disposition: DAMAGED },
    ],
  });
  t.like(answer.restocked, [{ sku: "A", quantity: 2, locationId }]);
  t.like(answer.writtenOff, [{ sku: "A", quantity: 1, locationId }]);
  t.deepEqual(await onHand(inventory), [9]);
  const { movements } = await inventory.admin.listMovements({ reference: "return-1" });
  t.deepEqual(
    movements.map(({ onHandChange }) => onHandChange).toSorted((a, b) => a - b),
    [-1, 1, 2],
  );
  t.deepEqual(await audited(inventory), []);
});

test("one return brings its goods back once, whatever the key it is asked with", async (t) => {
  const inventory = await openInventory(t);
  const { orderId } = await shipped(inventory);
  const ask = (quantity: number) =>
    inventory.order.restockReturn({
      requestId: newId(),
      returnId: "return-1",
      orderId,
      lines: [{ sku: "A", quantity, disposition: RESELLABLE }],
    });
  const [first, second] = await Promise.all([ask(2), ask(2)]);
  t.deepEqual(first, second);
  t.deepEqual(await ask(2), first);
  t.deepEqual(await onHand(inventory), [9]);
  t.like(await t.throwsAsync(ask(1)), { reason: "RETURN_CONFLICT", metadata: { return_id: "return-1" } });
});

test("never more comes back than was shipped for that order and sku", async (t) => {
  const inventory = await openInventory(t);
  const { orderId } = await shipped(inventory);
  const ask = (quantity: number, of = orderId) =>
    inventory.order.restockReturn({
      requestId: newId(),
      returnId: newId(),
      orderId: of,
      lines: [{ sku: "A", quantity, disposition: RESELLABLE }],
    });
  t.like(await t.throwsAsync(ask(4)), { reason: "RETURN_LINES", metadata: { sku: "A", shipped: "3", asked: "4" } });
  await ask(2);
  t.like(await t.throwsAsync(ask(2)), { reason: "RETURN_LINES", metadata: { shipped: "1" } });
  t.like(await t.throwsAsync(ask(1, newId())), { reason: "ALLOCATION_NOT_FOUND" });
  t.deepEqual(await onHand(inventory), [9]);
  t.deepEqual(await audited(inventory), []);
});

test("goods come back to another place of their seller's, and to nobody else's", async (t) => {
  const inventory = await openInventory(t);
  const { orderId, locationId } = await shipped(inventory);
  const make = async (code: string, sellerId = "") =>
    (await inventory.admin.createLocation({ requestId: code, code, name: code, countryCode: "FR", sellerId })).location
      ?.id ?? "";
  const ask = (to: string) =>
    inventory.order.restockReturn({
      requestId: newId(),
      returnId: newId(),
      orderId,
      lines: [{ sku: "A", quantity: 1, disposition: RESELLABLE, locationId: to }],
    });
  const depot = await make("LYO-1");
  t.like((await ask(depot)).restocked, [{ sku: "A", quantity: 1, locationId: depot }]);
  t.like((await ask(locationId)).restocked, [{ locationId }]);
  for (const wrong of [newId(), await make("LYO-2", sellerB)])
    t.like(await t.throwsAsync(ask(wrong)), { reason: "LOCATION_NOT_FOUND", metadata: { location_id: wrong } });
  t.deepEqual(
    (await onHand(inventory)).toSorted((a, b) => a - b),
    [1, 8],
  );
  t.deepEqual(await audited(inventory), []);
});
