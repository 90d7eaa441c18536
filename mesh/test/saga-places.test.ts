import test from "ava";
import { createPlaces } from "../src/saga/places.ts";

/** Places of which a test says when somebody has taken long. */
function places(count: number, slowCount: number) {
  const timers = new Set<() => void>();
  const made = createPlaces({
    count,
    slowCount,
    after(_, work) {
      timers.add(work);
      return () => void timers.delete(work);
    },
  });
  const inside: string[] = [];
  return {
    inside,
    async take(name: string) {
      const place = made.take();
      void place.taken.then(() => inside.push(name));
      await Promise.resolve();
      return place;
    },
    async timePasses() {
      for (const work of [...timers]) {
        timers.delete(work);
        work();
      }
      await Promise.resolve();
    },
  };
}

test("so many are driven at once, and who asked first is first", async (t) => {
  const { take, inside } = places(2, 0);
  const [first, , third] = [await take("a"), await take("b"), await take("c"), await take("d")];
  t.deepEqual(inside, ["a", "b"]);
  first?.leave();
  first?.leave();
  await Promise.resolve();
  t.deepEqual(inside, ["a", "b", "c"]);
  third?.leave();
  await Promise.resolve();
  t.deepEqual(inside, ["a", "b", "c", "d"]);
});

test("who waits no more takes no place", async (t) => {
  const { take, inside } = places(1, 0);
  const [first, second] = [await take("a"), await take("b"), await take("c")];
  second?.leave();
  first?.leave();
  await Promise.resolve();
  t.deepEqual(inside, ["a", "c"]);
});

test("who takes long keeps none from going on, up to so many", async (t) => {
  const { take, timePasses, inside } = places(1, 2);
  for (const name of ["a", "b", "c", "d"]) await take(name);
  t.deepEqual(inside, ["a"]);
  await timePasses();
  await timePasses();
  t.deepEqual(inside, ["a", "b", "c"]);
  await timePasses();
  t.deepEqual(inside, ["a", "b", "c"]);
});
