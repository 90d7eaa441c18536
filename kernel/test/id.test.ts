import { randomBytes } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { orderNumber, parseOrderNumber, uuidv7 } from "../src/index.ts";

const zeros = (length: number) => new Uint8Array(length);

/** Gives `bytes`, then what nobody can guess. */
function firstly(bytes: Uint8Array): (length: number) => Uint8Array {
  const given = [bytes];
  return (length) => given.pop() ?? randomBytes(length);
}

test("an id is a version 7 UUID that holds its time", (t) => {
  t.is(uuidv7(0x0123456789ab, zeros), "01234567-89ab-7000-8000-000000000000");
  t.regex(
    uuidv7(1_700_000_000_000, randomBytes),
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test("ids sort by their time", (t) => {
  t.true(uuidv7(1_700_000_000_000, randomBytes) < uuidv7(1_700_000_000_001, randomBytes));
});

test("ids of one moment differ by their entropy", (t) => {
  const ids = Array.from({ length: 1000 }, () => uuidv7(1_700_000_000_000, randomBytes));
  t.is(new Set(ids).size, ids.length);
});

test("an order number is region, five digits, hyphen, five digits and their check symbol", (t) => {
  const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const entropy = () => Uint8Array.from("7Q2M9XK4TR", (digit) => alphabet.indexOf(digit));
  t.is(orderNumber("eu", entropy), "E7Q2M9-XK4TR6");
  t.is(parseOrderNumber("E7Q2M9-XK4TR6"), "E7Q2M9-XK4TR6");
});

test("an order number is read as people type it", (t) => {
  const number = orderNumber("eu", (length) => new Uint8Array(length).fill(1));
  t.is(number, "E11111-11111T");
  t.is(parseOrderNumber(" eiL1 11-1i1 l1t "), number);
  const nought = orderNumber("us", zeros);
  t.is(nought, "U00000-000000");
  t.is(parseOrderNumber("uOoOoO-oooooO"), nought);
});

test("every order number reads back as itself", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
      const number = orderNumber("eu", firstly(bytes));
      return parseOrderNumber(number) === number;
    }),
  );
  t.pass();
});

test("an order number is letters, digits and a hyphen alone: no link that ends with it is cut short", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) =>
      /^[A-Z][0-9A-Z]{5}-[0-9A-Z]{6}$/.test(orderNumber("eu", firstly(bytes))),
    ),
  );
  t.pass();
});

for (const number of ["E00000-00010*", "E00000-00011~", "E00000-00012$", "E00000-00013="]) {
  test(`an order number that was given out with a sign at its end is still read: ${number}`, (t) => {
    t.is(parseOrderNumber(number), number);
  });
}

test("every single wrong digit of an order number is noticed", (t) => {
  const number = orderNumber("eu", randomBytes);
  for (const index of [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]) {
    for (const digit of "0123456789ABCDEFGHJKMNPQRSTVWXYZ") {
      if (digit === number.charAt(index)) continue;
      t.is(parseOrderNumber(number.slice(0, index) + digit + number.slice(index + 1)), undefined);
    }
  }
});

for (const text of ["", "E", "E7Q2M9-XK4TR", "E7Q2M9-XK4TR66", "E7Q2M9-XK4TRU", "E7Q2!9-XK4TR6", "17Q2M9-XK4TR6"]) {
  test(`"${text}" is no order number`, (t) => {
    t.is(parseOrderNumber(text), undefined);
  });
}
