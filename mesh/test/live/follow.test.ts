import test, { type ExecutionContext } from "ava";
import type { Call } from "../../src/call.ts";
import { createLive, type LiveHub } from "../../src/live/follow.ts";
import { natsConnection, type NatsServer, natsServer } from "../events/support.ts";

/** A log in memory: the cursor is its length. */
function timeline(hub: () => LiveHub) {
  const entries: string[] = [];
  return {
    write(...more: readonly string[]) {
      entries.push(...more);
      hub().publishWake(["topic"]);
    },
    read: async (cursor: string) => ({
      messages: entries.slice(Number(cursor)),
      cursor: String(entries.length),
    }),
    entries,
  };
}

type World = {
  readonly live: LiveHub;
  readonly drain: AbortController;
  readonly revoke: (sessionId: string) => void;
};

async function liveOf(t: ExecutionContext, server: NatsServer): Promise<World> {
  const drain = new AbortController();
  const revoked = new Set<string>();
  const listeners = new Set<(sessionId: string) => void>();
  const live = createLive({
    nats: await natsConnection(t, server),
    service: "order",
    drainSignal: drain.signal,
    revocations: {
      isRevoked: (sessionId) => revoked.has(sessionId),
      onRevoked: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  });
  t.teardown(() => live.close());
  return {
    live,
    drain,
    revoke(sessionId) {
      revoked.add(sessionId);
      for (const listener of listeners) listener(sessionId);
    },
  };
}

function callOf(signal: AbortSignal = new AbortController().signal): Call {
  // A stream looks at the actor and the signal of its call only.
  return {
    actor: { kind: "person", id: "p", roles: [], sellerId: undefined, sessionId: "s1" },
    signal,
  } as unknown as Call;
}

const NEVER_MS = 600_000;
const settings = { cursor: "0", heartbeat: () => "beat", heartbeatMs: NEVER_MS, pollMs: NEVER_MS };

test("a wake-up in another replica reaches a stream at once", async (t) => {
  const server = await natsServer(t);
  const [here, there] = [await liveOf(t, server), await liveOf(t, server)];
  const log = timeline(() => there.live);
  log.entries.push("zero");
  const stream = here.live.follow(callOf(), "topic", { ...settings, read: log.read })[Symbol.asyncIterator]();
  t.is((await stream.next()).value, "zero");
  const second = stream.next();
  log.write("one");
  t.is((await second).value, "one");
  await stream.return?.();
});

test("whoever resumes is answered at once, though there is no news", async (t) => {
  const { live } = await liveOf(t, await natsServer(t));
  const { read } = timeline(() => live);
  const stream = live.follow(callOf(), "topic", { ...settings, read })[Symbol.asyncIterator]();
  t.is((await stream.next()).value, "beat");
  await stream.return?.();
});

test("what is written while a read is under way is not missed, without any poll", async (t) => {
  const { live } = await liveOf(t, await natsServer(t));
  const log = timeline(() => live);
  let isFirst = true;
  const read = async (cursor: string) => {
    const answer = await log.read(cursor);
    if (isFirst) log.write("raced");
    isFirst = false;
    return answer;
  };
  const stream = live.follow(callOf(), "topic", { ...settings, read })[Symbol.asyncIterator]();
  t.is((await stream.next()).value, "beat");
  t.is((await stream.next()).value, "raced");
  await stream.return?.();
});

test("five hundred entries arrive in order, without gap or repeat", async (t) => {
  const server = await natsServer(t);
  const [here, there] = [await liveOf(t, server), await liveOf(t, server)];
  const log = timeline(() => there.live);
  const expected = Array.from({ length: 500 }, (_, index) => String(index));
  const received: string[] = [];
  const leave = new AbortController();
  const reading = (async () => {
    for await (const message of here.live.follow(callOf(leave.signal), "topic", {
      ...settings,
      read: log.read,
    })) {
      if (message !== "beat") received.push(message);
      if (received.length === expected.length) leave.abort();
    }
  })();
  for (const entry of expected) {
    log.write(entry);
    if (Number(entry) % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await reading;
  t.deepEqual(received, expected);
});

test("a lost wake-up is made good by the poll, and silence by a heartbeat with the cursor", async (t) => {
  const { live } = await liveOf(t, await natsServer(t));
  const log = timeline(() => live);
  const polled = live.follow(callOf(), "topic", { ...settings, pollMs: 20, read: log.read })[Symbol.asyncIterator]();
  t.is((await polled.next()).value, "beat");
  const next = polled.next();
  log.entries.push("without a word");
  t.is((await next).value, "without a word");
  const beating = live
    .follow(callOf(), "topic", {
      ...settings,
      cursor: "1",
      heartbeatMs: 20,
      heartbeat: (cursor) => `at ${cursor}`,
      read: log.read,
    })
    [Symbol.asyncIterator]();
  t.is((await beating.next()).value, "at 1");
  t.is((await beating.next()).value, "at 1");
  await Promise.all([polled.return?.(), beating.return?.()]);
});

test("a draining server and a revoked session end a stream that waits; a client that leaves ends it in silence", async (t) => {
  const server = await natsServer(t);
  const drained = await liveOf(t, server);
  const revoked = await liveOf(t, server);
  const read = timeline(() => drained.live).read;
  const leave = new AbortController();
  const streams = [
    drained.live.follow(callOf(), "topic", { ...settings, read }),
    revoked.live.follow(callOf(), "topic", { ...settings, read }),
    revoked.live.follow(callOf(leave.signal), "topic", { ...settings, read }),
  ].map((stream) => stream[Symbol.asyncIterator]());
  t.deepEqual(
    (await Promise.all(streams.map((stream) => stream.next()))).map(({ value }) => value),
    ["beat", "beat", "beat"],
  );
  const ends = streams.map((stream) => stream.next().catch((error: unknown) => error));
  leave.abort();
  t.deepEqual(await ends[2], { done: true, value: undefined });
  drained.drain.abort();
  t.like(await ends[0], { kind: "unavailable", reason: "DRAINING" });
  revoked.revoke("s1");
  t.like(await ends[1], { kind: "unauthenticated", reason: "SESSION_REVOKED" });
});

test("streams read again when nats was away", async (t) => {
  const server = await natsServer(t);
  const [here, there] = [await liveOf(t, server), await liveOf(t, server)];
  const log = timeline(() => there.live);
  const stream = here.live.follow(callOf(), "topic", { ...settings, read: log.read })[Symbol.asyncIterator]();
  t.is((await stream.next()).value, "beat");
  const next = stream.next();
  await server.kill();
  log.write("meanwhile");
  await server.start();
  t.is((await next).value, "meanwhile");
  await stream.return?.();
});
