import { randomBytes } from "node:crypto";
import test from "ava";
import { orderNumber, parseOrderNumber, uuidv7 } from "../src/index.ts";

test("ids sort by their time", (t) => {
	const early = uuidv7(1_700_000_000_000, randomBytes);
	const late = uuidv7(1_700_000_000_001, randomBytes);
	t.true(early < late);
	t.regex(
		early,
		/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
	);
});

test("an order number is read as people type it", (t) => {
	const number = orderNumber("eu", (length) => new Uint8Array(length).fill(1));
	t.is(
		parseOrderNumber(
			number.toLowerCase().replace("-", " ").replaceAll("1", "l"),
		),
		number,
	);
});

test("every single wrong digit of an order number is noticed", (t) => {
	const number = orderNumber("eu", randomBytes);
	for (const index of [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]) {
		const other = number.charAt(index) === "7" ? "8" : "7";
		t.is(
			parseOrderNumber(
				number.slice(0, index) + other + number.slice(index + 1),
			),
			undefined,
		);
	}
});
