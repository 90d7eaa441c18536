import test from "ava";
import { createHeld } from "../../src/cache/held.ts";

test("a value is held for its time, and no longer", (t) => {
  let nowMs = 0;
  const held = createHeld(2, () => nowMs);
  t.is(held.find("a"), undefined);
  held.keep("a", 1, 100);
  nowMs = 99;
  t.is(held.find("a"), 1);
  nowMs = 100;
  t.is(held.find("a"), undefined);
  held.keep("a", 2, 100);
  held.drop("a");
  t.is(held.find("a"), undefined);
});

test("of more values than are held, those that came first go", (t) => {
  const held = createHeld(2, () => 0);
  for (const key of ["a", "b", "a", "c"]) held.keep(key, key, 100);
  t.deepEqual(
    ["a", "b", "c"].map((key) => held.find(key)),
    ["a", undefined, "c"],
  );
});
