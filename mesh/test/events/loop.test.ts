import test from "ava";
import { createLoop } from "../../src/events/loop.ts";

const LONG_MS = 3_600_000;

/** A loop whose runs can be awaited one by one. */
function counted() {
  const runs = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  let count = 0;
  const loop = createLoop(async () => {
    runs[count++]?.resolve();
    return LONG_MS;
  });
  return { loop, run: (index: number) => runs[index]?.promise, count: () => count };
}

test("who is patient waits for the next run that somebody is in a hurry for, and makes none of its own", async (t) => {
  const { loop, run, count } = counted();
  loop.start();
  await run(0);
  await new Promise(setImmediate);
  loop.wake(LONG_MS);
  loop.wake();
  loop.wake(LONG_MS);
  await run(1);
  await loop.stop();
  t.is(count(), 2);
});

test("a patient wake alone is heard when its time is over", async (t) => {
  const { loop, run, count } = counted();
  loop.start();
  await run(0);
  await new Promise(setImmediate);
  loop.wake(5);
  await run(1);
  await loop.stop();
  t.is(count(), 2);
});

test("woken while it runs it runs once more", async (t) => {
  const { loop, run, count } = counted();
  loop.start();
  loop.wake();
  loop.wake();
  await run(1);
  await loop.stop();
  t.is(count(), 2);
});
