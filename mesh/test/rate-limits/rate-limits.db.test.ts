import test, { type ExecutionContext } from "ava";
import { openRateLimits, type RateLimits } from "../../src/rate-limits/rate-limits.ts";
import { freePort, startRedis } from "../redis-server.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const limit = { name: "sign-in", max: 5, windowMs: 60_000 };

/** Two replicas of a service's limits over one Redis. */
async function twoReplicas(t: ExecutionContext) {
  const port = await freePort();
  let redis = await startRedis(port);
  const open = () => {
    const limits = openRateLimits({ url: `redis://127.0.0.1:${port}`, service: "gateway", region: "eu", log: quiet });
    t.teardown(() => limits.close());
    return limits;
  };
  t.teardown(() => redis.stop());
  return {
    replicas: [open(), open()] as const,
    stop: () => redis.stop(),
    async start() {
      redis = await startRedis(port);
    },
  };
}

/** Asks until `isThere`: a connection, or word of others, takes its time. */
async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Calls a key until each replica's call is seen by the other: nothing waits for the connection. */
async function untilShared(replicas: readonly RateLimits[]): Promise<void> {
  const [first, second] = replicas.map((replica) => replica.exact({ ...limit, name: "warm", max: 10_000 }));
  let before = 0;
  await until(async () => {
    await first?.("warm");
    const { remaining } = (await second?.("warm")) ?? { remaining: 0 };
    const isShared = before - remaining === 2;
    before = remaining;
    return isShared;
  });
}

test("an exact limit lets in no call too many over two replicas", async (t) => {
  const { replicas } = await twoReplicas(t);
  const [first, second] = replicas.map((replica) => replica.exact(limit));
  if (first === undefined || second === undefined) throw new Error("two replicas");
  await untilShared(replicas);
  const standings = await Promise.all(Array.from({ length: 20 }, (_, call) => (call % 2 === 0 ? first : second)("a")));
  t.is(standings.filter(({ isOver }) => !isOver).length, 5);
  t.true(standings.every(({ resetMs }) => resetMs > 0 && resetMs <= 60_000));
  t.false((await first("b")).isOver);
});

test("a swift limit hears of the other replica", async (t) => {
  const { replicas } = await twoReplicas(t);
  const [first, second] = replicas.map((replica) => replica.swift({ ...limit, max: 1_000 }));
  if (first === undefined || second === undefined) throw new Error("two replicas");
  for (let call = 0; call < 600; call++) t.false(first("a").isOver);
  await until(() => second("a").remaining < 400);
  t.pass();
});

test("without Redis a limit is kept by each replica, and shared again when Redis is back", async (t) => {
  const { replicas, stop, start } = await twoReplicas(t);
  const [first, second] = replicas.map((replica) => replica.exact({ ...limit, max: 1_000 }));
  if (first === undefined || second === undefined) throw new Error("two replicas");
  await untilShared(replicas);
  await stop();
  t.false((await first("b")).isOver);
  t.is((await first("b")).remaining, 998);
  t.is((await second("b")).remaining, 999);
  await start();
  await untilShared(replicas);
  await first("c");
  t.is((await second("c")).remaining, 998);
});

test("without any Redis configured a limit holds in its process", async (t) => {
  const limits = openRateLimits({ url: undefined, service: "gateway", region: "eu", log: quiet });
  const [exact, swift] = [limits.exact(limit), limits.swift(limit)];
  for (let call = 0; call < 5; call++) t.deepEqual([(await exact("a")).isOver, swift("a").isOver], [false, false]);
  t.deepEqual([(await exact("a")).isOver, swift("a").isOver], [true, true]);
});
