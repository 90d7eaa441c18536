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

test("of those who come together one goes on between two looks at who has come, in their order", async (t) => {
  const { come, look, order } = world();
  for (const name of ["first", "second", "third"]) come(name);
  const seen: number[] = [order.length];
  for (let looks = 0; looks < 3; looks++) {
    await look();
    seen.push(order.length);
    if (looks === 0) come("fourth");
  }
  t.deepEqual(seen, [1, 2, 3, 4]);
  t.deepEqual(order, ["first", "second", "third", "fourth"]);
});

test("whoever comes once all have had their turn does not wait", async (t) => {
  const { come, look, order } = world();
  come("first");
  come("second");
  for (let looks = 0; looks < 3; looks++) await look();
  come("third");
  t.deepEqual(order, ["first", "second", "third"]);
});
