import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import type { Allocation } from "../src/allocation.ts";
import { planRestock, type Returned } from "../src/restock.ts";
import type { Line } from "../src/stock.ts";

const sku = fc.constantFrom("A", "B");
const locationId = fc.constantFrom("1", "2", "3");

const allocation = fc
  .uniqueArray(
    fc.record({ sku, locationId, shipped: fc.integer({ min: 0, max: 6 }), restocked: fc.integer({ min: 0, max: 6 }) }),
    { selector: (line) => `${line.sku}${line.locationId}`, maxLength: 6 },
  )
  .map((lines): Allocation => {
    const goods = lines.map(({ restocked, ...line }) => ({
      ...line,
      quantity: line.shipped,
      deallocated: 0,
      restocked: Math.min(restocked, line.shipped),
    }));
    return { orderId: "o", holdId: "h", state: "allocated", lines: goods };
  });

const returned = fc.array(
  fc.record({
    sku,
    quantity: fc.integer({ min: 1, max: 5 }),
    locationId: fc.oneof(locationId, fc.constant("")),
    disposition: fc.constantFrom<Returned["disposition"]>("resellable", "damaged"),
  }),
  { minLength: 1, maxLength: 4 },
);

test("what comes back is what was named, and no more than has left and is not back", (t) => {
  fc.assert(
    fc.property(allocation, returned, (order, lines) => {
      const away = (one: string) =>
        order.lines.filter((line) => line.sku === one).reduce((sum, line) => sum + line.shipped - line.restocked, 0);
      if (["A", "B"].some((one) => totalOf(lines, one) > away(one))) {
        t.throws(() => planRestock(order, lines), { instanceOf: DomainError });
        return;
      }
      const plan = planRestock(order, lines);
      for (const one of ["A", "B"]) {
        const back = totalOf(plan.restocked, one) + totalOf(plan.writtenOff, one);
        t.is(back, totalOf(lines, one));
        t.is(totalOf(plan.returned, one), back);
      }
      for (const part of plan.returned) {
        const line = order.lines.find((own) => own.sku === part.sku && own.locationId === part.locationId);
        t.true(line !== undefined && line.restocked + part.quantity <= line.shipped);
      }
    }),
  );
});

test("goods without a place of their own go back to where they left from", (t) => {
  const base = { sku: "A", quantity: 2, shipped: 2, deallocated: 0, restocked: 0 };
  const order: Allocation = {
    orderId: "o",
    holdId: "h",
    state: "released",
    lines: [
      { ...base, locationId: "1" },
      { ...base, locationId: "2" },
    ],
  };
  const plan = planRestock(order, [
    { sku: "A", quantity: 1, locationId: "2", disposition: "damaged" },
    { sku: "A", quantity: 3, locationId: "", disposition: "resellable" },
  ]);
  t.deepEqual(plan.writtenOff, [{ sku: "A", quantity: 1, locationId: "2" }]);
  t.deepEqual(plan.restocked, [
    { sku: "A", quantity: 2, locationId: "1" },
    { sku: "A", quantity: 1, locationId: "2" },
  ]);
});

function totalOf(lines: readonly Line[], one: string): number {
  return lines.filter((line) => line.sku === one).reduce((sum, line) => sum + line.quantity, 0);
}
