import test from "ava";
import { nextLimit, restedLimit } from "../../src/load/limit.ts";

const bounds = { min: 16, max: 1_000, targetMs: 20, rest: 100 };
const standing = 21;

test("a standing queue takes a tenth off what was under way", (t) => {
  t.is(nextLimit(200, { delayMs: standing, peak: 100 }, bounds), 90);
  t.is(nextLimit(100, { delayMs: standing, peak: 300 }, bounds), 90);
});

test("a queue twice as long as may be, or longer, takes half", (t) => {
  t.is(nextLimit(200, { delayMs: 25, peak: 200 }, bounds), 160);
  t.is(nextLimit(200, { delayMs: 40, peak: 200 }, bounds), 100);
  t.is(nextLimit(200, { delayMs: 4_000, peak: 200 }, bounds), 100);
});

test("a limit that is made use of grows while no queue stands, and not beyond its bound", (t) => {
  t.is(nextLimit(100, { delayMs: 20, peak: 50 }, bounds), 105);
  t.is(nextLimit(999, { delayMs: 0, peak: 900 }, bounds), 1_000);
});

test("a limit that nobody tries stays", (t) => {
  t.is(nextLimit(100, { delayMs: 0, peak: 49 }, bounds), 100);
});

test("a limit below its rest rises while no queue stands, tried or not, and no further than that", (t) => {
  t.is(nextLimit(50, { delayMs: 0, peak: 0 }, bounds), 54);
  t.is(nextLimit(99, { delayMs: 0, peak: 1 }, bounds), 100);
  t.is(restedLimit(16, 5, bounds), 30);
  t.is(restedLimit(16, 1_000_000, bounds), 100);
  t.is(restedLimit(300, 10, bounds), 300);
});

test("a delay with hardly a call under way is not the calls' fault: the limit stays", (t) => {
  t.is(nextLimit(100, { delayMs: standing, peak: 16 }, bounds), 100);
});

test("under a queue that never empties the limit ends at its least, and comes back when it empties", (t) => {
  let limit = 400;
  for (let window = 0; window < 40; window++) limit = nextLimit(limit, { delayMs: standing, peak: limit + 10 }, bounds);
  t.is(limit, 16);
  for (let window = 0; window < 200; window++) limit = nextLimit(limit, { delayMs: 1, peak: limit }, bounds);
  t.is(limit, 1_000);
});
