import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { once } from "node:events";
import http2, { type Http2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { Http2SubchannelConnector } from "@grpc/grpc-js/build/src/transport.js";
import { create } from "@bufbuild/protobuf";
import {
  GetAvailabilityRequestSchema,
  GetAvailabilityResponseSchema,
  InventoryService,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { LeanMap, LeanSet } from "@shopmesh/kernel";
import test from "ava";
import { contractOf } from "../../src/contract.ts";
import { createGrpcTransport } from "../../src/transport/grpc/client.ts";
import { createGrpcServer } from "../../src/transport/grpc/server.ts";
import { leanHttp2 } from "../../src/transport/lean-http2.ts";

leanHttp2();

/** What Node keeps of a session's streams. */
function streamsOf(session: Http2Session): { readonly streams: unknown; readonly pendingStreams: unknown } {
  const symbol = Object.getOwnPropertySymbols(session).find(({ description }) => description === "state");
  return Reflect.get(session, symbol ?? "");
}

test("both ends of a session forget its streams when they end, in this Node too", async (t) => {
  const server = http2.createServer((_request, response) => response.end("answer"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "session");
  const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.teardown(() => (client.destroy(), server.close()));
  const ends = [client, (await accepted)[0] as Http2Session].map(streamsOf);
  for (const { streams, pendingStreams } of ends) {
    t.true(streams instanceof LeanMap);
    t.true(pendingStreams instanceof LeanSet);
  }
  const asked = Array.from({ length: 20 }, async () => {
    const stream = client.request({ ":path": "/" });
    const chunks = await stream.setEncoding("utf8").toArray();
    if (!stream.closed) await once(stream, "close");
    return chunks.join("");
  });
  t.deepEqual(new Set(await Promise.all(asked)), new Set(["answer"]));
  await new Promise(setImmediate);
  t.deepEqual(
    ends.map(({ streams }) => (streams as LeanMap<number, object>).size),
    [0, 0],
  );
});

test("a session that is destroyed ends the streams that it carries", async (t) => {
  const server = http2.createServer(() => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.teardown(() => server.close());
  await once(client, "connect");
  const streams = [1, 2, 3].map(() => client.request({ ":path": "/" }).on("error", () => undefined));
  const ends = streams.map((stream) => once(stream, "close"));
  client.destroy();
  await Promise.all(ends);
  t.true(streams.every(({ destroyed }) => destroyed));
});

test("a channel forgets a call that has ended", async (t) => {
  const opened: object[] = [];
  const { connect } = Http2SubchannelConnector.prototype;
  Http2SubchannelConnector.prototype.connect = async function noted(...args) {
    const transport = await connect.apply(this, args);
    opened.push(transport);
    return transport;
  };
  t.teardown(() => Object.assign(Http2SubchannelConnector.prototype, { connect }));
  const server = createGrpcServer([InventoryService], () => Promise.resolve(create(GetAvailabilityResponseSchema)));
  const transport = createGrpcTransport(`127.0.0.1:${await server.listen("127.0.0.1:0")}`, [InventoryService]);
  t.teardown(async () => (transport.close(), server.stop(0)));
  const outgoing = { headers: {}, deadlineMs: Date.now() + 5_000, signal: new AbortController().signal };
  const request = create(GetAvailabilityRequestSchema, { skus: ["MUG-1"] });
  await transport.unary(contractOf(InventoryService.method.getAvailability), request, outgoing);
  const calls = opened.map((each) => Reflect.get(each, "activeCalls") as LeanSet<object>);
  t.deepEqual(
    calls.map((each) => [each instanceof LeanSet, each.size]),
    [[true, 0]],
  );
});

test("a bound function runs in its resource's context, as whom and with what it is told", (t) => {
  const storage = new AsyncLocalStorage<string>();
  const told = function told(this: unknown, ...args: number[]): unknown {
    return [storage.getStore(), this, args];
  };
  const resource = storage.run("then", () => new AsyncResource("test"));
  const bind: (work: typeof told, thisArg?: object) => typeof told = (...args) =>
    Reflect.apply(resource.bind, resource, args);
  const me = { name: "me" };
  t.deepEqual(
    storage.run("now", () => bind(told, me)(1, 2)),
    ["then", me, [1, 2]],
  );
  t.deepEqual(
    storage.run("now", () => Reflect.apply(bind(told), me, [3])),
    ["then", me, [3]],
  );
});
