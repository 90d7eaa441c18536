import { shareOf } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import { type Line, lineTotal, sum } from "../src/discount.ts";
import { type Action, noConditions, type Promotion, type PromotionClass, usualClass } from "../src/promotion.ts";
import {
  applyAll,
  type Basket,
  bestOf,
  fullSets,
  MAX_CANDIDATES,
  mayStandTogether,
  type Taken,
} from "../src/stacking.ts";
import { automatic, eur, line, promotion } from "./fixtures.ts";

const basket: Basket = { lines: [line("A", "s", 1000n, 2), line("B", "r", 3000n)], deliveries: [] };
const ids = (taken: readonly Taken[]) => taken.map(({ promotion: { id } }) => id);
const totalOf = (taken: readonly Taken[]) => sum(taken.map(({ total }) => total));

test("two promotions stand together only if each names the other's class", (t) => {
  const product = automatic({ promotionClass: "product", combinesWith: ["order"] });
  t.true(mayStandTogether(product, automatic({ combinesWith: ["product"] })));
  t.false(mayStandTogether(product, automatic({ combinesWith: [] })));
  t.false(mayStandTogether(product, automatic({ combinesWith: ["shipping"] })));
  t.false(mayStandTogether(product, { ...product, combinesWith: ["product", "order"] }));
});

test("of promotions that stand alone the one that takes most off counts", (t) => {
  const five = automatic({ id: "five", action: { kind: "amount-off", amount: eur(499n) } });
  const ten = automatic({ id: "ten" });
  t.deepEqual(ids(bestOf([five, ten], basket)), ["ten"]);
});

test("two small ones that combine beat a large one that does not", (t) => {
  const large = automatic({ id: "large", action: { kind: "percent-off", basisPoints: 1500 } });
  const both: readonly PromotionClass[] = ["product", "order"];
  const small = automatic({ id: "small", combinesWith: both });
  const other = automatic({ id: "other", promotionClass: "product", combinesWith: both });
  t.deepEqual(ids(bestOf([large, small, other], basket)), ["other", "small"]);
});

test("product comes off before order: the sum's percentage is of what is left", (t) => {
  const both: readonly PromotionClass[] = ["product", "order"];
  const product = automatic({
    id: "z",
    promotionClass: "product",
    combinesWith: both,
    action: { kind: "percent-off", basisPoints: 5000 },
  });
  const order = automatic({ id: "a", combinesWith: both });
  const taken = applyAll([order, product], basket);
  t.deepEqual(
    taken.map(({ promotion: { id }, total }) => [id, total]),
    [
      ["z", 2500n],
      ["a", 250n],
    ],
  );
});

test("a share comes off before a sum, whichever is older", (t) => {
  const both: readonly PromotionClass[] = ["order"];
  const amount = automatic({ id: "a", combinesWith: both, action: { kind: "amount-off", amount: eur(1000n) } });
  const share = automatic({ id: "b", combinesWith: both });
  t.is(totalOf(applyAll([amount, share], basket)), 1500n);
});

test("of equals the one without a code counts, then the older one", (t) => {
  const code = promotion({ id: "a" });
  t.deepEqual(ids(bestOf([code, automatic({ id: "c" }), automatic({ id: "b" })], basket)), ["b"]);
});

test("however many promotions there are, so many are tried, a code always", (t) => {
  const many = Array.from({ length: 60 }, (_, index) =>
    automatic({ id: `p${index}`, action: { kind: "amount-off", amount: eur(BigInt(100 + index)) } }),
  );
  t.deepEqual(ids(bestOf(many, basket)), ["p59"]);
  const tiny = { kind: "amount-off", amount: eur(1n) } as const;
  const both = { combinesWith: ["order"] as const };
  const code = promotion({ id: "code", action: tiny, ...both });
  const taken = bestOf([...many.map((one) => ({ ...one, ...both })), code], basket);
  t.is(taken.length, MAX_CANDIDATES);
  t.true(ids(taken).includes("code"));
});

const anyClasses = fc.subarray<PromotionClass>(["product", "order", "shipping"]);
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant("percent-off" as const), basisPoints: fc.integer({ min: 1, max: 10_000 }) }),
  fc.record({ kind: fc.constant("amount-off" as const), amount: fc.bigInt({ min: 1n, max: 20_000n }).map(eur) }),
  fc.record({ kind: fc.constant("cheapest-free" as const), everyQuantity: fc.integer({ min: 2, max: 5 }) }),
  fc.record({ kind: fc.constant("free-shipping" as const), maximum: fc.constantFrom(undefined, eur(300n)) }),
  fc.record({
    kind: fc.constant("buy-x-get-y" as const),
    buyQuantity: fc.integer({ min: 1, max: 4 }),
    getQuantity: fc.integer({ min: 1, max: 3 }),
    basisPoints: fc.integer({ min: 1, max: 10_000 }),
    getSkus: fc.constantFrom([], ["S1"], ["S0", "S2"]),
    maxTimes: fc.integer({ min: 0, max: 3 }),
  }),
);
const anyPromotions = fc
  .array(
    fc.record({
      action: anyAction,
      combinesWith: anyClasses,
      isProduct: fc.boolean(),
      trigger: fc.constantFrom("automatic" as const, "code" as const),
      sellerId: fc.constantFrom(undefined, undefined, "a"),
      categoryIds: fc.constantFrom([], ["c1"]),
      platformShareBasisPoints: fc.integer({ min: 0, max: 10_000 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) =>
    all.map(({ isProduct, categoryIds, ...one }, index): Promotion => {
      const mayBeEither = one.action.kind === "percent-off" || one.action.kind === "amount-off";
      return promotion({
        ...one,
        id: `p${index}`,
        promotionClass: isProduct && mayBeEither ? "product" : usualClass(one.action),
        conditions: { ...noConditions, categoryIds },
      });
    }),
  );
const anyBasket = fc
  .array(
    fc.record({
      sellerId: fc.constantFrom("a", "b", "c"),
      minorUnits: fc.bigInt({ min: 0n, max: 20_000n }),
      quantity: fc.integer({ min: 1, max: 9 }),
      categoryId: fc.constantFrom("c1", "c2"),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((all): Basket => {
    const lines = all.map((one, index) =>
      line(`S${index}`, one.sellerId, one.minorUnits, one.quantity, one.categoryId),
    );
    const sellers = [...new Set(lines.map(({ sellerId }) => sellerId))];
    return { lines, deliveries: sellers.map((sellerId, index) => ({ sellerId, price: BigInt(index * 245) })) };
  });

const offOf = (taken: readonly Taken[], one: Line) =>
  sum(taken.flatMap(({ lines }) => lines.filter(({ of }) => of === one).map(({ amount }) => amount)));

test("no discount is negative, none more than its line or delivery, whatever stands together", (t) => {
  fc.assert(
    fc.property(anyPromotions, anyBasket, (promotions, all) => {
      const taken = bestOf(promotions, all);
      const parts = taken.flatMap(({ lines, deliveries }) => [...lines, ...deliveries]);
      const offDelivery = (sellerId: string) =>
        sum(
          taken.flatMap(({ deliveries }) =>
            deliveries.filter(({ of }) => of.sellerId === sellerId).map(({ amount }) => amount),
          ),
        );
      return (
        parts.every(({ amount, platform }) => amount > 0n && platform >= 0n && platform <= amount) &&
        all.lines.every((one) => offOf(taken, one) <= lineTotal(one)) &&
        all.deliveries.every(({ sellerId, price }) => offDelivery(sellerId) <= price)
      );
    }),
  );
  t.pass();
});

test("the parts of a promotion add up to it, and the shares of the marketplace to its share", (t) => {
  fc.assert(
    fc.property(anyPromotions, anyBasket, (promotions, all) =>
      applyAll(promotions, all).every(({ promotion: one, total, lines, deliveries }) => {
        const parts = [...lines, ...deliveries];
        return (
          sum(parts.map(({ amount }) => amount)) === total &&
          sum(parts.map(({ platform }) => platform)) === shareOf(total, one.platformShareBasisPoints)
        );
      }),
    ),
  );
  t.pass();
});

test("neither the order of the lines nor that of the promotions matters", (t) => {
  fc.assert(
    fc.property(anyPromotions, anyBasket, fc.integer({ min: 1, max: 7 }), (promotions, all, turn) => {
      const turned = <T>(list: readonly T[]) =>
        [...list.slice(turn % list.length), ...list.slice(0, turn % list.length)].reverse();
      const one = bestOf(promotions, all);
      const other = bestOf(turned(promotions), { ...all, lines: turned(all.lines) });
      return (
        ids(one).join() === ids(other).join() && all.lines.every((each) => offOf(one, each) === offOf(other, each))
      );
    }),
  );
  t.pass();
});

test("whatever counts may stand together, and nothing could be added", (t) => {
  fc.assert(
    fc.property(anyPromotions, anyBasket, (promotions, all) => {
      const counting = bestOf(promotions, all).map(({ promotion: one }) => one);
      const fits = (one: Promotion) => counting.every((other) => one === other || mayStandTogether(one, other));
      return counting.every(fits) && promotions.every((one) => counting.includes(one) || !fits(one));
    }),
  );
  t.pass();
});

test("no set of promotions that may stand together takes more off, but for the cents of rounding", (t) => {
  fc.assert(
    fc.property(anyPromotions, anyBasket, (promotions, all) => {
      const best = totalOf(bestOf(promotions, all));
      const sets = Array.from({ length: 2 ** promotions.length }, (_, bits) =>
        promotions.filter((_one, index) => (bits >> index) % 2 === 1),
      );
      const allowed = sets.filter((set) =>
        set.every((one) => set.every((other) => one === other || mayStandTogether(one, other))),
      );
      const parts = BigInt(promotions.length * (all.lines.length + all.deliveries.length));
      return allowed.every((set) => totalOf(applyAll(set, all)) <= best + parts);
    }),
  );
  t.pass();
});

test("the full sets of twelve promotions of which each excludes two are 81 at the most", (t) => {
  const triples = Array.from({ length: MAX_CANDIDATES }, (_, index) =>
    automatic({ id: `p${index}`, sellerId: String(index % 4), combinesWith: ["order"] }),
  );
  t.is(fullSets(triples).length, 1);
  const alone = triples.map((one) => ({ ...one, combinesWith: [] }));
  t.is(fullSets(alone).length, MAX_CANDIDATES);
});
