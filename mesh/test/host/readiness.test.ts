import test from "ava";
import { stateOf } from "../../src/host/readiness.ts";

const well = {
  consumers: { isReady: () => true, isAttached: () => true },
  pingDatabase: async () => undefined,
  isNatsConnected: true,
};

test("a service with all that it stands on is ready, and lacks nothing", async (t) => {
  t.deepEqual(await stateOf(well), { ready: true });
});

test("a service that has no database needs none", async (t) => {
  t.deepEqual(await stateOf({ ...well, pingDatabase: undefined }), { ready: true });
});

test("without NATS a service stays ready and says what it lacks: the shop sells on", async (t) => {
  const state = await stateOf({
    ...well,
    isNatsConnected: false,
    consumers: { isReady: () => true, isAttached: () => false },
  });
  t.deepEqual(state, { ready: true, degraded: "NATS is away: events wait" });
});

test("a stream that was lost makes no service unready", async (t) => {
  const state = await stateOf({ ...well, consumers: { isReady: () => true, isAttached: () => false } });
  t.deepEqual(state, { ready: true, degraded: "its consumers wait for their streams" });
});

test("a service that starts is ready only once its consumers have stood", async (t) => {
  t.like(await stateOf({ ...well, consumers: undefined }), { ready: false });
  const consumers = { isReady: () => false, isAttached: () => false };
  t.like(await stateOf({ ...well, consumers }), { ready: false, reason: "its consumers are not there yet" });
  t.like(await stateOf({ ...well, consumers, isNatsConnected: false }), { ready: false, reason: "NATS is away" });
});

test("without its database a service is not ready, and says why", async (t) => {
  const pingDatabase = () => Promise.reject(new Error("connection refused"));
  t.deepEqual(await stateOf({ ...well, pingDatabase }), { ready: false, reason: "connection refused" });
});
