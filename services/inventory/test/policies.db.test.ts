import { AvailabilityState } from "@shopmesh/contracts/shop/inventory/v1/inventory_pb.ts";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import test from "ava";
import { type Inventory, minutes, newId, openInventory, sellerA, sellerB, stocked } from "./fixture.ts";

const expectTime = timestampFromMs(1_800_600_000_000);

async function hold({ order }: Inventory, quantity: number, holdId = newId()) {
  const lines = [{ sku: "A", quantity }];
  await order.holdStock({ requestId: newId(), holdId, lines, ttl: minutes(10) });
  return holdId;
}

async function allocate(inventory: Inventory, quantity: number) {
  const orderId = newId();
  const orders = [{ orderId, lines: [{ sku: "A", quantity }] }];
  const holdId = await hold(inventory, quantity);
  await inventory.order.allocateStock({ requestId: newId(), holdId, orders });
  return orderId;
}

const availability = async ({ order }: Inventory) => (await order.getAvailability({ skus: ["A"] })).availability[0];
const audited = async ({ admin }: Inventory) => (await admin.auditStock({})).differences;
const namesOf = async (inventory: Inventory) => (await inventory.events()).map(({ name }) => name);

test("a backorder sells beyond stock up to its limit, says when goods are expected, and leaves once they came", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 2 });
  const policy = (more: object) =>
    inventory.seller(sellerA).setStockPolicy({ requestId: newId(), locationId, sku: "A", ...more });
  t.like(await t.throwsAsync(policy({ backorderLimit: 3 })), { kind: "invalid", reason: "BACKORDER_DATE" });
  await policy({ backorderLimit: 3, expectTime });
  t.like(await availability(inventory), { available: 5, backorder: 3, state: AvailabilityState.IN_STOCK, expectTime });
  await allocate(inventory, 2);
  t.like(await availability(inventory), { available: 3, backorder: 3, state: AvailabilityState.BACKORDER });
  const orderId = await allocate(inventory, 3);
  t.like(await availability(inventory), { available: 0, backorder: 0, state: AvailabilityState.OUT_OF_STOCK });
  t.like(await t.throwsAsync(hold(inventory, 1)), { reason: "OUT_OF_STOCK", metadata: { A: "0" } });
  t.like(await t.throwsAsync(policy({ backorderLimit: 2 })), { reason: "STOCK_COMMITTED", metadata: { beyond: "3" } });
  const ship = () =>
    inventory.order.shipStock({
      requestId: newId(),
      orderId,
      shipmentId: "018f0000-0000-7000-8000-00000000000c",
      lines: [{ sku: "A", quantity: 3, locationId }],
    });
  t.like(await t.throwsAsync(ship()), { reason: "STOCK_BACKORDERED", metadata: { on_hand: "2", asked: "3" } });
  await inventory.admin.receiveStock({ requestId: "in", locationId, lines: [{ sku: "A", quantity: 3 }] });
  await ship();
  t.deepEqual(await audited(inventory), []);
});

test("safety stock is sold to nobody", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 5 });
  await inventory.admin.setStockPolicy({ requestId: "1", locationId, sku: "A", safety: 4 });
  t.like(await availability(inventory), { available: 1, state: AvailabilityState.IN_STOCK });
  t.like(await t.throwsAsync(hold(inventory, 2)), { metadata: { A: "1" } });
  const foreign = inventory.seller(sellerB).setStockPolicy({ requestId: "2", locationId, sku: "A", safety: 0 });
  t.like(await t.throwsAsync(foreign), { reason: "STOCK_NOT_FOUND" });
  await inventory.admin.setStockPolicy({ requestId: "3", locationId, sku: "A", safety: 0 });
  t.like((await inventory.admin.listStock({ sku: "A" })).levels, [{ safety: 0, available: 5 }]);
});

test("few left is said once each time that it comes to that, and so is none left", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 5 });
  await stocked(inventory, "LYO-1", { A: 5 });
  await inventory.admin.setStockPolicy({ requestId: "1", locationId, sku: "A", lowThreshold: 4 });
  await inventory.events();
  await hold(inventory, 5);
  t.deepEqual(await namesOf(inventory), ["StockChanged"]);
  await hold(inventory, 1);
  const said = await inventory.events();
  t.like(said, [{ name: "StockLow", message: { available: 4, threshold: 4 } }, { name: "StockChanged" }]);
  const last = await hold(inventory, 2);
  t.deepEqual(await namesOf(inventory), ["StockChanged"]);
  await inventory.order.releaseHold({ requestId: "r", holdId: last });
  await inventory.admin.receiveStock({ requestId: "in", locationId, lines: [{ sku: "A", quantity: 1 }] });
  await inventory.events();
  await hold(inventory, 5);
  t.deepEqual(await namesOf(inventory), ["StockLow", "StockChanged", "StockDepleted"]);
});

test("a threshold above what is left says at once that few are", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 5 });
  await inventory.events();
  const set = (lowThreshold: number, requestId: string) =>
    inventory.admin.setStockPolicy({ requestId, locationId, sku: "A", lowThreshold });
  await set(9, "1");
  t.deepEqual(await namesOf(inventory), ["StockLow"]);
  await set(8, "2");
  t.deepEqual(await namesOf(inventory), []);
});

test("a transfer takes from one place what it brings to the other, both or neither", async (t) => {
  const inventory = await openInventory(t);
  const from = await stocked(inventory, "BER-1", { A: 5 });
  const to = await stocked(inventory, "LYO-1", { B: 1 });
  await hold(inventory, 2);
  const move = (quantity: number, target = to, sellerId = sellerA) =>
    inventory.seller(sellerId).transferStock({
      requestId: newId(),
      fromLocationId: from,
      toLocationId: target,
      lines: [{ sku: "A", quantity }],
      reference: "truck 7",
    });
  t.like(await t.throwsAsync(move(4)), { reason: "STOCK_COMMITTED", metadata: { on_hand: "5", committed: "2" } });
  t.like(await t.throwsAsync(move(1, from)), { reason: "LOCATION_SAME" });
  t.like(await t.throwsAsync(move(1, newId())), { reason: "LOCATION_NOT_FOUND" });
  t.like(await t.throwsAsync(move(1, to, sellerB)), { reason: "STOCK_NOT_FOUND" });
  const { levels } = await move(3);
  const onHandAt = (id: string) => levels.find(({ locationId }) => locationId === id)?.onHand;
  t.deepEqual([levels.length, onHandAt(from), onHandAt(to)], [2, 2, 3]);
  const { movements } = await inventory.admin.listMovements({ reference: "truck 7" });
  t.is(
    movements.reduce((sum, { onHandChange }) => sum + onHandChange, 0),
    0,
  );
  t.is(movements.length, 2);
  t.like(await availability(inventory), { available: 3 });
  t.deepEqual(await audited(inventory), []);
});

test("an import's counts are taken line by line, and what cannot be is told", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5, B: 2 });
  await stocked(inventory, "LYO-1", { X: 1 }, { priority: 1, sellerId: sellerB });
  await hold(inventory, 3);
  const take = (lines: readonly { sku: string; quantity: number }[], locationCode = "") =>
    inventory.catalog.importStock({ requestId: newId(), sellerId: sellerA, locationCode, lines: [...lines] });
  const { refused, takenCount } = await take([
    { sku: "A", quantity: 2 },
    { sku: "B", quantity: 7 },
    { sku: "C", quantity: 4 },
    { sku: "X", quantity: 9 },
  ]);
  t.is(takenCount, 2);
  t.like(refused, [
    { sku: "X", reason: "SKU_OF_OTHER_SELLER" },
    { sku: "A", reason: "STOCK_COMMITTED" },
  ]);
  const { availability: left } = await inventory.order.getAvailability({ skus: ["A", "B", "C", "X"] });
  t.deepEqual(
    left.map(({ available }) => available),
    [2, 7, 4, 1],
  );
  t.like(await t.throwsAsync(take([{ sku: "A", quantity: 5 }], "NO-1")), { reason: "LOCATION_NOT_FOUND" });
  t.deepEqual(await audited(inventory), []);
});

test("a location changes by its owner, keeps its country, and routes go by its new priority at once", async (t) => {
  const inventory = await openInventory(t);
  const first = await stocked(inventory, "BER-1", { A: 5 });
  const second = await stocked(inventory, "LYO-1", { A: 5 }, { priority: 1 });
  const change = (more: object) => inventory.admin.updateLocation({ requestId: newId(), locationId: first, ...more });
  t.like(await change({ name: "Berlin, yard", priority: 9 }), {
    location: {
      name: "Berlin, yard",
      priority: 9,
      code: "BER-1",
      address: { name: "Berlin, yard", countryCode: "DE" },
    },
  });
  const address = { name: "Dock", line1: "Kai 1", city: "Berlin", countryCode: "FR" };
  t.like(await t.throwsAsync(change({ address })), { reason: "LOCATION_COUNTRY" });
  t.like(await change({ address: { ...address, countryCode: "DE" } }), { location: { address: { line1: "Kai 1" } } });
  const foreign = inventory.seller(sellerA).updateLocation({ requestId: "f", locationId: first, name: "Mine" });
  t.like(await t.throwsAsync(foreign), { reason: "LOCATION_NOT_FOUND" });
  const { lines } = await inventory.order.holdStock({
    requestId: "h",
    holdId: newId(),
    lines: [{ sku: "A", quantity: 1 }],
    ttl: minutes(1),
  });
  t.is(lines[0]?.locationId, second);
});
