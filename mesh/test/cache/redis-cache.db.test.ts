import test, { type ExecutionContext } from "ava";
import type { CacheCodec } from "../../src/cache.ts";
import { createCircuit } from "../../src/cache/circuit.ts";
import { freePort, startRedis } from "../redis-server.ts";
import { connectCache, type ConnectedCache } from "../../src/cache/redis-cache.ts";

const codec: CacheCodec<string> = {
  encode: (value) => Buffer.from(value),
  decode: (bytes) => Buffer.from(bytes).toString(),
};
const KEPT = { ttlMs: 60_000 };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

function cacheOf(t: ExecutionContext, port: number | undefined): ConnectedCache {
  const url = port === undefined ? undefined : `redis://127.0.0.1:${port}`;
  const cache = connectCache({ url, service: "catalog", region: "eu", log: quiet });
  t.teardown(cache.close);
  return cache;
}

/** Reads until Redis answers: the first reads of a cache are misses, for nothing waits for the connection. */
async function untilKept(cache: ConnectedCache): Promise<void> {
  let loads = 0;
  const load = async () => {
    loads += 1;
    return { version: 1, value: "warm" };
  };
  for (let before = -1; before !== loads; ) {
    before = loads;
    await cache.through("warm-up", KEPT, codec, load);
    if (before !== loads) await new Promise((resolve) => setImmediate(resolve));
  }
}

const value =
  (text: string, version = 1) =>
  async () => ({ version, value: text });
/** A load that tells `text` once it is let. */
function slowValue(text: string, version = 1) {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { load: () => promise.then(value(text, version)), let: resolve };
}
const never = () => Promise.reject(new Error("loaded although kept"));

test("what was loaded once is kept, for every process", async (t) => {
  const port = await freePort();
  const redis = await startRedis(port);
  t.teardown(redis.stop);
  const [one, other] = [cacheOf(t, port), cacheOf(t, port)];
  await Promise.all([untilKept(one), untilKept(other)]);
  t.is(await one.through("p1", KEPT, codec, value("shoe")), "shoe");
  t.is(await other.through("p1", KEPT, codec, never), "shoe");

  await one.drop("p1");
  t.is(await other.through("p1", KEPT, codec, value("boot", 2)), "boot");
  t.is(await one.through("p1", KEPT, codec, never), "boot");

  const old = slowValue("old");
  const slow = other.through("p2", KEPT, codec, old.load);
  await one.through("warm-up", KEPT, codec, value("warm"));
  await one.drop("p2");
  old.let();
  t.is(await slow, "old");
  t.is(await one.through("p2", KEPT, codec, value("new", 2)), "new", "a load older than a drop is not kept");

  const nine = slowValue("nine", 9);
  const older = other.through("p3", KEPT, codec, nine.load);
  await one.through("p3", KEPT, codec, value("ten", 10));
  nine.let();
  await older;
  t.is(await one.through("p3", KEPT, codec, never), "ten", "an older version does not replace a newer one");

  t.is(await one.through("p4", KEPT, codec, async () => undefined), undefined);
  t.is(await one.through("p4", KEPT, codec, value("there now")), "there now", "absence is not kept");

  const unreadable: CacheCodec<string> = {
    encode: codec.encode,
    decode: () => {
      throw new Error("another form");
    },
  };
  t.is(await one.through("p1", KEPT, unreadable, value("fresh", 3)), "fresh", "an unreadable value is a miss");
});

test("a Redis that goes away costs no call, and a drop meanwhile is made up for", async (t) => {
  const port = await freePort();
  const first = await startRedis(port);
  t.teardown(first.stop);
  const [cache, writer] = [cacheOf(t, port), cacheOf(t, port)];
  await Promise.all([untilKept(cache), untilKept(writer)]);
  await cache.through("p1", KEPT, codec, value("old"));
  await first.stop();

  const start = performance.now();
  for (let round = 0; round < 50; round++) t.is(await cache.through("p1", KEPT, codec, value("new", 2)), "new");
  await cache.drop("p2");
  t.true(performance.now() - start < 1500);

  const second = await startRedis(port);
  t.teardown(second.stop);
  await untilKept(writer);
  await writer.through("p2", KEPT, codec, value("stale"));
  await untilKept(cache);
  t.is(await cache.through("p2", KEPT, codec, value("fresh", 2)), "fresh");
});

test("what a process holds for a moment it tells without asking Redis, until it drops it itself", async (t) => {
  const port = await freePort();
  const redis = await startRedis(port);
  t.teardown(redis.stop);
  const [one, other] = [cacheOf(t, port), cacheOf(t, port)];
  await Promise.all([untilKept(one), untilKept(other)]);
  const held = { ...KEPT, heldMs: 60_000 };
  t.is(await one.through("p1", held, codec, value("shoe")), "shoe");
  await other.drop("p1");
  t.is(await one.through("p1", held, codec, never), "shoe", "another's drop is seen when the moment is over");
  await one.drop("p1");
  t.is(await one.through("p1", held, codec, value("boot", 2)), "boot");

  const old = slowValue("old");
  const early = one.through("p2", held, codec, old.load);
  await one.through("warm-up", KEPT, codec, value("warm"));
  await one.drop("p2");
  old.let();
  t.is(await early, "old");
  t.is(await one.through("p2", held, codec, value("new", 2)), "new", "what was dropped while it was read is not held");
});

test("loads of one key at one time are one, without Redis too", async (t) => {
  const cache = cacheOf(t, undefined);
  let loads = 0;
  const load = async () => {
    loads += 1;
    return { version: 1, value: "once" };
  };
  const all = await Promise.all(Array.from({ length: 20 }, () => cache.through("k", KEPT, codec, load)));
  t.deepEqual(new Set(all), new Set(["once"]));
  t.is(loads, 1);
});

test("a reader after a drop does not join a load from before it", async (t) => {
  const cache = cacheOf(t, undefined);
  const old = slowValue("old");
  const early = cache.through("k", KEPT, codec, old.load);
  await cache.drop("k");
  t.is(await cache.through("k", KEPT, codec, value("new", 2)), "new");
  old.let();
  t.is(await early, "old");
});

test("a failed load fails its callers and is not remembered", async (t) => {
  const cache = cacheOf(t, undefined);
  await t.throwsAsync(
    cache.through("k", KEPT, codec, () => Promise.reject(new Error("down"))),
    { message: "down" },
  );
  t.is(await cache.through("k", KEPT, codec, value("up")), "up");
});

test("a circuit opens after failures in a row and lets one through when its pause is over", async (t) => {
  let now = 0;
  let tries = 0;
  const circuit = createCircuit({ maxFailures: 2, pauseMs: 100, now: () => now });
  const fail = () => {
    tries += 1;
    return Promise.reject(new Error("down"));
  };
  for (let round = 0; round < 5; round++) t.is(await circuit(fail), undefined);
  t.is(tries, 2);
  now = 100;
  await circuit(fail);
  await circuit(fail);
  t.is(tries, 3);
  now = 200;
  t.is(await circuit(async () => "up"), "up");
  await circuit(fail);
  t.is(await circuit(async () => "still closed"), "still closed");
});
