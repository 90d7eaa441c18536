import { money } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import { addPrices, dividePrice, noPrice, priceOf, splitPrice, subtractPrice, sumPrices } from "../src/price.ts";

const sum = fc.bigInt({ min: 0n, max: 1_000_000n }).map((minorUnits) => money("EUR", minorUnits));
const price = fc.tuple(sum, sum, sum).map(([amount, tax, share]) => priceOf(amount, tax, share));
const weights = fc.array(fc.bigInt({ min: 0n, max: 1_000n }), { minLength: 1, maxLength: 9 });

test("a price's parts add up to it: what is paid, its tax, and what the marketplace pays", (t) => {
  fc.assert(
    fc.property(price, weights, (whole, shares) => {
      const parts = splitPrice(whole, shares);
      t.is(parts.length, shares.length);
      t.deepEqual(sumPrices("EUR", parts), whole);
    }),
  );
});

test("what is left of a price and what was taken of it make the price", (t) => {
  fc.assert(
    fc.property(price, price, fc.nat(50), fc.nat(50), (whole, other, quantity, left) => {
      t.deepEqual(subtractPrice(addPrices(whole, other), other), whole);
      const [taken, kept] = dividePrice(whole, quantity, quantity + left);
      t.deepEqual(addPrices(taken, kept), whole);
      if (quantity === 0 && left > 0) t.deepEqual(taken, noPrice("EUR"));
    }),
  );
});

test("a marketplace that pays nothing is not written down", (t) => {
  const [amount, nothing] = [money("EUR", 500n), money("EUR", 0n)];
  t.deepEqual(priceOf(amount, nothing, nothing), { amount, tax: nothing });
  t.deepEqual(priceOf(amount, nothing, undefined), { amount, tax: nothing });
  const shared = priceOf(amount, nothing, amount);
  t.deepEqual(subtractPrice(shared, priceOf(nothing, nothing, amount)), { amount, tax: nothing });
  t.throws(() => addPrices(shared, noPrice("USD")), { message: /currency mismatch/i });
});
