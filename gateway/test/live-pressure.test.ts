import { create } from "@bufbuild/protobuf";
import { WatchRequestSchema, type WatchResponse } from "@shopmesh/contracts/shop/mesh/v1/live_service_pb.ts";
import type { Incoming } from "@shopmesh/mesh";
import test from "ava";
import { stranger } from "../src/credentials.ts";
import { createOutbox } from "../src/live/outbox.ts";
import { originOf } from "../src/forward.ts";
import { openDoor } from "./door.ts";
import { cartTopic, growingLog, orderTopic, sayer, versionIn } from "./live-topics.ts";

/** A stream that is read without a socket in between: what is not read waits in the gateway alone. */
function incomingOf(topics: readonly ReturnType<typeof cartTopic>[]): Incoming {
  return {
    request: create(WatchRequestSchema, { topics: [...topics] }),
    headers: { get: () => undefined },
    responseHeaders: { set: () => undefined },
    signal: new AbortController().signal,
    deadlineMs: Number.POSITIVE_INFINITY,
  };
}

test("a slow reader of a log makes its service wait, and misses nothing", async (t) => {
  let given = 0;
  const { live } = await openDoor(t, {
    async *stream() {
      while (given < 1_000) {
        given += 1;
        yield { cursor: String(given), group: { version: 1n } };
      }
    },
  });
  const incoming = incomingOf([orderTopic()]);
  const stream = live.watch({ incoming, origin: originOf(incoming), shown: stranger }) as AsyncIterable<WatchResponse>;
  const reader = sayer(stream);
  t.deepEqual(await reader.next(3), ["beat", "order live", "order 1"]);
  await new Promise(setImmediate);
  t.true(given <= 3, `${given} were read of the service`);
  const rest = await reader.rest();
  t.deepEqual(rest, [...Array.from({ length: 999 }, (_, index) => `order ${index + 2}`), "order ended"]);
});

test("a slow reader of a state is told the newest, and its service does not wait", async (t) => {
  const allRead = Promise.withResolvers<void>();
  const { live } = await openDoor(t, {
    async *stream(_, { origin: { signal } }) {
      for (let version = 1; version <= 1_000; version += 1)
        yield { cursor: String(version), cart: { version: BigInt(version) } };
      allRead.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  });
  const incoming = incomingOf([cartTopic()]);
  const stream = live.watch({ incoming, origin: originOf(incoming), shown: stranger }) as AsyncIterable<WatchResponse>;
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  await iterator.next();
  await allRead.promise;
  const { value } = await iterator.next();
  t.is(versionIn(value), 1_000n);
  await iterator.return?.();
});

test("a topic that says much leaves the others their turn", async (t) => {
  const quiet = growingLog(1);
  const { live } = await openDoor(t, {
    async *stream({ name }, sent) {
      if (name === "WatchCart") return yield* quiet.follow(sent);
      for (let at = 1; ; at += 1) yield { cursor: String(at), group: { version: 1n } };
    },
  });
  const incoming = incomingOf([orderTopic(), cartTopic()]);
  const stream = live.watch({ incoming, origin: originOf(incoming), shown: stranger }) as AsyncIterable<WatchResponse>;
  const reader = sayer(stream);
  t.true((await reader.next(12)).includes("cart 1"));
  quiet.grow(1);
  t.true((await reader.next(8)).includes("cart 2"));
  await reader.leave();
});

test("who waits for room in an outbox goes on when it is closed", async (t) => {
  const outbox = createOutbox<string>();
  const place = outbox.place();
  await place.put("first", false);
  const second = place.put("second", false);
  outbox.close();
  await second;
  t.is(outbox.take(), "first");
  t.is(outbox.take(), undefined);
});
