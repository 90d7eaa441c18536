import test from "ava";
import fc from "fast-check";
import {
  addMoney,
  currencyExponent,
  DomainError,
  divideHalfUp,
  formatMoney,
  money,
  netOfInclusive,
  shareOf,
  splitByWeights,
  subtractMoney,
  sumMoney,
  timesQuantity,
} from "../src/index.ts";

const refusal = { instanceOf: DomainError };

test("a split always adds up and no part strays a unit from its share", (t) => {
  fc.assert(
    fc.property(
      fc.bigInt(-(10n ** 12n), 10n ** 12n),
      fc.array(fc.bigInt(0n, 10n ** 9n), { minLength: 1, maxLength: 20 }),
      (total, weights) => {
        const parts = splitByWeights(total, weights);
        const sum = weights.reduce((a, b) => a + b, 0n);
        return (
          parts.reduce((a, b) => a + b, 0n) === total &&
          (sum === 0n ||
            parts.every((part, index) => {
              const difference = part * sum - total * (weights[index] ?? 0n);
              return difference < sum && difference > -sum;
            }))
        );
      },
    ),
  );
  t.pass();
});

test("a part of weight zero gets nothing while another weighs", (t) => {
  t.deepEqual(splitByWeights(101n, [0n, 3n, 0n, 1n]), [0n, 76n, 0n, 25n]);
});

test("a tie in a split goes to the lowest index", (t) => {
  t.deepEqual(splitByWeights(100n, [1n, 1n, 1n]), [34n, 33n, 33n]);
});

test("a split over nothing that weighs is even", (t) => {
  t.deepEqual(splitByWeights(5n, [0n, 0n]), [3n, 2n]);
});

test("a refund splits as the payment did", (t) => {
  t.deepEqual(splitByWeights(-100n, [1n, 1n, 1n]), [-34n, -33n, -33n]);
});

test("a split needs weights, none below zero", (t) => {
  t.is(t.throws(() => splitByWeights(1n, []), refusal).reason, "SPLIT_EMPTY");
  t.is(t.throws(() => splitByWeights(1n, [1n, -1n]), refusal).reason, "SPLIT_NEGATIVE_WEIGHT");
});

test("amounts of one currency add, subtract, sum and multiply", (t) => {
  const [ten, three] = [money("EUR", 10n), money("EUR", 3n)];
  t.deepEqual(addMoney(ten, three), money("EUR", 13n));
  t.deepEqual(subtractMoney(three, ten), money("EUR", -7n));
  t.deepEqual(sumMoney("EUR", [ten, three, three]), money("EUR", 16n));
  t.deepEqual(sumMoney("EUR", []), money("EUR", 0n));
  t.deepEqual(timesQuantity(three, 4), money("EUR", 12n));
});

test("amounts of two currencies never meet", (t) => {
  const [euro, yen] = [money("EUR", 1n), money("JPY", 1n)];
  for (const meet of [() => addMoney(euro, yen), () => subtractMoney(euro, yen), () => sumMoney("EUR", [yen])]) {
    t.like(t.throws(meet, refusal), {
      reason: "CURRENCY_MISMATCH",
      metadata: { left: "EUR", right: "JPY" },
    });
  }
});

for (const code of ["", "eur", "EU", "EURO", "E1R"]) {
  test(`"${code}" is no currency`, (t) => {
    t.is(t.throws(() => money(code, 1n), refusal).reason, "CURRENCY_INVALID");
  });
}

test("rounding is half-up, away from zero", (t) => {
  t.is(divideHalfUp(5n, 2n), 3n);
  t.is(divideHalfUp(-5n, 2n), -3n);
  t.is(divideHalfUp(4n, 3n), 1n);
  t.is(divideHalfUp(5n, 3n), 2n);
  t.is(divideHalfUp(0n, 3n), 0n);
});

test("rounding strays at most half a unit", (t) => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.bigInt(1n, 10n ** 9n), (dividend, divisor) => {
      const error = 2n * (divideHalfUp(dividend, divisor) * divisor - dividend);
      return error <= divisor && error >= -divisor;
    }),
  );
  t.pass();
});

test("a share is counted in hundredths of a percent", (t) => {
  t.is(shareOf(10_000n, 1_000), 1_000n);
  t.is(shareOf(999n, 1_050), 105n);
  t.is(shareOf(5n, 1_000), 1n);
});

test("the net of an inclusive price is round(gross / (1 + rate))", (t) => {
  t.is(netOfInclusive(11_900n, 1_900), 10_000n);
  t.is(netOfInclusive(999n, 1_900), 839n);
  t.is(netOfInclusive(999n, 0), 999n);
});

test("a currency's exponent comes from the pinned table", (t) => {
  t.is(currencyExponent("EUR"), 2);
  t.is(currencyExponent("JPY"), 0);
  t.is(currencyExponent("KWD"), 3);
  t.is(currencyExponent("CLF"), 4);
});

test("an amount is written with its currency's digits", (t) => {
  t.is(formatMoney(money("EUR", 1_230n)), "EUR 12.30");
  t.is(formatMoney(money("JPY", 1200n)), "JPY 1200");
  t.is(formatMoney(money("EUR", -5n)), "EUR -0.05");
  t.is(formatMoney(money("KWD", 1234n)), "KWD 1.234");
  t.is(formatMoney(money("EUR", 0n)), "EUR 0.00");
});
