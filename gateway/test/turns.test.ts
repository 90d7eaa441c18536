import test from "ava";
import { createTurns } from "../src/turns.ts";

/** Turns, and what makes the next look at who has come. */
function world() {
  let looks: (() => void)[] = [];
  const turns = createTurns((pass) => looks.push(pass));
  const order: string[] = [];
  return {
    order,
    come: (name: string) => {
      const turn = turns.take();
      if (turn === undefined) order.push(name);
      else void turn.then(() => order.push(name));
    },
    async look() {
      const due = looks;
      looks = [];
      for (const pass of due) pass();
      await Promise.resolve();
    },
  };
}

test("who comes alone does not wait", async (t) => {
  const { come, look, order } = world();
  for (const name of ["first", "second", "third"]) {
    come(name);
    await look();
  }
  t.deepEqual(order, ["first", "second", "third"]);
});

test("of those who come together four go on between two looks at who has come, in their order", async (t) => {
  const { come, look, order } = world();
  const names = Array.from({ length: 10 }, (_, index) => `${index}`);
  for (const name of names) come(name);
  const seen: number[] = [order.length];
  for (let looks = 0; looks < 3; looks++) {
    await look();
    seen.push(order.length);
    if (looks === 0) come("10");
  }
  t.deepEqual(seen, [4, 8, 11, 11]);
  t.deepEqual(order, [...names, "10"]);
});

test("a turn that nobody waited for is whoever's comes before the next look", async (t) => {
  const { come, look, order } = world();
  for (const name of ["a", "b", "c", "d", "e"]) come(name);
  await look();
  come("f");
  t.deepEqual(order, ["a", "b", "c", "d", "e", "f"]);
});

test("whoever comes once all have had their turn does not wait", async (t) => {
  const { come, look, order } = world();
  for (const name of ["a", "b", "c", "d", "e"]) come(name);
  for (let looks = 0; looks < 2; looks++) await look();
  come("f");
  t.deepEqual(order, ["a", "b", "c", "d", "e", "f"]);
});
