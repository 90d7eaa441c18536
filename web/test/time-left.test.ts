import test from "ava";
import { timeLeft } from "../src/features/order/time-left.ts";

for (const [milliseconds, words] of [
  [1, "0:01"],
  [59_000, "0:59"],
  [249_000, "4:09"],
  [3_600_000, "1:00:00"],
  [3_750_000, "1:02:30"],
  [0, ""],
  [-5_000, ""],
] as const) {
  test(`of ${milliseconds} ms "${words}" is left`, (t) => {
    t.is(timeLeft(1_000_000 + milliseconds, 1_000_000), words);
  });
}
