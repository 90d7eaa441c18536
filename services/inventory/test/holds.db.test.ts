import { create } from "@bufbuild/protobuf";
import {
  AllocateStockRequestSchema,
  HoldStockRequestSchema,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Call, Tx } from "@shopmesh/mesh";
import test from "ava";
import { allocationHandlers } from "../src/handlers/allocations.ts";
import { holdHandlers } from "../src/handlers/holds.ts";
import { answered, type Inventory, minutes, newId, openInventory, stocked } from "./fixture.ts";

const hold = ({ order }: Inventory, quantities: Readonly<Record<string, number>>, holdId = newId()) =>
  order.holdStock({
    requestId: newId(),
    holdId,
    lines: Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity })),
    ttl: minutes(10),
  });

const available = async ({ order }: Inventory, ...skus: string[]) =>
  (await order.getAvailability({ skus })).availability.map((one) => one.available);

const audited = async ({ admin }: Inventory) => (await admin.auditStock({})).differences;

test("fifty checkouts side by side for ten of one sell exactly ten", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 6 });
  await stocked(inventory, "LYO-1", { A: 4 }, { priority: 1 });
  const holdIds = Array.from({ length: 50 }, newId);
  const results = await Promise.allSettled(holdIds.map((holdId) => answered(() => hold(inventory, { A: 1 }, holdId))));
  const refused = results.filter((result) => result.status === "rejected");
  t.is(results.length - refused.length, 10);
  for (const { reason } of refused) {
    t.like(reason, { reason: "OUT_OF_STOCK", metadata: { A: "0" } });
  }
  t.deepEqual(await available(inventory, "A"), [0]);
  t.deepEqual(await audited(inventory), []);
});

test("checkouts of several skus in opposite orders all end, and none takes half", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 10, B: 10, C: 10 });
  const baskets = [
    ["A", "B", "C"],
    ["C", "B", "A"],
    ["B", "A", "C"],
  ];
  const results = await Promise.allSettled(
    Array.from({ length: 30 }, (_, index) =>
      inventory.order.holdStock({
        requestId: newId(),
        holdId: newId(),
        lines: (baskets[index % 3] ?? []).map((sku) => ({ sku, quantity: 1 })),
        ttl: minutes(10),
      }),
    ),
  );
  t.is(results.filter(({ status }) => status === "fulfilled").length, 10);
  t.deepEqual(await available(inventory, "A", "B", "C"), [0, 0, 0]);
  t.deepEqual(await audited(inventory), []);
});

test("200 lines take no more statements than 2: to hold five, to allocate eight", async (t) => {
  const inventory = await openInventory(t);
  for (const count of [2, 200]) {
    const quantities = Object.fromEntries(Array.from({ length: count }, (_, index) => [`${count}-${index}`, 5]));
    await stocked(inventory, `L-${count}`, quantities);
    const lines = Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity }));
    let statements = 0;
    const transaction = <T>(work: (tx: Tx) => Promise<T>) =>
      inventory.database.transaction((tx) => work(counted(tx, () => statements++)));
    const world = { clock: () => 0, newId };
    const holdId = newId();
    const hold = create(HoldStockRequestSchema, { holdId, lines, ttl: minutes(10) });
    const held = await holdHandlers(world, transaction).holdStock(hold, {} as Call);
    t.deepEqual([held.lines?.length, statements], [count, 5]);
    const request = create(AllocateStockRequestSchema, { holdId, orders: [{ orderId: newId(), lines }] });
    const { allocations } = await allocationHandlers(world, transaction).allocateStock(request, {} as Call);
    t.deepEqual([allocations?.[0]?.lines?.length, statements - 5], [count, 8]);
  }
});

test("a request takes all its lines or none, and says how many of each are left", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5, B: 1 });
  const error = await t.throwsAsync(hold(inventory, { A: 2, B: 3, X: 1 }), {
    instanceOf: DomainError,
  });
  t.like(error, { kind: "precondition", reason: "OUT_OF_STOCK" });
  t.deepEqual(error?.metadata, { B: "1", X: "0" });
  t.deepEqual(await available(inventory, "A", "B", "X"), [5, 1, 0]);
  t.deepEqual(await audited(inventory), []);
});

test("goods come from near their destination, before the priority of places", async (t) => {
  const inventory = await openInventory(t);
  const german = await stocked(inventory, "BER-1", { A: 9 });
  const address = { name: "Lyon", line1: "Quai 1", city: "Lyon", postalCode: "69001", countryCode: "FR" };
  const place = { requestId: "l", code: "LYO-1", name: "Lyon", countryCode: "FR", priority: 5, address };
  const french = (await inventory.admin.createLocation(place)).location?.id ?? "";
  await inventory.admin.receiveStock({ requestId: "r", locationId: french, lines: [{ sku: "A", quantity: 2 }] });
  const ask = async (countryCode: string) => {
    const request = { requestId: newId(), holdId: newId(), lines: [{ sku: "A", quantity: 1 }], ttl: minutes(10) };
    const { lines } = await inventory.order.holdStock({ ...request, destination: { countryCode } });
    return lines.map(({ locationId }) => locationId);
  };
  t.deepEqual(await ask("FR"), [french]);
  t.deepEqual(await ask("DE"), [german]);
  t.deepEqual(await ask("US"), [german]);
  t.deepEqual(await ask("FR"), [french]);
  t.deepEqual(await ask("FR"), [german], "the near one has none left");
});

test("duplicate lines of one sku are summed first", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5 });
  const twice = (quantity: number) =>
    inventory.order.holdStock({
      requestId: newId(),
      holdId: newId(),
      lines: [
        { sku: "A", quantity },
        { sku: "A", quantity },
      ],
      ttl: minutes(1),
    });
  await t.throwsAsync(twice(3), { message: /out of stock/ });
  const { lines } = await twice(2);
  t.deepEqual(
    lines.map(({ sku, quantity }) => [sku, quantity]),
    [["A", 4]],
  );
});

test("a line comes from the first location that holds it whole, else from several", async (t) => {
  const inventory = await openInventory(t);
  const first = await stocked(inventory, "BER-1", { A: 2, B: 1 }, { priority: 1 });
  const second = await stocked(inventory, "LYO-1", { A: 5, B: 3 }, { priority: 2 });
  const { lines } = await hold(inventory, { A: 3, B: 4 });
  t.deepEqual(
    lines.map(({ sku, quantity, locationId }) => [sku, quantity, locationId]),
    [
      ["A", 3, second],
      ["B", 3, second],
      ["B", 1, first],
    ],
  );
});

test("a repeated request is answered as before, and its hold serves no other", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5 });
  const request = { requestId: "g/hold", holdId: newId(), ttl: minutes(10) };
  const ask = (quantity: number) => inventory.order.holdStock({ ...request, lines: [{ sku: "A", quantity }] });
  const first = await ask(2);
  t.deepEqual(await ask(2), first);
  t.like(await t.throwsAsync(ask(3)), { reason: "HOLD_CONFLICT" });
  t.deepEqual(await available(inventory, "A"), [3]);
});

test("a hold that is there with the same lines is returned; with others it is refused", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5 });
  const holdId = newId();
  const first = await hold(inventory, { A: 3 }, holdId);
  t.deepEqual(await hold(inventory, { A: 3 }, holdId), first);
  t.deepEqual(await available(inventory, "A"), [2]);
  const conflict = await t.throwsAsync(hold(inventory, { A: 2 }, holdId));
  t.like(conflict, { reason: "HOLD_CONFLICT" });
});

test("releasing an unknown hold leaves a tombstone that refuses a late hold", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5 });
  const holdId = newId();
  await inventory.order.releaseHold({ requestId: "r", holdId });
  await inventory.order.releaseHold({ requestId: "r2", holdId });
  t.like(await t.throwsAsync(hold(inventory, { A: 1 }, holdId)), { reason: "HOLD_RELEASED" });
  t.deepEqual(await available(inventory, "A"), [5]);
});

test("a hold and its release at the same moment leave nothing held", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 20 });
  const ids = Array.from({ length: 20 }, newId);
  await Promise.allSettled(
    ids.flatMap((holdId) => [
      answered(() => hold(inventory, { A: 1 }, holdId)),
      answered(() => inventory.order.releaseHold({ requestId: holdId, holdId })),
    ]),
  );
  t.deepEqual(await available(inventory, "A"), [20]);
  t.deepEqual(await audited(inventory), []);
});

test("expired holds are ignored by the predicate and swept later", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 5 });
  const late = newId();
  await hold(inventory, { A: 4 }, late);
  t.deepEqual(await available(inventory, "A"), [1]);
  inventory.advance(10 * 60_000);
  t.deepEqual(await available(inventory, "A"), [5]);
  await hold(inventory, { A: 5 });
  t.like(await t.throwsAsync(hold(inventory, { A: 1 })), { metadata: { A: "0" } });
  await inventory.events();
  t.is(await inventory.sweep(), 1);
  t.is(await inventory.sweep(), 0);
  t.like(await inventory.events(), [
    { name: "StockChanged", message: { available: 0 } },
    { name: "HoldExpired", message: { holdId: late } },
  ]);
  const { levels } = await inventory.admin.listStock({ locationId });
  t.like(levels, [{ onHand: 5, held: 5, available: 0 }]);
  t.deepEqual(await audited(inventory), []);
});

test("a hold lasts longer, never shorter, and an expired one is taken again while goods are there", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 3 });
  await stocked(inventory, "LYO-1", { A: 3 }, { priority: 1 });
  const holdId = newId();
  const { expireTime } = await hold(inventory, { A: 3 }, holdId);
  const extend = (count: number) => inventory.order.extendHold({ requestId: newId(), holdId, ttl: minutes(count) });
  t.deepEqual((await extend(1)).expireTime, expireTime);
  inventory.advance(10 * 60_000);
  const other = newId();
  await hold(inventory, { A: 3 }, other);
  await extend(30);
  t.deepEqual(await available(inventory, "A"), [0]);
  inventory.advance(30 * 60_000);
  await inventory.sweep();
  await hold(inventory, { A: 4 });
  t.like(await t.throwsAsync(extend(5)), { reason: "OUT_OF_STOCK", metadata: { A: "2" } });
  t.deepEqual(await audited(inventory), []);
});

test("availability that changes is said once, with a version that grows, and the last one gone is said too", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 2 });
  await stocked(inventory, "LYO-1", { A: 1 }, { priority: 1 });
  await inventory.events();
  const holdId = newId();
  await hold(inventory, { A: 3 }, holdId);
  const said = await inventory.events();
  t.deepEqual(
    said.map(({ name }) => name),
    ["StockChanged", "StockDepleted"],
  );
  await inventory.order.releaseHold({ requestId: "r", holdId });
  const [back, ...rest] = await inventory.events();
  t.like(back, { name: "StockChanged", message: { sku: "A", available: 3 } });
  t.deepEqual(rest, []);
  t.true((back?.version ?? 0) > (said[0]?.version ?? 0));
});

test("availability is said again, batch by batch, with the version that it had", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 2, B: 3, C: 4 });
  const said = await inventory.events();
  const { resync } = inventory.parts;
  let cursor = "";
  for (let isDone = false; !isDone; ) {
    const step = await inventory.database.transaction(async (tx) => resync?.(tx, cursor, 2));
    cursor = step?.cursor ?? "";
    isDone = step?.isDone ?? true;
  }
  t.deepEqual(await inventory.events(), said);
  t.is(said.length, 3);
});

function counted(tx: Tx, count: () => void): Tx {
  const counting =
    <A extends readonly unknown[], R>(run: (...call: A) => R) =>
    (...call: A): R => {
      count();
      return run(...call);
    };
  return {
    rows: counting(tx.rows) as Tx["rows"],
    row: counting(tx.row) as Tx["row"],
    execute: counting(tx.execute),
    // Nothing to insert is nothing sent.
    insert: (table, rows) => (rows.length === 0 ? Promise.resolve() : counting(tx.insert)(table, rows)),
    insertLast: (table, rows) => (rows.length === 0 ? undefined : counting(tx.insertLast)(table, rows)),
    executeLast: counting(tx.executeLast),
    allRows: counting(tx.allRows),
    emit: tx.emit,
    enqueue: tx.enqueue,
    wake: tx.wake,
    onCommit: tx.onCommit,
    manager: tx.manager,
  };
}
