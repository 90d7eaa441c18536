import test from "ava";
import fc from "fast-check";
import { BoundedMap } from "../src/bounded-map.ts";

test("beyond its number whichever was set longest ago is forgotten, be it an undefined key", (t) => {
  const map = new BoundedMap<string | undefined, number>(2);
  map.set(undefined, 1).set("b", 2);
  t.deepEqual([...map.keys()], [undefined, "b"]);
  t.deepEqual([...map.set("c", 3).keys()], ["b", "c"]);
  t.deepEqual(
    [...map.set("b", 4).set("d", 5)],
    [
      ["b", 4],
      ["d", 5],
    ],
  );
});

test("a bounded map holds the latest keys that were set and not deleted", (t) => {
  const steps = fc.array(fc.record({ key: fc.nat({ max: 6 }), isDeleted: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (taken, most) => {
      const map = new BoundedMap<number, number>(most);
      let expected: number[] = [];
      for (const { key, isDeleted } of taken) {
        expected = expected.filter((known) => known !== key);
        if (isDeleted) map.delete(key);
        else {
          map.set(key, key);
          expected = [...expected, key].slice(-most);
        }
      }
      t.deepEqual([...map.keys()], expected);
    }),
  );
});
