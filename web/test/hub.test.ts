import { create } from "@bufbuild/protobuf";
import {
  TopicState,
  type WatchResponse,
  WatchResponseSchema,
} from "@shopmesh/contracts/shop/mesh/v1/live_service_pb.ts";
import test, { type ExecutionContext } from "ava";
import { createHub, type SentTopic } from "../src/live/hub.ts";
import type { FromHub, LiveTopic } from "../src/live/words.ts";

const request = new Uint8Array([1]);
const state: LiveTopic = { method: "C/WatchCart", typeName: "C", request, isState: true, accessToken: "", cursor: "" };
const log: LiveTopic = { ...state, method: "O/WatchOrder", isState: false };

type Stream = {
  readonly topics: readonly SentTopic[];
  /** Says something of the topic whose method begins so. */
  readonly message: (method: string, cursor: string) => void;
  readonly status: (method: string, state: TopicState) => void;
  /** Breaks it. */
  readonly fail: () => void;
};

/** A gateway whose streams the test speaks on: each `opened()` is the next one. */
function gateway() {
  const streams: Stream[] = [];
  let onOpen = (): void => {};
  return {
    count: () => streams.length,
    async opened(nth: number): Promise<Stream> {
      for (;;) {
        const stream = streams[nth - 1];
        if (stream !== undefined) return stream;
        await new Promise<void>((resolve) => {
          onOpen = resolve;
        });
      }
    },
    open(topics: readonly SentTopic[], signal: AbortSignal): AsyncIterable<WatchResponse> {
      const { readable, writable } = new TransformStream<WatchResponse, WatchResponse>(undefined, undefined, {
        highWaterMark: 100,
      });
      const writer = writable.getWriter();
      const end = (): void => void writer.abort(new Error("broken")).catch(() => undefined);
      signal.addEventListener("abort", end);
      const idOf = (method: string) => topics.find((topic) => topic.method.startsWith(method))?.id ?? "";
      const say = (event: Parameters<typeof create<typeof WatchResponseSchema>>[1]) =>
        void writer.write(create(WatchResponseSchema, event)).catch(() => undefined);
      streams.push({
        topics,
        message: (method, cursor) =>
          say({ event: { case: "message", value: { topicId: idOf(method), cursor, response: { value: request } } } }),
        status: (method, to) => say({ event: { case: "status", value: { topicId: idOf(method), state: to } } }),
        fail: end,
      });
      onOpen();
      return readable;
    },
  };
}

/** A tab that remembers what it heard, and waits until it has heard enough; it leaves with its test, or the stream would be opened for ever. */
function tab(t: ExecutionContext, hub: ReturnType<typeof createHub>) {
  const heard: string[] = [];
  let onWord = (): void => {};
  const member = hub.join((word) => {
    heard.push(short(word));
    onWord();
  });
  t.teardown(member.leave);
  return {
    ...member,
    heard,
    async hears(count: number): Promise<readonly string[]> {
      while (heard.length < count) {
        await new Promise<void>((resolve) => {
          onWord = resolve;
        });
      }
      return heard;
    },
  };
}

function short(word: FromHub): string {
  if (word.kind === "message") return `${word.id} at ${word.cursor}`;
  return word.kind === "flow" ? `${word.id} ${word.isLive ? "flows" : "stands"}` : `${word.id} ended`;
}

function hubOver(door: ReturnType<typeof gateway>) {
  return createHub({ open: door.open, pauseMs: () => 0, whenFree: () => new Promise(() => undefined) });
}

test("tabs share one stream, and a state that both want is asked for once", async (t) => {
  const door = gateway();
  const hub = hubOver(door);
  const [first, second] = [tab(t, hub), tab(t, hub)];
  first.hear({ kind: "follow", id: 1, topic: state });
  first.hear({ kind: "follow", id: 2, topic: log });
  second.hear({ kind: "follow", id: 1, topic: state });
  second.hear({ kind: "follow", id: 2, topic: log });
  const stream = await door.opened(1);
  t.deepEqual(
    stream.topics.map(({ method }) => method),
    ["C/WatchCart", "O/WatchOrder", "O/WatchOrder"],
  );
  stream.message("C", "5");
  t.deepEqual((await first.hears(1)).slice(0, 1), ["1 at 5"]);
  t.true((await second.hears(2)).includes("1 at 5"));
});

test("a tab that comes later is told the state as it is, at once", async (t) => {
  const door = gateway();
  const hub = hubOver(door);
  const [first, second] = [tab(t, hub), tab(t, hub)];
  first.hear({ kind: "follow", id: 1, topic: state });
  const stream = await door.opened(1);
  stream.status("C", TopicState.LIVE);
  stream.message("C", "5");
  await first.hears(2);
  second.hear({ kind: "follow", id: 7, topic: state });
  t.deepEqual(await second.hears(2), ["7 at 5", "7 flows"]);
  t.is(door.count(), 1);
});

test("a break is told, and everything goes on where it was", async (t) => {
  const door = gateway();
  const page = tab(t, hubOver(door));
  page.hear({ kind: "follow", id: 1, topic: log });
  const broken = await door.opened(1);
  broken.status("O", TopicState.LIVE);
  broken.message("O", "3");
  await page.hears(2);
  broken.fail();
  const next = await door.opened(2);
  t.is(next.topics[0]?.cursor, "3");
  next.status("O", TopicState.LIVE);
  next.message("O", "4");
  t.deepEqual(await page.hears(5), ["1 flows", "1 at 3", "1 stands", "1 flows", "1 at 4"]);
});

test("another topic opens the stream anew from the cursors, and nobody is told of a break", async (t) => {
  const door = gateway();
  const page = tab(t, hubOver(door));
  page.hear({ kind: "follow", id: 1, topic: state });
  const first = await door.opened(1);
  first.status("C", TopicState.LIVE);
  first.message("C", "5");
  await page.hears(2);
  page.hear({ kind: "follow", id: 2, topic: log });
  const second = await door.opened(2);
  t.deepEqual(
    second.topics.map(({ method, cursor }) => `${method} ${cursor}`),
    ["C/WatchCart 5", "O/WatchOrder "],
  );
  second.status("C", TopicState.LIVE);
  second.message("O", "1");
  t.deepEqual(await page.hears(3), ["1 flows", "1 at 5", "2 at 1"]);
});

test("whoever signs in or out is asked for anew", async (t) => {
  const door = gateway();
  const page = tab(t, hubOver(door));
  page.hear({ kind: "follow", id: 1, topic: state });
  await door.opened(1);
  page.hear({ kind: "renew" });
  await door.opened(2);
  t.pass();
});

test("a topic that ends is followed no more, by the hub or after a break", async (t) => {
  const door = gateway();
  const page = tab(t, hubOver(door));
  page.hear({ kind: "follow", id: 1, topic: log });
  page.hear({ kind: "follow", id: 2, topic: state });
  const first = await door.opened(1);
  first.status("O", TopicState.ENDED);
  t.deepEqual(await page.hears(1), ["1 ended"]);
  first.fail();
  const second = await door.opened(2);
  t.deepEqual(
    second.topics.map(({ method }) => method),
    ["C/WatchCart"],
  );
});

test("a tab that is gone, by a word or by its lock, leaves nothing behind", async (t) => {
  const door = gateway();
  const crash = Promise.withResolvers<void>();
  const hub = createHub({ open: door.open, pauseMs: () => 0, whenFree: () => crash.promise });
  const [staying, leaving, crashing] = [tab(t, hub), tab(t, hub), tab(t, hub)];
  crashing.hear({ kind: "hello", lock: "a" });
  staying.hear({ kind: "follow", id: 1, topic: state });
  leaving.hear({ kind: "follow", id: 1, topic: log });
  crashing.hear({ kind: "follow", id: 1, topic: log });
  const first = await door.opened(1);
  t.is(first.topics.length, 3);
  leaving.hear({ kind: "bye" });
  crash.resolve();
  await crash.promise;
  first.fail();
  const second = await door.opened(2);
  t.deepEqual(
    second.topics.map(({ method }) => method),
    ["C/WatchCart"],
  );
});
