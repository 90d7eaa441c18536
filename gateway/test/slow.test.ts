import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import test, { type ExecutionContext } from "ava";
import { openDoor, reasonOf } from "./door.ts";

const LIST = "/shop.catalog.v1.CatalogService/ListProducts";
const WATCH = "/shop.cart.v1.CartService/WatchCart";
const cartId = "0190a5b2-0000-7000-8000-000000000001";

function dial(t: ExecutionContext, url: string): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1").on("error", () => undefined);
  t.teardown(() => socket.destroy());
  return socket;
}

for (const [what, path, type] of [
  ["message", LIST, "application/json"],
  ["webhook", "/webhooks/stripe", "text/plain"],
]) {
  test(`a ${what} that comes too slowly is refused over HTTP/1.1 and HTTP/2`, async (t) => {
    const { url, sent } = await openDoor(t, { doorLimits: { bodyTimeoutMs: 200 } });
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("{")) });
    const options = { method: "POST", headers: { "content-type": type ?? "" }, body, duplex: "half" };
    const response = await fetch(url + path, options as RequestInit);
    t.is(response.status, 408);
    t.is(await reasonOf(response), "BODY_TIMEOUT");
    const session = connectHttp2(url);
    t.teardown(() => session.destroy());
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": type });
    stream.write("{");
    const [headers] = await once(stream, "response");
    t.is(headers[":status"], 408);
    t.deepEqual(sent, []);
  });
}

test("a client that leaves in the middle of its message reaches nobody", async (t) => {
  const { url, sent, post } = await openDoor(t);
  const socket = dial(t, url);
  socket.write(`POST ${LIST} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`);
  await new Promise((resolve) => socket.once("ready", resolve));
  socket.destroy();
  await post("catalog.v1.CatalogService/ListProducts", {});
  t.is(sent.length, 1);
});

/** Messages of 1 MiB without an end; tells when it is left. */
function endless() {
  const left = Promise.withResolvers<void>();
  async function* stream() {
    try {
      for (let version = 1n; ; version += 1n) yield { cursor: "x".repeat(1024 * 1024), cart: { version } };
    } finally {
      left.resolve();
    }
  }
  return { stream, left: left.promise };
}

test("a stream that nobody reads is ended over HTTP/1.1 and HTTP/2", async (t) => {
  const first = endless();
  const { url } = await openDoor(t, { stream: first.stream, doorLimits: { stallMs: 200 } });
  const body = `{"cartId":"${cartId}"}`;
  const message = Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), Buffer.from(body)]);
  const socket = dial(t, url).pause();
  const head = `POST ${WATCH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/connect+json\r\n`;
  socket.write(`${head}content-length: ${message.length}\r\n\r\n`);
  socket.write(message);
  await first.left;

  const second = endless();
  const other = await openDoor(t, { stream: second.stream, doorLimits: { stallMs: 200 } });
  const session = connectHttp2(other.url);
  t.teardown(() => session.destroy());
  const stream = session.request({ ":method": "POST", ":path": WATCH, "content-type": "application/grpc" });
  stream.on("error", () => undefined);
  stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, cartId.length + 2, 0x0a, cartId.length]), Buffer.from(cartId)]));
  await second.left;
  t.false(session.closed, "the connection has other streams");
});

test("an answer that nobody reads ends its connection", async (t) => {
  const answered = Promise.withResolvers<void>();
  const products = Array.from({ length: 16 }, () => ({ description: "x".repeat(1024 * 1024) }));
  const { url, door } = await openDoor(t, {
    answer: () => (answered.resolve(), { products }),
    doorLimits: { stallMs: 200 },
    drainMs: 120_000,
  });
  const socket = dial(t, url).pause();
  socket.write(`POST ${LIST} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`);
  await answered.promise;
  // The door is closed when its last connection is.
  await door.stop();
  t.pass();
});

test("a stream that is read stays open beyond every bound", async (t) => {
  const { url } = await openDoor(t, {
    doorLimits: { stallMs: 500, bodyTimeoutMs: 500, idleTimeoutMs: 500, headersTimeoutMs: 500 },
    async *stream() {
      for (let version = 1n; version <= 3n; version += 1n) {
        yield { cursor: String(version), cart: { version } };
        // A connection that says nothing is closed at its bound: then this stream has passed it too.
        const silent = dial(t, url).resume();
        await new Promise((resolve) => silent.once("close", resolve));
      }
    },
  });
  for (const httpVersion of ["1.1", "2"] as const) {
    const client = createClient(CartService, createConnectTransport({ baseUrl: url, httpVersion }));
    const cursors: string[] = [];
    for await (const { cursor } of client.watchCart({ cartId })) cursors.push(cursor);
    t.deepEqual(cursors, ["1", "2", "3"]);
  }
});

test("a door that closes ends its streams, so that their clients resume elsewhere, and answers its calls", async (t) => {
  const release = Promise.withResolvers<object>();
  const asked = Promise.withResolvers<void>();
  const { url, door, post } = await openDoor(t, {
    drainMs: 120_000,
    answer: () => (asked.resolve(), release.promise as Promise<Record<string, unknown>>),
    async *stream(_, { origin: { signal } }) {
      yield { cursor: "1", cart: { version: 1n } };
      await once(signal, "abort");
    },
  });
  const client = createClient(CartService, createConnectTransport({ baseUrl: url, httpVersion: "1.1" }));
  const watching = client.watchCart({ cartId })[Symbol.asyncIterator]();
  t.is((await watching.next()).value?.cursor, "1");
  const call = post("catalog.v1.CatalogService/ListProducts", {});
  await asked.promise;
  const stopped = door.stop();
  const error = ConnectError.from(await t.throwsAsync(watching.next()));
  t.is(error.code, Code.Unavailable);
  t.is(error.findDetails(ErrorInfoSchema)[0]?.reason, "DRAINING");
  release.resolve({});
  t.is((await call).status, 200);
  await stopped;
});
