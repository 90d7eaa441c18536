import test from "ava";
import { type Line, lineTotal, takeOff } from "../src/discount.ts";
import { type Action, noConditions, type Promotion } from "../src/promotion.ts";
import { applyAll } from "../src/stacking.ts";
import { automatic, eur, line, promotion } from "./fixtures.ts";

type Case = [
  name: string,
  action: Action,
  promotionClass: Promotion["promotionClass"],
  lines: readonly Line[],
  expected: Readonly<Record<string, bigint>>,
];

const takes = test.macro<Case>({
  exec(t, _name, action, promotionClass, lines, expected) {
    const open = lines.map((one) => ({ line: one, left: lineTotal(one) }));
    const parts = takeOff({ action, promotionClass, sellerId: undefined }, open, open);
    const told = [...parts].filter(([, amount]) => amount > 0n).map(([{ sku }, amount]) => [sku, amount]);
    t.deepEqual(Object.fromEntries(told), expected);
  },
  title: (_, name) => name,
});

const mugs = line("MUG", "s", 1000n, 3);
const cups = line("CUP", "s", 600n, 2);
const percent = { kind: "percent-off", basisPoints: 1000 } as const;
const fives = [line("A", "s", 5n), line("B", "s", 5n), line("C", "s", 5n)];
test(takes, "a percentage of lines is rounded for each: three of 5 give 3", percent, "product", fives, {
  A: 1n,
  B: 1n,
  C: 1n,
});
const threeEuros = { kind: "amount-off", amount: eur(300n) } as const;
test(takes, "a sum off lines comes off each piece", threeEuros, "product", [mugs, cups], { MUG: 900n, CUP: 600n });
test(takes, "a sum off a line is never more than the line", threeEuros, "product", [line("A", "s", 200n, 2)], {
  A: 400n,
});
test(takes, "a sum off the order comes off once, split by what lines cost", threeEuros, "order", [mugs, cups], {
  MUG: 214n,
  CUP: 86n,
});
test(takes, "a sum off the order is never more than the order", threeEuros, "order", [line("A", "s", 200n)], {
  A: 200n,
});

const threeForTwo = { kind: "cheapest-free", everyQuantity: 3 } as const;
test(takes, "three for two: of five pieces the cheapest one is free", threeForTwo, "product", [mugs, cups], {
  CUP: 600n,
});
test(
  takes,
  "three for two: of six pieces the two cheapest are free",
  threeForTwo,
  "product",
  [mugs, line("CUP", "s", 600n, 3)],
  {
    CUP: 1200n,
  },
);
test(takes, "three for two: two pieces are too few", threeForTwo, "product", [cups], {});

const buyTwoGetOne = {
  kind: "buy-x-get-y",
  buyQuantity: 2,
  getQuantity: 1,
  basisPoints: 5000,
  getSkus: [],
  maxTimes: 0,
} as const satisfies Action;
test(takes, "buy two, get one at half: the cheapest", buyTwoGetOne, "product", [mugs, cups], { CUP: 300n });
test(takes, "buy two, get one: as often as there are three", buyTwoGetOne, "product", [line("A", "s", 100n, 9)], {
  A: 150n,
});
test(
  takes,
  "buy two, get one: no oftener than it says",
  { ...buyTwoGetOne, maxTimes: 2 },
  "product",
  [line("A", "s", 100n, 9)],
  {
    A: 100n,
  },
);
const mugThenCup = { ...buyTwoGetOne, buyQuantity: 1, basisPoints: 10_000, getSkus: ["CUP"] };
test(takes, "buy one, get another thing free", mugThenCup, "product", [line("MUG", "s", 1000n), cups], { CUP: 600n });
test(takes, "what comes free buys nothing itself", mugThenCup, "product", [cups], {});

test("free shipping is for the sellers of its goods, up to its maximum", (t) => {
  const free = promotion({
    promotionClass: "shipping",
    action: { kind: "free-shipping", maximum: eur(400n) },
    conditions: { ...noConditions, categoryIds: ["c"] },
  });
  const lines = [line("A", "s", 100n, 1, "c"), line("B", "r", 100n, 1, "d")];
  const deliveries = [
    { sellerId: "s", price: 490n },
    { sellerId: "r", price: 490n },
  ];
  const [taken] = applyAll([free], { lines, deliveries });
  t.deepEqual(
    taken?.deliveries.map(({ of, amount }) => [of.sellerId, amount]),
    [["s", 400n]],
  );
});

test("a seller's own promotion takes off the seller's goods alone", (t) => {
  const own = automatic({ sellerId: "s" });
  const [taken] = applyAll([own], { lines: [line("A", "s", 1000n), line("B", "r", 1000n)], deliveries: [] });
  t.deepEqual(
    taken?.lines.map(({ of, amount, platform }) => [of.sku, amount, platform]),
    [["A", 100n, 0n]],
  );
});

test("what sellers and the marketplace bear are kept apart on each line, and add up", (t) => {
  const shared = promotion({ platformShareBasisPoints: 3333 });
  const [taken] = applyAll([shared], { lines: [line("A", "s", 333n), line("B", "r", 667n)], deliveries: [] });
  t.deepEqual(
    taken?.lines.map(({ of, amount, platform }) => [of.sku, amount, platform]),
    [
      ["A", 33n, 11n],
      ["B", 67n, 22n],
    ],
  );
});
