import test from "ava";
import { createAuditor } from "../src/effects/audit.ts";
import { moveStock } from "../src/effects/moves.ts";
import { holding } from "../src/stock.ts";
import { lockLevels } from "../src/store/levels.ts";
import { answered, minutes, newId, openInventory, stocked } from "./fixture.ts";

/** DOMAIN.md, "Stock": what no other file says by its name. */

test("500 buyers for 100 units: exactly 100 are sold, and the others are told at once", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 60 });
  await stocked(inventory, "LYO-1", { A: 40 }, { priority: 1 });
  const lines = [{ sku: "A", quantity: 1 }];
  const answers = await Promise.allSettled(
    Array.from({ length: 500 }, newId).map((holdId) =>
      answered(() => inventory.order.holdStock({ requestId: holdId, holdId, lines, ttl: minutes(10) })),
    ),
  );
  const refused = answers.filter((answer) => answer.status === "rejected");
  t.is(answers.length - refused.length, 100);
  for (const { reason } of refused) t.like(reason, { reason: "OUT_OF_STOCK", metadata: { A: "0" } });
  t.like((await inventory.order.getAvailability({ skus: ["A"] })).availability, [{ available: 0 }]);
  t.deepEqual((await inventory.admin.auditStock({})).differences, []);
  const kept = await inventory.database.sql.row("SELECT COUNT(*) AS holds, SUM(state = 'active') AS active FROM hold");
  t.deepEqual(kept, { holds: "100", active: "100" }, "a refused hold leaves nothing");
});

test("hold → allocate → ship, or release: each unit goes one way only", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 3 });
  const hold = async (quantity: number) => {
    const holdId = newId();
    const lines = [{ sku: "A", quantity }];
    await inventory.order.holdStock({ requestId: newId(), holdId, lines, ttl: minutes(10) });
    return holdId;
  };
  const [bought, dropped, orderId] = [await hold(2), await hold(1), newId()];
  const goods = [{ sku: "A", quantity: 2 }];
  await inventory.order.allocateStock({ requestId: "a", holdId: bought, orders: [{ orderId, lines: goods }] });
  t.like(await t.throwsAsync(inventory.order.releaseHold({ requestId: "r", holdId: bought })), {
    reason: "HOLD_ALLOCATED",
  });
  await inventory.order.releaseHold({ requestId: "d", holdId: dropped });
  const leaving = goods.map((line) => ({ ...line, locationId }));
  await inventory.order.shipStock({ requestId: "s", orderId, shipmentId: newId(), lines: leaving });
  t.like((await inventory.admin.listStock({})).levels, [{ onHand: 1, allocated: 0, held: 0, available: 1 }]);
});

test("one conditional UPDATE per request for all its pairs: rows affected = pairs, or nothing happened", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 5, B: 5 });
  const world = { clock: () => 0, newId };
  const move = inventory.database.transaction(async (tx) => {
    const levels = await lockLevels(tx, ["A", "B"], 0);
    const changes = [holding({ sku: "A", locationId, quantity: 5 }), holding({ sku: "B", locationId, quantity: 6 })];
    return moveStock(tx, world, levels, { changes, kind: "held", reference: "r" });
  });
  t.like(await t.throwsAsync(move), { kind: "aborted", reason: "STOCK_CHANGED" });
  const { levels } = await inventory.admin.listStock({});
  t.deepEqual(
    levels.map(({ held }) => held),
    [0, 0],
  );
  t.deepEqual((await inventory.admin.listMovements({ reference: "r" })).movements, []);
});

test("rows are locked in key order, and lost races are tried again: opposite baskets side by side all end", async (t) => {
  const inventory = await openInventory(t);
  const skus = ["A", "B", "C", "D"];
  await stocked(inventory, "BER-1", Object.fromEntries(skus.map((sku) => [sku, 100])));
  // Releases go by transactions of their own, beside those of the holds and in the way of them.
  const checkouts = Array.from({ length: 40 }, async (_, index) => {
    const holdId = newId();
    const own = index % 2 === 0 ? skus : skus.toReversed();
    const lines = own.map((sku) => ({ sku, quantity: 1 }));
    const requestId = newId();
    await answered(() => inventory.order.holdStock({ requestId, holdId, lines, ttl: minutes(10) }));
    if (index % 4 < 2) await answered(() => inventory.order.releaseHold({ requestId, holdId }));
  });
  await Promise.all(checkouts);
  const { availability } = await inventory.order.getAvailability({ skus });
  t.deepEqual(
    availability.map(({ available }) => available),
    [80, 80, 80, 80],
  );
});

test("payment that succeeds after its hold expired: allocated again where goods are, lines of one sku summed; else refused", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 6 });
  const twice = (quantity: number) => [
    { sku: "A", quantity },
    { sku: "A", quantity },
  ];
  const checkout = async (quantity: number) => {
    const [holdId, orderId] = [newId(), newId()];
    const lines = twice(quantity);
    await inventory.order.holdStock({ requestId: newId(), holdId, lines, ttl: minutes(1) });
    return () => inventory.order.allocateStock({ requestId: newId(), holdId, orders: [{ orderId, lines }] });
  };
  const first = await checkout(2);
  inventory.advance(61_000);
  const second = await checkout(2);
  inventory.advance(61_000);
  const { allocations } = await first();
  t.like(allocations[0]?.lines, [{ sku: "A", quantity: 4 }]);
  t.like(await t.throwsAsync(second()), { reason: "OUT_OF_STOCK", metadata: { A: "2" } });
  await inventory.sweep();
  t.deepEqual((await first()).allocations, allocations);
  t.like((await inventory.admin.listStock({})).levels, [{ onHand: 6, allocated: 4, held: 0, available: 2 }]);
  t.deepEqual((await inventory.admin.auditStock({})).differences, []);
});

test("checkouts that allocate together are answered each for itself, whatever became of the others", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 30 });
  const lines = [{ sku: "A", quantity: 1 }];
  const holdIds = Array.from({ length: 20 }, newId);
  await Promise.all(
    holdIds.map((holdId) =>
      answered(() => inventory.order.holdStock({ requestId: holdId, holdId, lines, ttl: minutes(10) })),
    ),
  );
  const released = holdIds[7] ?? "";
  await inventory.order.releaseHold({ requestId: "r", holdId: released });
  const answers = await Promise.allSettled(
    holdIds.map((holdId) => {
      const orders = [{ orderId: newId(), lines }];
      return answered(() => inventory.order.allocateStock({ requestId: holdId, holdId, orders }));
    }),
  );
  const refused = answers.filter((answer) => answer.status === "rejected");
  t.is(refused.length, 1);
  t.like(refused[0]?.reason, { reason: "HOLD_RELEASED", metadata: { hold_id: released } });
  t.like((await inventory.admin.listStock({})).levels, [{ allocated: 19, held: 0, available: 11 }]);
  t.deepEqual((await inventory.admin.auditStock({})).differences, []);
});

test("counters equal the ledger's sum, and an audit job says so where they do not", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 5, B: 5 });
  const said: unknown[] = [];
  const quiet = () => undefined;
  const log = { debug: quiet, info: quiet, warn: quiet, error: (_: string, fields: unknown) => said.push(fields) };
  const audit = createAuditor(inventory.database.sql, log);
  t.like(await audit(), { differences: [], comparedCount: 2 });
  t.deepEqual(said, []);
  await inventory.database.sql.execute("UPDATE stock_level SET on_hand = 4 WHERE sku = 'A'");
  await audit();
  t.deepEqual(said, [{ sku: "A", locationId, counter: "on_hand", counted: 4, moved: 5 }]);
});

test("a checkout in flight that older code began is finished: its hold has no destination", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 5 });
  const [holdId, orderId] = [newId(), newId()];
  const { sql } = inventory.database;
  // As main wrote it before holds knew where they go.
  await sql.execute("INSERT INTO hold (id, state, asked, expire_ms, create_ms) VALUES (?, 'active', ?, ?, 0)", [
    holdId,
    JSON.stringify([{ sku: "A", quantity: 2 }]),
    1_800_000_600_000,
  ]);
  await sql.execute("INSERT INTO hold_line (hold_id, sku, location_id, quantity) VALUES (?, 'A', ?, 2)", [
    holdId,
    locationId,
  ]);
  await sql.execute("UPDATE stock_level SET held = 2");
  const lines = [{ sku: "A", quantity: 2 }];
  const { allocations } = await inventory.order.allocateStock({
    requestId: "a",
    holdId,
    orders: [{ orderId, lines }],
  });
  t.like(allocations[0], { lines: [{ locationId }], locations: [{ address: { name: "BER-1", countryCode: "DE" } }] });
  t.like((await inventory.admin.listStock({})).levels, [{ onHand: 5, allocated: 2, held: 0 }]);
});
