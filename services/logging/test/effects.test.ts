import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { StatusSchema } from "@shopmesh/contracts/google/rpc/status_pb.ts";
import test, { type ExecutionContext } from "ava";
import { createReceiver, MAX_BODY_BYTES } from "../src/effects.ts";
import type { AnySpan, LogLine } from "../src/span.ts";
import { spanId, traceId } from "./span-fixture.ts";

const SPAN = { traceId: traceId(1), spanId: spanId(1), name: "PlaceOrder", startTimeUnixNano: "1763700000000000000" };
const TRACES = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [SPAN] }] }] });

/** A started receiver with everything that it took in and logged; it stops after the test. */
async function receiver(t: ExecutionContext, fail = false) {
  const spans: AnySpan[] = [];
  const lines: LogLine[] = [];
  const errors: string[] = [];
  const started = createReceiver({
    host: "127.0.0.1",
    port: 0,
    log: { debug() {}, info() {}, warn() {}, error: (message) => void errors.push(message) },
    onSpans(items) {
      if (fail) throw new Error("the store is broken");
      spans.push(...items);
    },
    onLogLines: (items) => void lines.push(...items),
  });
  await started.start();
  t.teardown(() => started.stop());
  const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${started.port()}${path}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
  return { started, spans, lines, errors, post };
}

function gzip(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(text));
}

test("plain JSON spans are taken in", async (t) => {
  const { post, spans } = await receiver(t);
  const response = await post("/v1/traces", TRACES, { "content-type": "application/json; charset=utf-8" });
  t.is(response.status, 200);
  t.deepEqual(await response.json(), {});
  t.deepEqual(
    spans.map((span) => span.traceId),
    [traceId(1)],
  );
});

test("gzip is unpacked", async (t) => {
  const { post, spans } = await receiver(t);
  t.is((await post("/v1/traces", gzip(TRACES), { "content-encoding": "gzip" })).status, 200);
  t.is(spans.length, 1);
});

test("log lines are taken in", async (t) => {
  const { post, lines } = await receiver(t);
  const logRecords = [{ timeUnixNano: "1763700000000000000", body: { stringValue: "hello" } }];
  await post("/v1/logs", JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  t.deepEqual(
    lines.map(({ message }) => message),
    ["hello"],
  );
});

test("a span that cannot be read is counted in the answer, and the others are kept", async (t) => {
  const { post, spans } = await receiver(t);
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [SPAN, { name: "no ids" }] }] }] });
  const response = await post("/v1/traces", body);
  t.like(await response.json(), { partialSuccess: { rejectedSpans: "1" } });
  t.is(spans.length, 1);
});

const refuses = test.macro({
  exec: async (
    t,
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string>,
    status: number,
  ) => {
    const { post, spans } = await receiver(t);
    const response = await post(path, body, headers);
    t.is(response.status, status);
    t.is(typeof ((await response.json()) as { message: unknown }).message, "string");
    t.deepEqual(spans, []);
  },
  title: (name = "", _path, _body, _headers, status: number) => `${name} is answered with ${status}`,
});
test("an unknown path", refuses, "/v1/metrics", TRACES, {}, 404);
test("a path that is a property of every object", refuses, "/constructor", TRACES, {}, 404);
test("what is not JSON", refuses, "/v1/traces", "{", {}, 400);
test("what is not gzip though it says so", refuses, "/v1/traces", TRACES, { "content-encoding": "gzip" }, 400);
test("another content type", refuses, "/v1/traces", "x", { "content-type": "text/plain" }, 415);
test("another encoding", refuses, "/v1/traces", "x", { "content-encoding": "br" }, 415);
test("a body that is too large", refuses, "/v1/traces", " ".repeat(MAX_BODY_BYTES + 1), {}, 413);
test(
  "a small body that unpacks to too much",
  refuses,
  "/v1/traces",
  gzip(" ".repeat(MAX_BODY_BYTES + 1)),
  { "content-encoding": "gzip" },
  413,
);

const PROTOBUF = { "content-type": "application/x-protobuf" };

const refusesBinary = test.macro({
  exec: async (t, path: string, body: Uint8Array<ArrayBuffer>, status: number) => {
    const { post, spans } = await receiver(t);
    const response = await post(path, body, PROTOBUF);
    t.is(response.status, status);
    t.is(response.headers.get("content-type"), PROTOBUF["content-type"]);
    t.not(fromBinary(StatusSchema, new Uint8Array(await response.arrayBuffer())).message, "");
    t.deepEqual(spans, []);
  },
  title: (name = "", _path, _body, status: number) => `${name} in protobuf is answered with ${status} in protobuf`,
});
test("log lines", refusesBinary, "/v1/logs", new Uint8Array(), 415);
test("text", refusesBinary, "/v1/traces", new TextEncoder().encode("{}"), 400);
test("a field that is longer than the body", refusesBinary, "/v1/traces", Uint8Array.of(10, 127, 1), 400);
test("a number that never ends", refusesBinary, "/v1/traces", new Uint8Array(64).fill(255), 400);

test("a body that is too large is refused though it does not say its length", async (t) => {
  const { started, spans } = await receiver(t);
  const options = {
    method: "POST",
    port: started.port(),
    path: "/v1/traces",
    headers: { "content-type": "application/json" },
  };
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sending = request(options, (response) => resolve(response.resume().statusCode)).on("error", reject);
    for (let sent = 0; sent <= MAX_BODY_BYTES; sent += 65_536) sending.write(" ".repeat(65_536));
    sending.end();
  });
  t.is(status, 413);
  t.deepEqual(spans, []);
});

test("another method than POST is answered with 405 and the one allowed", async (t) => {
  const { started } = await receiver(t);
  const response = await fetch(`http://127.0.0.1:${started.port()}/v1/traces`);
  t.is(response.status, 405);
  t.is(response.headers.get("allow"), "POST");
});

test("a failure inside tells the sender nothing and the log everything", async (t) => {
  const { post, errors } = await receiver(t, true);
  const response = await post("/v1/traces", TRACES);
  t.is(response.status, 500);
  t.deepEqual(await response.json(), { code: 13, message: "internal error" });
  t.deepEqual(errors, ["otlp request failed"]);
});

test("a port that is taken fails the start", async (t) => {
  const { started } = await receiver(t);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const second = createReceiver({ host: "127.0.0.1", port: started.port(), log, onSpans() {}, onLogLines() {} });
  await t.throwsAsync(second.start(), { code: "EADDRINUSE" });
});
