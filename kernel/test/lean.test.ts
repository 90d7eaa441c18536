import test from "ava";
import fc from "fast-check";
import { LeanMap, LeanSet } from "../src/lean.ts";

const byValue = (left: number, right: number): number => left - right;
const steps = fc.array(fc.record({ key: fc.nat({ max: 9 }), does: fc.constantFrom("set", "delete", "clear") }), {
  maxLength: 80,
});

test("a lean set holds what a set holds", (t) => {
  fc.assert(
    fc.property(steps, (taken) => {
      const [lean, known] = [new LeanSet<number>(), new Set<number>()];
      for (const { key, does } of taken) {
        if (does === "set") for (const each of [lean, known]) each.add(key);
        else if (does === "delete") t.is(lean.delete(key), known.delete(key));
        else if (key === 0) for (const each of [lean, known]) each.clear();
        t.is(lean.size, known.size);
        t.is(lean.has(key), known.has(key));
      }
      t.deepEqual([...lean].toSorted(byValue), [...known].toSorted(byValue));
    }),
  );
});

test("a lean map holds what a map holds", (t) => {
  fc.assert(
    fc.property(steps, (taken) => {
      const [lean, known] = [new LeanMap<number, string>(), new Map<number, string>()];
      for (const [index, { key, does }] of taken.entries()) {
        if (does === "set") for (const each of [lean, known]) each.set(key, `${index}`);
        else if (does === "delete") t.is(lean.delete(key), known.delete(key));
        else if (key === 0) for (const each of [lean, known]) each.clear();
        t.is(lean.size, known.size);
        t.is(lean.has(key), known.has(key));
        t.is(lean.get(key), known.get(key));
      }
      t.deepEqual([...lean.values()].sort(), [...known.values()].sort());
    }),
  );
});

test("a lean map knows no key that nobody set, be it one of every object's", (t) => {
  const map = new LeanMap<string, number>();
  t.false(map.has("constructor"));
  t.is(map.set("__proto__", 1).get("__proto__"), 1);
  t.is(map.size, 1);
});

test("who leaves while the others are gone through is met all the same", (t) => {
  const set = new LeanSet<number>().add(1).add(2).add(3);
  const map = new LeanMap<string, number>().set("a", 1).set("b", 2).set("c", 3);
  const met: number[] = [];
  set.forEach((number) => {
    met.push(number);
    set.delete(number);
  });
  map.forEach((number) => {
    met.push(number);
    map.clear();
  });
  t.deepEqual(met, [1, 2, 3, 1, 2, 3]);
  t.deepEqual([set.size, map.size], [0, 0]);
});
