import test from "ava";
import { createAllowance } from "../../src/transport/connect/allowance.ts";

test("an allowance is spent at once, and comes back with time, never more than all of it", (t) => {
  let nowMs = 0;
  const allowance = createAllowance(3, 0.5, () => nowMs);
  t.deepEqual(
    [1, 2, 3, 4].map(() => allowance.take()),
    [true, true, true, false],
  );
  t.false(allowance.isLeft());
  nowMs += 4_000;
  t.true(allowance.isLeft());
  t.deepEqual([allowance.take(), allowance.take()], [true, false]);
  nowMs += 60_000;
  t.deepEqual(
    [1, 2, 3, 4].map(() => allowance.take()),
    [true, true, true, false],
  );
});

test("who goes on asking waits longer", (t) => {
  let nowMs = 0;
  const allowance = createAllowance(1, 1, () => nowMs);
  for (let time = 0; time < 3; time++) allowance.take();
  nowMs += 1_000;
  t.false(allowance.isLeft());
  nowMs += 2_000;
  t.true(allowance.isLeft());
});
