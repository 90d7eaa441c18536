import { isRefusal } from "@shopmesh/kernel";
import test from "ava";
import { type Inventory, minutes, newId, openInventory, stocked } from "./fixture.ts";

const skus = ["A", "B", "C", "D"];
const reasons = ["OUT_OF_STOCK", "HOLD_RELEASED", "HOLD_ALLOCATED", "ALLOCATION_RELEASED"];

/** A small seeded generator: the same storm every time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}

/** One checkout that goes as its dice fall: held, extended, allocated, shipped, or undone at any point, some steps twice. */
async function checkout({ order }: Inventory, roll: (sides: number) => number): Promise<void> {
  const [holdId, orderId] = [newId(), newId()];
  const lines = skus
    .filter(() => roll(2) === 0)
    .map((sku) => ({ sku, quantity: 1 + roll(3) }))
    .toSorted(() => roll(3) - 1);
  if (lines.length === 0) return;
  const undo = async () => {
    await order.deallocateStock({ requestId: newId(), orderId });
    await order.releaseHold({ requestId: newId(), holdId });
  };
  try {
    await order.holdStock({ requestId: newId(), holdId, lines, ttl: minutes(1 + roll(3)) });
    if (roll(3) === 0) await order.extendHold({ requestId: newId(), holdId, ttl: minutes(2) });
    if (roll(4) === 0) return void (await Promise.all([undo(), undo()]));
    const allocate = () => order.allocateStock({ requestId: newId(), holdId, orders: [{ orderId, lines }] });
    const [allocated] = await Promise.all([allocate(), allocate()]);
    if (roll(3) === 0) return await undo();
    const leaving = allocated.allocations
      .flatMap((order) => order.lines)
      .map(({ sku, quantity, locationId }) => ({ sku, quantity, locationId }));
    const shipment = { orderId, shipmentId: newId(), lines: leaving };
    await order.shipStock({ requestId: newId(), ...shipment });
  } catch (error) {
    if (!reasons.some((reason) => isRefusal(error, reason))) throw error;
    await undo().catch((late: unknown) => {
      if (!isRefusal(late, "HOLD_ALLOCATED")) throw late;
    });
  }
}

test("whatever happens side by side, nothing is sold twice and counters equal the ledger's sum", async (t) => {
  const inventory = await openInventory(t);
  const quantities = Object.fromEntries(skus.map((sku) => [sku, 25]));
  await stocked(inventory, "BER-1", quantities);
  await stocked(inventory, "LYO-1", quantities, { priority: 1 });
  const roll = dice(7);
  for (let wave = 0; wave < 4; wave++) {
    const checkouts = Array.from({ length: 25 }, () => checkout(inventory, roll));
    await Promise.all([...checkouts, inventory.sweep()]);
    inventory.advance(90_000);
  }
  inventory.advance(600_000);
  await inventory.sweep();
  t.deepEqual((await inventory.admin.auditStock({})).differences, []);
  const [{ levels }, left] = await Promise.all([
    inventory.admin.listStock({}),
    inventory.database.sql.row("SELECT SUM(held) AS held FROM stock_level"),
  ]);
  t.deepEqual(left, { held: "0" });
  for (const { onHand, allocated, available } of levels) t.is(available, onHand - allocated);
  t.true(levels.some(({ onHand }) => onHand < 25));
});
