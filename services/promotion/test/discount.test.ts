import { DomainError, money, shareOf } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import { type Line, lineTotal, subtotalOf, takeOff } from "../src/discount.ts";
import { line } from "./fixtures.ts";

/** What a percentage of their sum takes off the lines. */
function percentageOff(lines: readonly Line[], basisPoints: number) {
  const open = lines.map((one) => ({ line: one, left: lineTotal(one) }));
  const action = { kind: "percent-off", basisPoints } as const;
  const parts = takeOff({ action, promotionClass: "order", sellerId: undefined }, open, open);
  return [...parts].flatMap(([{ sku }, amount]) => (amount === 0n ? [] : [{ sku, amount }]));
}

type Case = [name: string, lines: readonly Line[], basisPoints: number, expected: Readonly<Record<string, bigint>>];

const takesOff = test.macro<Case>({
  exec(t, _name, lines, basisPoints, expected) {
    const discounts = percentageOff(lines, basisPoints);
    t.deepEqual(Object.fromEntries(discounts.map(({ sku, amount }) => [sku, amount])), expected);
  },
  title: (_, name) => name,
});

test(takesOff, "ten percent of one line", [line("A", "s", 1990n, 3)], 1000, { A: 597n });
test(takesOff, "half a cent is rounded up, once", [line("A", "s", 5n)], 1000, { A: 1n });
test(takesOff, "less than half a cent is nothing", [line("A", "s", 4n)], 1000, {});
test(takesOff, "the line is rounded, not the unit", [line("A", "s", 5n, 3)], 1000, { A: 2n });
test(
  takesOff,
  "the sum is rounded, not each line: three lines of 5 give 2, not 3",
  [line("A", "s", 5n), line("B", "s", 5n), line("C", "s", 5n)],
  1000,
  { A: 1n, B: 1n },
);
test(
  takesOff,
  "the cent that is left goes to the largest remainder",
  [line("A", "s", 333n), line("B", "s", 667n)],
  1000,
  { A: 33n, B: 67n },
);
test(takesOff, "everything, at 100 percent", [line("A", "s", 3n), line("B", "r", 7n, 2)], 10_000, { A: 3n, B: 14n });
test(
  takesOff,
  "sellers bear their own share before it is split between their lines",
  [line("A1", "a", 104n), line("A2", "a", 104n), line("A3", "a", 104n), line("B", "b", 388n)],
  1000,
  // 70 in all: 31.2 of a and 38.8 of b. By lines alone the three of a would bear 30.
  { A1: 11n, A2: 10n, A3: 10n, B: 39n },
);
test(takesOff, "a free line gets nothing", [line("A", "s", 0n), line("B", "s", 100n)], 1000, { B: 10n });
test(takesOff, "free lines only get nothing", [line("A", "s", 0n)], 1000, {});
test(takesOff, "no lines, no discount", [], 1000, {});

test("lines of several currencies are refused", (t) => {
  const yen = { ...line("B", "s", 100n), unitPrice: money("JPY", 100n) };
  const error = t.throws(() => subtotalOf([line("A", "s", 1n), yen]), { instanceOf: DomainError });
  t.like(error, { reason: "CURRENCY_MIXED", metadata: { left: "EUR", right: "JPY" } });
});

const anyLines = fc
  .array(
    fc.record({
      sellerId: fc.constantFrom("a", "b", "c"),
      minorUnits: fc.bigInt({ min: 0n, max: 1_000_000n }),
      quantity: fc.integer({ min: 1, max: 999 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((all) =>
    all.map(({ sellerId, minorUnits, quantity }, index) => line(`S${index}`, sellerId, minorUnits, quantity)),
  );
const anyPercentage = fc.integer({ min: 1, max: 10_000 });

const totalOf = ({ unitPrice, quantity }: Line) => unitPrice.minorUnits * BigInt(quantity);
const sum = (amounts: readonly bigint[]) => amounts.reduce((left, right) => left + right, 0n);

test("the discounts add up to the percentage of the sum", (t) => {
  fc.assert(
    fc.property(anyLines, anyPercentage, (lines, basisPoints) => {
      const discounts = percentageOff(lines, basisPoints);
      return sum(discounts.map(({ amount }) => amount)) === shareOf(sum(lines.map(totalOf)), basisPoints);
    }),
  );
  t.pass();
});

test("no discount is negative, or more than its line", (t) => {
  fc.assert(
    fc.property(anyLines, anyPercentage, (lines, basisPoints) => {
      const bySku = new Map(percentageOff(lines, basisPoints).map(({ sku, amount }) => [sku, amount]));
      return lines.every((one) => {
        const part = bySku.get(one.sku) ?? 0n;
        return part >= 0n && part <= totalOf(one);
      });
    }),
  );
  t.pass();
});

test("a seller bears its exact share to within a cent and a half", (t) => {
  fc.assert(
    fc.property(anyLines, anyPercentage, (lines, basisPoints) => {
      const bySku = new Map(percentageOff(lines, basisPoints).map(({ sku, amount }) => [sku, amount]));
      return ["a", "b", "c"].every((seller) => {
        const own = lines.filter(({ sellerId }) => sellerId === seller);
        const borne = sum(own.map(({ sku }) => bySku.get(sku) ?? 0n));
        // In ten-thousandths of a cent; half a cent is the rounding of the sum, one the split's.
        const apart = borne * 10_000n - sum(own.map(totalOf)) * BigInt(basisPoints);
        return apart <= 15_000n && apart >= -15_000n;
      });
    }),
  );
  t.pass();
});
