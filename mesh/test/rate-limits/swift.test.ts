import test from "ava";
import { createSwiftLimit, type SharedCount } from "../../src/rate-limits/swift.ts";

const limit = { name: "address", max: 10, windowMs: 60_000 };

/** Replicas of one limit over one shared count, in one time. */
function replicas(count: number) {
  const time = { nowMs: 1_000 };
  const store = new Map<string, { count: number; endMs: number }>();
  const link = { isUp: true, told: 0 };
  const shared: SharedCount = async (key, more) => {
    if (!link.isUp) throw new Error("away");
    link.told += 1;
    const known = store.get(key);
    const entry =
      known !== undefined && known.endMs > time.nowMs ? known : { count: 0, endMs: time.nowMs + limit.windowMs };
    entry.count += more;
    store.set(key, entry);
    return { count: entry.count, resetMs: entry.endMs - time.nowMs };
  };
  const make = () => createSwiftLimit(limit, { shared, now: () => time.nowMs, onNews: () => undefined, maxKeys: 3 });
  const limits = Array.from({ length: count }, make);
  const flood = (of: (typeof limits)[number], calls: number) =>
    Array.from({ length: calls }, () => of.take("a")).filter(({ isOver }) => !isOver).length;
  return { time, link, limits, flood, share: () => Promise.all(limits.map((one) => one.share())) };
}

test("a key has its calls, then none until its window ends", (t) => {
  const { limits, time } = replicas(1);
  const [alone] = limits;
  const standings = Array.from({ length: 12 }, () => alone?.take("a"));
  t.deepEqual(
    standings.map((standing) => standing?.remaining),
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0],
  );
  t.deepEqual(standings.map((standing) => standing?.isOver).indexOf(true), 10);
  t.false(alone?.take("b").isOver);
  time.nowMs += 59_000;
  t.like(alone?.take("a"), { isOver: true, resetMs: 1_000 });
  time.nowMs += 1_000;
  t.like(alone?.take("a"), { isOver: false, remaining: 9, resetMs: 60_000 });
});

test("before they have exchanged, each of three replicas lets in the limit; after that none lets in more", async (t) => {
  const { limits, flood, share } = replicas(3);
  t.deepEqual(
    limits.map((one) => flood(one, 100)),
    [10, 10, 10],
  );
  await share();
  await share();
  t.deepEqual(
    limits.map((one) => flood(one, 100)),
    [0, 0, 0],
  );
});

test("a steady sender is let in the limit over all replicas, and at most what came between two exchanges more", async (t) => {
  const { limits, flood, share } = replicas(2);
  let admitted = 0;
  for (let round = 0; round < 20; round++) {
    for (const one of limits) admitted += flood(one, 1);
    await share();
  }
  t.true(admitted >= limit.max);
  t.true(admitted <= limit.max + 2);
});

test("windows end together, by the shared store's word", async (t) => {
  const { limits, time, share } = replicas(2);
  limits[0]?.take("a");
  await share();
  time.nowMs += 30_000;
  limits[1]?.take("a");
  await share();
  t.is(limits[1]?.take("a").resetMs, 30_000);
});

test("while the store is away each counts by itself, and what it let in is told later", async (t) => {
  const { limits, flood, link, share } = replicas(2);
  link.isUp = false;
  const [first, second] = limits;
  if (first === undefined || second === undefined) throw new Error("two replicas");
  t.is(flood(first, 6), 6);
  await share();
  t.is(flood(first, 100), 4);
  link.isUp = true;
  await share();
  t.is(flood(second, 1), 1);
  await share();
  t.is(flood(second, 100), 0);
});

test("a refused flood tells the store nothing", async (t) => {
  const { limits, flood, link, share } = replicas(1);
  const [alone] = limits;
  if (alone === undefined) throw new Error("one replica");
  flood(alone, 10);
  await share();
  flood(alone, 1_000);
  await share();
  t.is(link.told, 1);
});

test("no more keys are remembered than allowed: the oldest is forgotten", (t) => {
  const { limits } = replicas(1);
  for (const key of ["a", "b", "c", "d"]) limits[0]?.take(key);
  t.is(limits[0]?.take("d").remaining, 8);
  t.is(limits[0]?.take("a").remaining, 9);
});
