import { once } from "node:events";
import test from "ava";
import { sendBytes } from "../../src/transport/connect/send.ts";
import { frame, preface, resetRequest } from "../../src/testing/index.ts";
import { closed, get, heard, openPort } from "./edge.ts";

const REQUEST = "GET / HTTP/1.1\r\nhost: shop\r\n";

test("HTTP/2 is told from HTTP/1.1 however its first bytes are cut into packets", async (t) => {
  const { dial } = await openPort(t);
  const socket = dial().setNoDelay(true);
  for (const byte of preface.subarray(0, 6)) {
    await new Promise((resolve) => socket.write(Buffer.of(byte), () => setImmediate(resolve)));
  }
  socket.write(preface.subarray(6));
  const [first] = (await once(socket, "data")) as [Buffer];
  t.is(first.readUInt8(3), 4, "the server's settings");
});

test("HTTP/1.1 that begins like HTTP/2 is answered all the same", async (t) => {
  const { dial } = await openPort(t);
  const socket = dial();
  socket.write("P");
  await new Promise((resolve) => setImmediate(resolve));
  socket.write("UT / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
  t.regex(await heard(socket), /^HTTP\/1.1 200 /);
});

test("a connection that says nothing is closed", async (t) => {
  const { dial } = await openPort(t, undefined, { headersTimeoutMs: 100 });
  t.is(await heard(dial()), "");
});

test("a connection that leaves before it says anything is closed", async (t) => {
  const { dial } = await openPort(t);
  t.is(await heard(dial().end()), "");
});

test("a client that has said all and closed its half is answered", async (t) => {
  const { dial } = await openPort(t);
  t.regex(await heard(dial().end(`${REQUEST}\r\n`)), /well$/);
});

test("headers that come too slowly are refused", async (t) => {
  const { dial } = await openPort(t, undefined, { headersTimeoutMs: 200 });
  const socket = dial();
  socket.write(REQUEST);
  const answer = await heard(socket);
  t.regex(answer, /^HTTP\/1.1 408 /);
  t.regex(answer, /REQUEST_TIMEOUT/);
});

test("a body that comes too slowly ends its connection", async (t) => {
  const { dial } = await openPort(t, (request) => void request.resume(), {
    headersTimeoutMs: 200,
    requestTimeoutMs: 300,
  });
  const socket = dial();
  socket.write("POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: 10\r\n\r\nx");
  await heard(socket);
  t.pass();
});

test("headers that are too large are refused", async (t) => {
  const { dial } = await openPort(t, undefined, { maxHeaderBytes: 1_024 });
  const socket = dial();
  socket.write(`${REQUEST}x: ${"x".repeat(2_000)}\r\n\r\n`);
  const answer = await heard(socket);
  t.regex(answer, /^HTTP\/1.1 431 /);
  t.regex(answer, /HEADERS_TOO_LARGE/);
});

test("headers that are too many are refused", async (t) => {
  const { dial } = await openPort(t, undefined, { maxHeaders: 10 });
  const socket = dial();
  socket.write(`${REQUEST}connection: close\r\n${"x: y\r\n".repeat(20)}\r\n`);
  const answer = await heard(socket);
  t.regex(answer, /^HTTP\/1.1 431 /);
  t.regex(answer, /HEADERS_TOO_LARGE/);
});

test("headers that are too large end their HTTP/2 stream, not its connection", async (t) => {
  const { dialHttp2 } = await openPort(t, undefined, { maxHeaderBytes: 1_024 });
  const session = dialHttp2();
  await get(session);
  const stream = session.request({ ":path": "/", x: "x".repeat(2_000) });
  const error = await t.throwsAsync(once(stream, "response"));
  t.regex(error?.message ?? "", /NGHTTP2_ENHANCE_YOUR_CALM/);
  t.is((await get(session)).body, "well");
});

test("headers that are too large are refused before their sender has agreed to any limit", async (t) => {
  const { dialHttp2 } = await openPort(t, undefined, { maxHeaderBytes: 1_024 });
  const stream = dialHttp2().request({ ":path": "/", x: "x".repeat(2_000) });
  const [headers] = await once(stream, "response");
  t.is(headers[":status"], 431);
});

test("what is no HTTP is refused", async (t) => {
  const { dial } = await openPort(t);
  const socket = dial();
  socket.write("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n");
  const answer = await heard(socket);
  t.regex(answer, /^HTTP\/1.1 400 /);
  t.regex(answer, /HTTP_MALFORMED/);
});

test("a length that comes twice is refused: the two ends could read different requests", async (t) => {
  const { dial } = await openPort(t);
  const socket = dial();
  socket.write(`POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx`);
  t.regex(await heard(socket), /HTTP_MALFORMED/);
});

test("an HTTP/1.1 connection that is idle after its answer is closed", async (t) => {
  const { dial } = await openPort(t, undefined, { idleTimeoutMs: 100 });
  const socket = dial();
  socket.write(`${REQUEST}\r\n`);
  t.regex(await heard(socket), /well/);
});

test("an HTTP/2 connection without a request is closed, one with a stream is not", async (t) => {
  const { dialHttp2 } = await openPort(t, (_, response) => void sendBytes(response, Buffer.from("first"), 1_000), {
    idleTimeoutMs: 200,
  });
  const [idle, watching] = [dialHttp2(), dialHttp2()];
  const ended = closed(idle);
  const stream = watching.request({ ":path": "/watch" });
  await once(stream, "data");
  await ended;
  t.false(watching.closed);
});

test("connections beyond the limit are refused, and taken again when others are gone", async (t) => {
  const { dial } = await openPort(t, undefined, { maxConnections: 2 });
  const kept = [dial(), dial()];
  for (const socket of kept) {
    socket.write(`${REQUEST}\r\n`);
    await once(socket, "data");
  }
  const refused = await heard(dial());
  t.regex(refused, /^HTTP\/1.1 503 /);
  t.regex(refused, /"TOO_MANY_CONNECTIONS"/);
  kept[0]?.destroy();
  await accepted(dial);
  t.pass();
});

/** Resolves when a new connection is answered; the server hears of one that is gone a moment later. */
async function accepted(dial: () => ReturnType<Awaited<ReturnType<typeof openPort>>["dial"]>): Promise<void> {
  for (;;) {
    if ((await heard(dial().end(`${REQUEST}connection: close\r\n\r\n`))).endsWith("well")) return;
  }
}

test("one address has no more connections than its share", async (t) => {
  const { dial } = await openPort(t, undefined, { maxConnectionsPerAddress: 1 });
  const kept = dial();
  kept.write(`${REQUEST}\r\n`);
  await once(kept, "data");
  t.regex(await heard(dial()), /TOO_MANY_CONNECTIONS_OF_ADDRESS/);
});

test("a proxy has as many connections as its clients need", async (t) => {
  const { dial } = await openPort(t, undefined, { maxConnectionsPerAddress: 1 }, true);
  const kept = dial();
  kept.write(`${REQUEST}\r\n`);
  await once(kept, "data");
  t.regex(await heard(dial().end(`${REQUEST}connection: close\r\n\r\n`)), /well$/);
});

test("rapid resets end their connection, reach no handler, and nobody else notices", async (t) => {
  let handled = 0;
  const { dial, dialHttp2 } = await openPort(t, () => void (handled += 1), { resetBurst: 50, resetsPerSecond: 1 });
  const other = dialHttp2();
  const watching = other.request({ ":path": "/" });
  const attacker = dial().resume();
  attacker.write(preface);
  attacker.write(Buffer.concat(Array.from({ length: 1_000 }, (_, index) => resetRequest(2 * index + 1, index % 14))));
  await closed(attacker);
  t.false(other.closed || watching.closed);
  t.is(handled, 1, "the other's");
});

const REFUSED = Buffer.from([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11]);
const resets = Buffer.concat([preface, ...Array.from({ length: 100 }, (_, index) => resetRequest(2 * index + 1))]);

/** Connections that are ended for their resets, one after another. */
async function offend({ dial }: Awaited<ReturnType<typeof openPort>>, times: number, from?: string): Promise<void> {
  for (let time = 0; time < times; time++) {
    const socket = dial(from).resume();
    socket.write(resets);
    await closed(socket);
  }
}

test("an address whose connections are ended again and again gets no other HTTP/2 one for a while", async (t) => {
  const port = await openPort(t, undefined, { resetBurst: 5, resetsPerSecond: 1 });
  await offend(port, 2);
  t.is((await get(port.dialHttp2())).body, "well", "twice may be a mistake");
  await offend(port, 1);
  const socket = port.dial();
  socket.write(preface);
  t.true(Buffer.from(await heard(socket.setEncoding("latin1")), "latin1").includes(REFUSED));
  t.regex(await heard(port.dial().end(`${REQUEST}connection: close\r\n\r\n`)), /well$/, "its HTTP/1.1 is served");
});

test("an address is not refused for what others did, nor a proxy for its clients", async (t) => {
  const port = await openPort(t, undefined, { resetBurst: 5, resetsPerSecond: 1 });
  await offend(port, 4, "127.0.0.2");
  t.is((await get(port.dialHttp2())).body, "well");
  const proxied = await openPort(t, undefined, { resetBurst: 5, resetsPerSecond: 1 }, true);
  await offend(proxied, 4);
  t.is((await get(proxied.dialHttp2())).body, "well");
});

test("while many connections are ended for their resets, whoever comes next may reset a tenth", async (t) => {
  const port = await openPort(t, undefined, { resetBurst: 50, resetsPerSecond: 1 });
  const few = Buffer.concat([preface, ...Array.from({ length: 20 }, (_, index) => resetRequest(2 * index + 1))]);
  const before = port.dial().resume();
  before.write(few);
  for (let other = 2; other < 8; other++) await offend(port, 1, `127.0.0.${other}`);
  t.false(before.closed);
  const after = port.dial().resume();
  after.write(few);
  await closed(after);
  t.is((await get(port.dialHttp2())).body, "well");
});

test("a client has as many streams as it may, and is told to wait with more", async (t) => {
  const { dialHttp2 } = await openPort(t, () => undefined, { maxStreams: 3 });
  const session = dialHttp2();
  const [settings] = await once(session, "remoteSettings");
  t.is(settings.maxConcurrentStreams, 3);
});

const flood = test.macro({
  exec: async (t, flooding: Buffer) => {
    const { dial, dialHttp2 } = await openPort(t, undefined, { controlBurst: 20, controlsPerSecond: 1 });
    const other = dialHttp2();
    const socket = dial();
    const end = closed(socket.resume());
    socket.write(preface);
    socket.write(Buffer.concat(Array.from({ length: 1_000 }, () => flooding)));
    await end;
    t.is((await get(other)).body, "well");
  },
  title: (name) => `${name ?? ""} ends its connection, and nobody else notices`,
});
test("a flood of pings", flood, frame(6, 0, 0, Buffer.alloc(8)));
test("a flood of settings", flood, frame(4, 0, 0));
test("a flood of frames for streams that are not there", flood, frame(0, 0, 7, Buffer.from("x")));
test("a frame that is larger than was agreed", flood, frame(0, 0, 1, Buffer.alloc(20_000)));
test("a head without an end", flood, Buffer.concat([frame(1, 0, 1), frame(9, 0, 1)]));

test("a port that stops answers what it has begun, and tells its clients to leave", async (t) => {
  const release = Promise.withResolvers<void>();
  const both = Promise.withResolvers<void>();
  let begun = 0;
  const port = await openPort(t, async (_, response) => {
    if (++begun === 2) both.resolve();
    await release.promise;
    response.end("well");
  });
  const [socket, session] = [port.dial(), port.dialHttp2()];
  socket.write(`${REQUEST}\r\n`);
  const [first, second] = [heard(socket), get(session)];
  const goaway = once(session, "goaway");
  await both.promise;
  const stopped = port.server.stop(10_000);
  await goaway;
  release.resolve();
  t.regex(await first, /connection: close[\s\S]*well/i);
  t.is((await second).body, "well");
  await stopped;
});

test("a connection that has said nothing yet does not keep the port from closing", async (t) => {
  const { dial, server } = await openPort(t);
  const socket = dial();
  await once(socket, "connect");
  t.regex(await heard(dial().end(`${REQUEST}connection: close\r\n\r\n`)), /well$/);
  await Promise.all([heard(socket), server.stop(60_000)]);
  t.pass();
});

test("what does not end in its time is cut off when the port stops", async (t) => {
  const begun = Promise.withResolvers<void>();
  const { dial, server } = await openPort(t, () => begun.resolve());
  const socket = dial();
  socket.write(`${REQUEST}\r\n`);
  await begun.promise;
  await Promise.all([heard(socket), server.stop(50)]);
  t.pass();
});
