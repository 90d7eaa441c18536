import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Code, ConnectError } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { openDoor } from "./door.ts";
import { cartId, cartTopic, growingLog, jsonOptions, liveClient, orderTopic, said, sayer } from "./live-topics.ts";

const run = promisify(execFile);
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const reasonOf = (error: unknown) => ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason;

const transports = {
  "Connect JSON over HTTP/1.1": (baseUrl: string) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", jsonOptions }),
  "Connect binary over HTTP/1.1": (baseUrl: string) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true }),
  "gRPC over h2c": (baseUrl: string) => createGrpcTransport({ baseUrl }),
  "gRPC-Web over HTTP/1.1": (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
};

for (const [name, transportTo] of Object.entries(transports)) {
  test(`${name}: topics of several services share a stream that ends with the last of them`, async (t) => {
    const { url, sent } = await openDoor(t, {
      async *stream({ name: method }) {
        yield { cursor: "1", ...(method === "WatchCart" ? { cart: { version: 1n } } : { group: { version: 1n } }) };
      },
    });
    const all: string[] = [];
    for await (const response of liveClient(url, transportTo(url)).watch({ topics: [orderTopic(), cartTopic()] })) {
      all.push(said(response));
    }
    t.is(all[0], "beat", "it says at once that it is there");
    for (const topic of ["order", "cart"]) {
      const own = all.filter((what) => what.startsWith(topic));
      t.deepEqual(own, [`${topic} live`, `${topic} 1`, `${topic} ended`]);
    }
    t.deepEqual(sent.map(({ name: service }) => service).sort(), ["cart", "order"]);
  });
}

test("buf curl follows topics, with nothing but reflection", async (t) => {
  t.timeout(60_000);
  const { url } = await openDoor(t, {
    async *stream() {
      yield { cursor: "1", cart: { version: 7n } };
    },
  });
  const request = { "@type": "type.googleapis.com/shop.cart.v1.WatchCartRequest", cartId };
  const topics = [
    { id: "cart", method: "shop.cart.v1.CartService/WatchCart", request },
    { id: "order", method: "shop.order.v1.OrderService/WatchOrder", request },
  ];
  const options = ["curl", "--http2-prior-knowledge", "--protocol", "grpc", "-d", JSON.stringify({ topics })];
  const { stdout } = await run("buf", [...options, `${url}/shop.mesh.v1.LiveService/Watch`]);
  t.regex(stdout, /"@type":\s*"type.googleapis.com\/shop.cart.v1.WatchCartResponse"/);
  t.regex(stdout, /"version":\s*"7"/);
  t.regex(stdout, /TOPIC_REQUEST_MISMATCH/);
});

test("a topic begins after its cursor, and a heartbeat of its service is not told", async (t) => {
  const log = growingLog(3);
  const { url } = await openDoor(t, { stream: (_, sent) => log.follow(sent) });
  const stream = sayer(liveClient(url).watch({ topics: [orderTopic({ cursor: "3" })] }));
  t.deepEqual(await stream.next(2), ["beat", "order live"]);
  log.grow(1);
  t.deepEqual(await stream.next(1), ["order 4"]);
  await stream.leave();
});

test("what is refused to one topic ends nothing else", async (t) => {
  const log = growingLog(1);
  const { url } = await openDoor(t, {
    async *stream({ name }, sent) {
      if (name === "WatchCart") throw new DomainError("not-found", "CART_NOT_FOUND");
      yield* log.follow(sent);
    },
  });
  const topics = [
    orderTopic(),
    cartTopic(),
    { ...cartTopic({ method: "shop.cart.v1.CartService/GetCart" }), id: "no stream" },
    { ...orderTopic({ method: "shop.cart.v1.CartService/WatchCart" }), id: "other request" },
  ];
  const stream = sayer(liveClient(url).watch({ topics }));
  const told = await stream.next(6);
  t.deepEqual([...told].sort(), [
    "beat",
    "cart ended CART_NOT_FOUND",
    "no stream ended TOPIC_METHOD_UNKNOWN",
    "order 1",
    "order live",
    "other request ended TOPIC_REQUEST_MISMATCH",
  ]);
  log.grow(1);
  t.deepEqual(await stream.next(1), ["order 2"]);
  await stream.leave();
});

test("a service that goes away and comes back leaves no gap and no repeat", async (t) => {
  const log = growingLog(2);
  const { url, sent } = await openDoor(t, { stream: (_, call) => log.follow(call) });
  const stream = sayer(liveClient(url).watch({ topics: [orderTopic()] }));
  t.deepEqual(await stream.next(4), ["beat", "order live", "order 1", "order 2"]);
  log.fail(new DomainError("unavailable", "UNAVAILABLE"));
  t.deepEqual(await stream.next(2), ["order interrupted UNAVAILABLE", "order live"]);
  log.grow(1);
  t.deepEqual(await stream.next(1), ["order 3"]);
  t.deepEqual(
    sent.map(({ request }) => request["cursor"]),
    ["", "2"],
  );
  await stream.leave();
});

test("a topic is opened by its own access token, the others by whoever opened the stream", async (t) => {
  const { url, sent } = await openDoor(t);
  const topics = [orderTopic({ accessToken: "gt_order" }), cartTopic()];
  await sayer(liveClient(url).watch({ topics }, bearer("gt_cart"))).rest();
  const actors = Object.fromEntries(sent.map(({ name, origin }) => [name, origin.actorToken]));
  t.deepEqual(actors, { order: "actor of gt_order", cart: "actor of gt_cart" });
});

test("a stranger's topics are opened by nobody, also with a cookie that has ended", async (t) => {
  const { url, sent } = await openDoor(t, { isKnown: () => false });
  const taken: string[] = [];
  const options = {
    headers: { cookie: "shopmesh_session=st_over", "sec-fetch-site": "same-origin" },
    onHeader: (headers: Headers) => void taken.push(headers.get("set-cookie") ?? ""),
  };
  await sayer(liveClient(url).watch({ topics: [orderTopic()] }, options)).rest();
  t.is(sent[0]?.origin.actorToken, "");
  t.regex(taken.join(), /Max-Age=0/);
});

test("a session that is revoked ends its topics, and is asked for anew", async (t) => {
  const log = growingLog(1);
  const { url, exchanged } = await openDoor(t, { stream: (_, sent) => log.follow(sent) });
  const stream = sayer(liveClient(url).watch({ topics: [orderTopic()] }, bearer("st_a")));
  await stream.next(3);
  log.fail(new DomainError("unauthenticated", "SESSION_REVOKED"));
  t.deepEqual(await stream.rest(), ["order ended SESSION_REVOKED"]);
  await sayer(liveClient(url).watch({ topics: [orderTopic()] }, bearer("st_a"))).next(1);
  t.deepEqual(exchanged, ["st_a", "st_a"]);
});

test("a topic goes over to a fresh token from its cursor, and nobody notices", async (t) => {
  const log = growingLog(1);
  const reopened = Promise.withResolvers<void>();
  let opened = 0;
  const { url } = await openDoor(t, {
    renewMs: 1,
    stream: (_, sent) => {
      opened += 1;
      if (opened === 3) reopened.resolve();
      return log.follow(sent);
    },
  });
  const stream = sayer(liveClient(url).watch({ topics: [orderTopic()] }, bearer("st_a")));
  t.deepEqual(await stream.next(3), ["beat", "order live", "order 1"]);
  await reopened.promise;
  log.grow(2);
  t.deepEqual(await stream.next(2), ["order 2", "order 3"]);
  await stream.leave();
});

test("a topic ends when its credential does, though its service was not told", async (t) => {
  const log = growingLog(1);
  let isKnown = true;
  const { url, forget } = await openDoor(t, {
    renewMs: 1,
    isKnown: () => isKnown,
    stream: (_, sent) => log.follow(sent),
  });
  const stream = sayer(liveClient(url).watch({ topics: [orderTopic({ accessToken: "gt_a" })] }));
  await stream.next(3);
  isKnown = false;
  forget("gt_a");
  t.deepEqual(await stream.rest(), ["order ended SESSION_INVALID"]);
});

test("a silent stream says that it is there", async (t) => {
  const log = growingLog(0);
  const { url } = await openDoor(t, { heartbeatMs: 1, stream: (_, sent) => log.follow(sent) });
  const stream = sayer(liveClient(url).watch({ topics: [orderTopic()] }));
  const told = await stream.next(4);
  t.true(told.filter((what) => what === "beat").length >= 3);
  await stream.leave();
});

test("a gateway that leaves ends its streams UNAVAILABLE, and opens none", async (t) => {
  const log = growingLog(1);
  const { url, live } = await openDoor(t, { stream: (_, sent) => log.follow(sent) });
  const stream = sayer(liveClient(url).watch({ topics: [orderTopic()] }));
  await stream.next(3);
  live.drain();
  for (const ending of [stream, sayer(liveClient(url).watch({ topics: [orderTopic()] }))]) {
    const error = await t.throwsAsync(ending.rest());
    t.is(ConnectError.from(error).code, Code.Unavailable);
    t.is(reasonOf(error), "DRAINING");
  }
});

test("a client that leaves takes its topics along", async (t) => {
  const signals: AbortSignal[] = [];
  const log = growingLog(1);
  const { url, live } = await openDoor(t, {
    stream: (_, sent) => {
      signals.push(sent.origin.signal);
      return log.follow(sent);
    },
  });
  const leaving = new AbortController();
  const watching = liveClient(url).watch({ topics: [orderTopic(), cartTopic()] }, { signal: leaving.signal });
  await sayer(watching).next(5);
  t.deepEqual(live.count(), { streams: 1, topics: 2 });
  const left = Promise.all(
    signals.map((signal) => new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()))),
  );
  leaving.abort();
  await left;
  while (live.count().streams > 0) await new Promise(setImmediate);
  t.pass();
});

const refused = test.macro({
  exec: async (t, topics: Parameters<ReturnType<typeof liveClient>["watch"]>[0]["topics"], reason: string) => {
    const { url, sent } = await openDoor(t);
    const error = await t.throwsAsync(sayer(liveClient(url).watch({ topics: topics ?? [] })).rest());
    t.is(ConnectError.from(error).code, Code.InvalidArgument);
    t.is(reasonOf(error), reason);
    t.deepEqual(sent, []);
  },
  title: (name) => name ?? "",
});
test("a stream without a topic is refused", refused, [], "VALIDATION_FAILED");
test("two topics of one name are refused", refused, [orderTopic(), orderTopic()], "TOPIC_REPEATED");
test(
  "more topics than a stream carries are refused",
  refused,
  Array.from({ length: 65 }, (_, index) => ({ ...orderTopic(), id: String(index) })),
  "VALIDATION_FAILED",
);
