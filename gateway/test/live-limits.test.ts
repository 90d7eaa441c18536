import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import test from "ava";
import { type Shown, stranger } from "../src/credentials.ts";
import { createStreamLimits } from "../src/live/limits.ts";
import { openDoor } from "./door.ts";
import { cartId, growingLog, liveClient, orderTopic, sayer } from "./live-topics.ts";

const one = { streams: 1, topics: 1 };
const many = { streams: 10, topics: 10 };
const personOf = (name: string): Shown => ({ actorToken: name, principal: name, person: name });
const guestOf = (name: string): Shown => ({ actorToken: name, principal: name, person: undefined });

/** So many topics. */
function topicsOf(count: number) {
  return Array.from({ length: count }, (_, at) => ({ ...orderTopic(), id: `order ${at}` }));
}

/** Why `stream` was refused. */
async function refusal(stream: AsyncIterable<unknown>) {
  try {
    for await (const _ of stream) continue;
  } catch (error) {
    const { code, metadata } = ConnectError.from(error);
    return { code, metadata, reason: ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason };
  }
  throw new Error("the stream was not refused");
}

test("each topic beyond the first is a request of its address: a stream that asks for too many is refused", async (t) => {
  const { url, post, sent } = await openDoor(t, { perAddress: 10 });
  await sayer(liveClient(url).watch({ topics: topicsOf(8) })).rest();
  t.is(sent.length, 8);
  const refused = await refusal(liveClient(url).watch({ topics: topicsOf(3) }));
  t.is(refused.code, Code.ResourceExhausted);
  t.is(refused.reason, "RATE_LIMITED");
  t.true(Number(refused.metadata.get("retry-after")) > 50);
  t.regex(refused.metadata.get("ratelimit") ?? "", /"address";r=0;t=/);
  t.is((await post("catalog.v1.CatalogService/GetProduct", { id: "p-1" })).status, 429);
  t.is(sent.length, 8, "none of its topics was opened");
});

test("so many access tokens in one stream cost as much as so many requests, before auth is asked", async (t) => {
  const { url, exchanged } = await openDoor(t, { perAddress: 10 });
  const topics = topicsOf(12).map((topic, at) => ({ ...topic, accessToken: `gt_${at}` }));
  t.is((await refusal(liveClient(url).watch({ topics }))).reason, "RATE_LIMITED");
  t.deepEqual(exchanged, []);
});

test("a topic is a call of whoever opens it: it waits where that is one too many", async (t) => {
  const log = growingLog(1);
  const { url } = await openDoor(t, { perPrincipal: 1, stream: (_, sent) => log.follow(sent) });
  const [first, second] = [topicsOf(1), topicsOf(1)].map((topics) =>
    sayer(liveClient(url).watch({ topics: topics.map((topic) => ({ ...topic, accessToken: "gt_a" })) })),
  );
  t.deepEqual(await first?.next(3), ["beat", "order 0 live", "order 0 1"]);
  t.deepEqual(await second?.next(2), ["beat", "order 0 interrupted RATE_LIMITED"]);
  await Promise.all([first?.leave(), second?.leave()]);
});

test("whoever invents guests' tokens opens no more streams from one address, and a place that is left is free", async (t) => {
  const log = growingLog(1);
  const limits = { ofAddress: { streams: 2, topics: 10 } };
  const { url, live } = await openDoor(t, { limits, stream: (_, sent) => log.follow(sent) });
  const leaving = new AbortController();
  const open = (token: string, signal = new AbortController().signal) =>
    liveClient(url).watch({ topics: topicsOf(1) }, { headers: { authorization: `Bearer ${token}` }, signal });
  await sayer(open("gt_a", leaving.signal)).next(3);
  const second = sayer(open("gt_b"));
  await second.next(3);
  const refused = await refusal(open("gt_c"));
  t.is(refused.code, Code.ResourceExhausted);
  t.is(refused.reason, "TOO_MANY_STREAMS");
  leaving.abort();
  while (live.count().streams > 1) await new Promise(setImmediate);
  const third = sayer(open("gt_d"));
  t.is((await third.next(1)).length, 1);
  await Promise.all([second.leave(), third.leave()]);
});

test("a live RPC that is called by itself is held as a topic is", async (t) => {
  const log = growingLog(1);
  const limits = { ofAddress: { streams: 2, topics: 2 } };
  const { url } = await openDoor(t, { limits, stream: (_, sent) => log.follow(sent) });
  const cart = createClient(CartService, createConnectTransport({ baseUrl: url, httpVersion: "1.1" }));
  const held = cart.watchCart({ cartId })[Symbol.asyncIterator]();
  await held.next();
  t.is((await refusal(liveClient(url).watch({ topics: topicsOf(2) }))).reason, "TOO_MANY_TOPICS");
  const stream = sayer(liveClient(url).watch({ topics: topicsOf(1) }));
  await stream.next(1);
  t.is((await refusal(cart.watchCart({ cartId }))).reason, "TOO_MANY_TOPICS");
  await Promise.all([held.return?.(), stream.leave()]);
});

test("a person is counted by name wherever they are, and takes no place of the others at the address", (t) => {
  const limits = createStreamLimits({ total: 10, ofPerson: one, ofAddress: one });
  limits.enter({ shown: personOf("person:mira"), address: "192.0.2.1" }, one);
  const again = { shown: personOf("person:mira"), address: "192.0.2.2" };
  t.like(
    t.throws(() => limits.enter(again, one)),
    { reason: "TOO_MANY_STREAMS", metadata: { limit: "1" } },
  );
  t.notThrows(() => limits.enter({ shown: personOf("person:ole"), address: "192.0.2.1" }, one));
  t.notThrows(() => limits.enter({ shown: stranger, address: "192.0.2.1" }, one));
});

test("strangers and guests of one address are counted together, another address apart", (t) => {
  const limits = createStreamLimits({ total: 10, ofPerson: one, ofAddress: { streams: 2, topics: 3 } });
  limits.enter({ shown: stranger, address: "192.0.2.1" }, one);
  const guest = { shown: guestOf("gt_a"), address: "192.0.2.1" };
  t.like(
    t.throws(() => limits.enter(guest, { streams: 1, topics: 3 })),
    { reason: "TOO_MANY_TOPICS", metadata: { limit: "3" } },
  );
  const leave = limits.enter(guest, { streams: 1, topics: 2 });
  t.throws(() => limits.enter(guest, { streams: 0, topics: 1 }));
  t.notThrows(() => limits.enter({ shown: stranger, address: "192.0.2.2" }, one));
  leave();
  t.notThrows(() => limits.enter(guest, { streams: 1, topics: 2 }));
});

test("all streams together have a limit too", (t) => {
  const limits = createStreamLimits({ total: 1, ofPerson: many, ofAddress: many });
  const holder = { shown: stranger, address: "192.0.2.1" };
  const leave = limits.enter(holder, one);
  t.like(
    t.throws(() => limits.enter(holder, one)),
    { reason: "TOO_MANY_STREAMS", metadata: { limit: "1" } },
  );
  t.notThrows(() => limits.enter(holder, { streams: 0, topics: 1 }), "it is no stream of topics");
  leave();
  t.notThrows(() => limits.enter(holder, one));
});
