import test from "ava";
import fc from "fast-check";
import {
	addMoney,
	DomainError,
	divideHalfUp,
	formatMoney,
	money,
	netOfInclusive,
	splitByWeights,
} from "../src/index.ts";

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

test("a tie in a split goes to the lowest index", (t) => {
	t.deepEqual(splitByWeights(100n, [1n, 1n, 1n]), [34n, 33n, 33n]);
});

test("money is never added across currencies", (t) => {
	const error = t.throws(() => addMoney(money("EUR", 1n), money("JPY", 1n)), {
		instanceOf: DomainError,
	});
	t.is(error.reason, "CURRENCY_MISMATCH");
});

test("rounding is half-up, away from zero", (t) => {
	t.is(divideHalfUp(5n, 2n), 3n);
	t.is(divideHalfUp(-5n, 2n), -3n);
	t.is(divideHalfUp(4n, 3n), 1n);
});

test("the net of an inclusive price is round(gross / (1 + rate))", (t) => {
	t.is(netOfInclusive(11900n, 1900), 10000n);
	t.is(netOfInclusive(999n, 1900), 839n);
});

test("a currency's exponent comes from the pinned table", (t) => {
	t.is(formatMoney(money("JPY", 1200n)), "JPY 1200");
	t.is(formatMoney(money("EUR", -5n)), "EUR -0.05");
	t.is(formatMoney(money("KWD", 1234n)), "KWD 1.234");
});
