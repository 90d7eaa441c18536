import test from "ava";
import { type Inventory, minutes, newId, openInventory, stocked } from "./fixture.ts";

type Quantities = Readonly<Record<string, number>>;

const linesOf = (quantities: Quantities) => Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity }));

async function held({ order }: Inventory, quantities: Quantities): Promise<string> {
  const holdId = newId();
  const lines = linesOf(quantities);
  await order.holdStock({ requestId: newId(), holdId, lines, ttl: minutes(10) });
  return holdId;
}

async function allocate({ order }: Inventory, holdId: string, quantities: Quantities, orderId = newId()) {
  const orders = [{ orderId, lines: linesOf(quantities) }];
  const { allocations } = await order.allocateStock({ requestId: newId(), holdId, orders });
  return { lines: allocations.flatMap(({ lines }) => lines) };
}

const level = async ({ admin }: Inventory, sku: string) =>
  (await admin.listStock({ sku })).levels.map(({ onHand, allocated, held: kept, available }) => [
    onHand,
    allocated,
    kept,
    available,
  ]);

const audited = async ({ admin }: Inventory) => (await admin.auditStock({})).differences;

test("a hold becomes two orders' goods, ships, and every counter equals its movements", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 10, B: 10 });
  const holdId = await held(inventory, { A: 2, B: 3 });
  const orderId = newId();
  const { lines } = await allocate(inventory, holdId, { A: 2 }, orderId);
  t.like(lines, [{ sku: "A", quantity: 2, locationId }]);
  t.deepEqual(await level(inventory, "A"), [[10, 2, 0, 8]]);
  t.deepEqual(await level(inventory, "B"), [[10, 0, 3, 7]]);
  await allocate(inventory, holdId, { B: 3 });
  t.deepEqual(await level(inventory, "B"), [[10, 3, 0, 7]]);
  const leaving = {
    orderId,
    shipmentId: newId(),
    lines: [{ sku: "A", quantity: 2, locationId }],
  };
  await inventory.order.shipStock({ requestId: "1", ...leaving });
  await inventory.order.shipStock({ requestId: "2", ...leaving });
  t.deepEqual(await level(inventory, "A"), [[8, 0, 0, 8]]);
  t.deepEqual(await audited(inventory), []);
  const { movements } = await inventory.admin.listMovements({ reference: orderId });
  t.deepEqual(
    movements.map(({ onHandChange, allocatedChange, heldChange }) => [onHandChange, allocatedChange, heldChange]),
    [
      [-2, -2, 0],
      [0, 2, -2],
    ],
  );
});

test("the orders of one checkout get their goods together, by one answer however often it is asked, or none does", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 10, B: 10 });
  const [holdId, first, second] = [await held(inventory, { A: 2, B: 3 }), newId(), newId()];
  const ask = (quantity: number) =>
    inventory.order.allocateStock({
      requestId: newId(),
      holdId,
      orders: [
        { orderId: second, lines: linesOf({ B: quantity }) },
        { orderId: first, lines: linesOf({ A: 2 }) },
      ],
    });
  t.like(await t.throwsAsync(ask(4)), { reason: "HOLD_LINES", metadata: { B: "3" } });
  t.deepEqual(await level(inventory, "A"), [[10, 0, 2, 8]]);
  const { allocations } = await ask(3);
  t.like(allocations, [
    { orderId: second, lines: [{ sku: "B", quantity: 3, locationId }] },
    { orderId: first, lines: [{ sku: "A", quantity: 2, locationId }] },
  ]);
  t.deepEqual((await ask(3)).allocations, allocations);
  t.deepEqual(await level(inventory, "B"), [[10, 3, 0, 7]]);
  await inventory.order.deallocateStock({ requestId: "d", orderId: first });
  t.like(await t.throwsAsync(ask(3)), { reason: "ALLOCATION_RELEASED", metadata: { order_id: first } });
  t.deepEqual(await audited(inventory), []);
});

test("two orders of one sku share a hold that expired, each from where there is enough left", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 3 });
  const second = await stocked(inventory, "LYO-1", { A: 3 }, { priority: 1 });
  const holdId = await held(inventory, { A: 3 });
  inventory.advance(11 * 60_000);
  await held(inventory, { A: 1 });
  const orders = [1, 2].map((quantity) => ({ orderId: newId(), lines: linesOf({ A: quantity }) }));
  const { allocations } = await inventory.order.allocateStock({ requestId: newId(), holdId, orders });
  const placed = allocations.flatMap(({ lines }) => lines);
  t.is(
    placed.reduce((sum, { quantity }) => sum + quantity, 0),
    3,
  );
  t.true(placed.some(({ locationId }) => locationId === second));
  t.deepEqual(await audited(inventory), []);
});

test("no order takes more than was held and not yet allocated", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 10 });
  const holdId = await held(inventory, { A: 3 });
  await allocate(inventory, holdId, { A: 2 });
  t.like(await t.throwsAsync(allocate(inventory, holdId, { A: 2 })), {
    reason: "HOLD_LINES",
    metadata: { A: "1" },
  });
  t.deepEqual(await level(inventory, "A"), [[10, 2, 1, 7]]);
});

test("allocating again gives the same answer and moves nothing", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 10 });
  const holdId = await held(inventory, { A: 3 });
  const orderId = newId();
  const first = await allocate(inventory, holdId, { A: 3 }, orderId);
  t.deepEqual(await allocate(inventory, holdId, { A: 3 }, orderId), first);
  t.deepEqual(await level(inventory, "A"), [[10, 3, 0, 7]]);
});

for (const sweeps of [false, true]) {
  const name = sweeps ? "expired and was swept" : "expired";
  test(`what ${name} is taken again at allocation, elsewhere if need be`, async (t) => {
    const inventory = await openInventory(t);
    const first = await stocked(inventory, "BER-1", { A: 3 });
    const second = await stocked(inventory, "LYO-1", { A: 3 }, { priority: 1 });
    const holdId = await held(inventory, { A: 3 });
    inventory.advance(11 * 60_000);
    if (sweeps) await inventory.sweep();
    const other = await held(inventory, { A: 3 });
    const taken = await allocate(inventory, holdId, { A: 3 });
    t.like(taken.lines, [{ quantity: 3, locationId: second }]);
    t.like((await allocate(inventory, other, { A: 3 })).lines, [{ locationId: first }]);
    t.deepEqual(await audited(inventory), []);
  });

  test(`what ${name} and was sold meanwhile is out of stock`, async (t) => {
    const inventory = await openInventory(t);
    await stocked(inventory, "BER-1", { A: 3 });
    const holdId = await held(inventory, { A: 3 });
    inventory.advance(11 * 60_000);
    if (sweeps) await inventory.sweep();
    await held(inventory, { A: 1 });
    t.like(await t.throwsAsync(allocate(inventory, holdId, { A: 3 })), {
      reason: "OUT_OF_STOCK",
      metadata: { A: "2" },
    });
    t.deepEqual(await audited(inventory), []);
  });
}

test("an order's goods come back, and it can never allocate again", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5 });
  const holdId = await held(inventory, { A: 2 });
  const orderId = newId();
  await allocate(inventory, holdId, { A: 2 }, orderId);
  const release = () => inventory.order.releaseHold({ requestId: newId(), holdId });
  t.like(await t.throwsAsync(release()), { reason: "HOLD_ALLOCATED" });
  const back = await inventory.order.deallocateStock({ requestId: "1", orderId });
  t.like(back.lines, [{ sku: "A", quantity: 2 }]);
  t.deepEqual((await inventory.order.deallocateStock({ requestId: "2", orderId })).lines, []);
  await release();
  t.deepEqual(await level(inventory, "A"), [[5, 0, 0, 5]]);
  t.like(await t.throwsAsync(allocate(inventory, holdId, { A: 2 }, orderId)), {
    reason: "ALLOCATION_RELEASED",
  });
  t.deepEqual(await audited(inventory), []);
});

test("deallocating an unknown order leaves a tombstone that refuses a late allocation", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5 });
  const holdId = await held(inventory, { A: 2 });
  const orderId = newId();
  t.deepEqual((await inventory.order.deallocateStock({ requestId: "1", orderId })).lines, []);
  t.like(await t.throwsAsync(allocate(inventory, holdId, { A: 2 }, orderId)), {
    reason: "ALLOCATION_RELEASED",
  });
});

test("an unknown or released hold allocates nothing", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5 });
  t.like(await t.throwsAsync(allocate(inventory, newId(), { A: 1 })), { reason: "HOLD_NOT_FOUND" });
  const holdId = await held(inventory, { A: 2 });
  await inventory.order.releaseHold({ requestId: "1", holdId });
  t.like(await t.throwsAsync(allocate(inventory, holdId, { A: 1 })), { reason: "HOLD_RELEASED" });
  const extend = inventory.order.extendHold({ requestId: "2", holdId, ttl: minutes(1) });
  t.like(await t.throwsAsync(extend), { reason: "HOLD_RELEASED" });
});

test("no more leaves than is allocated there, and what has left does not come back", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 5 });
  const orderId = newId();
  await allocate(inventory, await held(inventory, { A: 3 }), { A: 3 }, orderId);
  const ship = (quantity: number, of = orderId) =>
    inventory.order.shipStock({
      requestId: newId(),
      orderId: of,
      shipmentId: newId(),
      lines: [{ sku: "A", quantity, locationId }],
    });
  t.like(await t.throwsAsync(ship(4)), { reason: "ALLOCATION_LINES" });
  await ship(1);
  t.like(await t.throwsAsync(ship(3)), { reason: "ALLOCATION_LINES", metadata: { allocated: "2" } });
  t.like(await t.throwsAsync(ship(1, newId())), { reason: "ALLOCATION_NOT_FOUND" });
  const back = await inventory.order.deallocateStock({ requestId: "d", orderId });
  t.like(back.lines, [{ quantity: 2 }]);
  t.deepEqual(await level(inventory, "A"), [[4, 0, 0, 4]]);
  t.deepEqual(await audited(inventory), []);
});

test("an order gives some of its goods back, from where it has them, and never more than has not left", async (t) => {
  const inventory = await openInventory(t);
  const first = await stocked(inventory, "BER-1", { A: 2 });
  const second = await stocked(inventory, "LYO-1", { A: 4 }, { priority: 1 });
  const orderId = newId();
  const holdId = await held(inventory, { A: 5 });
  await allocate(inventory, holdId, { A: 5 }, orderId);
  const give = (quantity: number, locationId = "", requestId = newId()) =>
    inventory.order.deallocateStock({ requestId, orderId, lines: [{ sku: "A", quantity, locationId }] });
  t.like((await give(1, first, "same")).lines, [{ sku: "A", quantity: 1, locationId: first }]);
  t.like((await give(1, first, "same")).lines, [{ sku: "A", quantity: 1, locationId: first }]);
  t.like(await t.throwsAsync(give(1, first)), { reason: "ALLOCATION_LINES", metadata: { allocated: "0" } });
  const leaving = { orderId, shipmentId: newId(), lines: [{ sku: "A", quantity: 3, locationId: second }] };
  await inventory.order.shipStock({ requestId: newId(), ...leaving });
  t.like(await t.throwsAsync(give(2)), { reason: "ALLOCATION_LINES", metadata: { allocated: "1", asked: "2" } });
  t.like((await give(1)).lines, [{ quantity: 1, locationId: second }]);
  t.deepEqual((await inventory.order.deallocateStock({ requestId: "d", orderId })).lines, []);
  t.like(await t.throwsAsync(allocate(inventory, holdId, { A: 1 })), { reason: "HOLD_LINES", metadata: { A: "0" } });
  const left = (await level(inventory, "A")).toSorted(([one = 0], [other = 0]) => one - other);
  t.deepEqual(left, [
    [1, 0, 0, 1],
    [2, 0, 0, 2],
  ]);
  t.deepEqual(await audited(inventory), []);
});

test("an allocation says where its locations are, each once, and says it again", async (t) => {
  const inventory = await openInventory(t);
  const address = { name: "Dock 4", line1: "Am Hafen 4", city: "Hamburg", postalCode: "20457", countryCode: "DE" };
  const place = { requestId: "p", code: "HAM-1", name: "Hamburg", countryCode: "DE" };
  t.like(await t.throwsAsync(inventory.admin.createLocation({ ...place, countryCode: "FR", address })), {
    reason: "LOCATION_COUNTRY",
  });
  const { location } = await inventory.admin.createLocation({ ...place, requestId: "q", address });
  const locationId = location?.id ?? "";
  const lines = linesOf({ A: 2, B: 2 });
  await inventory.admin.receiveStock({ requestId: "r", locationId, sellerId: newId(), lines });
  const [holdId, orderId] = [await held(inventory, { A: 1, B: 1 }), newId()];
  const ask = () =>
    inventory.order.allocateStock({
      requestId: newId(),
      holdId,
      orders: [{ orderId, lines: linesOf({ A: 1, B: 1 }) }],
    });
  const { allocations } = await ask();
  t.is(allocations[0]?.locations.length, 1);
  t.like(allocations[0]?.locations[0], { id: locationId, address: { ...address, line2: "" } });
  t.deepEqual((await ask()).allocations, allocations);
});
