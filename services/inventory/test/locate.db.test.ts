import test from "ava";
import { minutes, newId, openInventory, sellerB, stocked } from "./fixture.ts";

test("goods are located where a hold would take them, and what lacks is left out", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 2, B: 1 });
  await stocked(inventory, "LYO-1", { A: 5 }, { priority: 1 });
  await stocked(inventory, "OWN-1", { C: 1 }, { sellerId: sellerB });
  const wanted = { A: 3, B: 1, C: 1, D: 1 };
  const lines = Object.entries(wanted).map(([sku, quantity]) => ({ sku, quantity }));
  const located = await inventory.order.locateStock({ lines });
  const sellable = lines.filter(({ sku }) => sku !== "D");
  const held = await inventory.order.holdStock({
    ...{ requestId: newId(), holdId: newId(), lines: sellable, ttl: minutes(10) },
  });
  t.deepEqual(located.lines, held.lines);
  const named = new Set(located.lines.map(({ locationId }) => locationId));
  t.deepEqual(new Set(located.locations.map(({ id }) => id)), named);
  t.true(located.locations.every(({ address }) => address?.countryCode !== ""));
});

test("locating holds nothing, and sees what others hold", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 2 });
  const lines = [{ sku: "A", quantity: 2 }];
  for (const _ of ["once", "and again"]) t.is((await inventory.order.locateStock({ lines })).lines.length, 1);
  const [left] = (await inventory.order.getAvailability({ skus: ["A"] })).availability;
  t.is(left?.available, 2);
  await inventory.order.holdStock({
    requestId: newId(),
    holdId: newId(),
    lines: [{ sku: "A", quantity: 1 }],
    ttl: minutes(10),
  });
  t.deepEqual((await inventory.order.locateStock({ lines })).lines, []);
});
