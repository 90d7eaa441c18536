import test from "ava";
import { readSnapshot, writeSnapshot } from "../src/snapshot.ts";

test("a snapshot is read as it was written, amounts exact, what is undefined left out", (t) => {
  const price = { currencyCode: "EUR", minorUnits: 9_007_199_254_740_993n };
  const written = {
    id: "g1",
    lines: [{ price, note: null, gone: undefined }, { price }],
    tags: ["a", "b"],
    at: 5,
    ok: true,
  };
  const text = writeSnapshot(written);
  t.deepEqual(JSON.parse(text).lines[0], {
    price: { currencyCode: "EUR", minorUnits: "9007199254740993" },
    note: null,
  });
  t.deepEqual(readSnapshot(text), { ...written, lines: [{ price, note: null }, { price }] });
});

test("text that looks like an amount stays text under another name", (t) => {
  t.deepEqual(readSnapshot(`{"number":"12","minorUnits":"12","nothing":{"minorUnits":null}}`), {
    number: "12",
    minorUnits: 12n,
    nothing: { minorUnits: null },
  });
});
