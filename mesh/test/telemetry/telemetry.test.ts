import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ClockService } from "@shopmesh/contracts/shop/mesh/v1/clock_service_pb.ts";
import { context, createContextKey, trace } from "@opentelemetry/api";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { createClient } from "../../src/client.ts";
import { createDispatch } from "../../src/dispatch.ts";
import { faultyTransport } from "../../src/faults/inject.ts";
import { implement } from "../../src/handler.ts";
import { telemetryInterceptor } from "../../src/interceptors/telemetry.ts";
import { openOrigin } from "../../src/open-client.ts";
import type { Sql } from "../../src/sql.ts";
import { createLocalTransport } from "../../src/transport/local.ts";
import { createCounter, createRpcMetrics, observeGauge } from "../../src/telemetry/metrics.ts";
import {
  activeTraceId,
  injectActiveTrace,
  withClientSpan,
  withServerSpan,
  withServerStreamSpan,
  withSpan,
} from "../../src/telemetry/spans.ts";
import { startTelemetry } from "../../src/telemetry/start.ts";
import { collector } from "./collector.ts";

const headers = (values: Record<string, string>) => ({ get: (name: string) => values[name] });
const method = ClockService.method.getTime;

// OpenTelemetry is one per process: these run one after another.
test.serial("spans arrive at the collector, each under its own service and in one trace", async (t) => {
  const { url, spans, close } = await collector();
  const telemetry = startTelemetry({
    service: "people",
    otlpUrl: url,
    region: "eu",
    isMetricsEnabled: false,
  });
  const outgoing: Record<string, string> = {};
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  await withServerSpan(method, headers({ traceparent: `00-${traceId}-b7ad6b7169203331-01` }), async () => {
    t.is(activeTraceId(), traceId);
    await withClientSpan(method, async (inject) => inject({ set: (name, value) => void (outgoing[name] = value) }));
  });
  await withSpan("relay", {}, async () => {});
  await telemetry.shutdown();
  close();

  const [client, server, relay] = spans.toSorted((a, b) => b.kind - a.kind);
  t.like(server, {
    name: "shop.mesh.v1.ClockService/GetTime",
    kind: 2,
    traceId,
    service: "mesh",
  });
  t.like(client, { kind: 3, traceId, service: "mesh", parentSpanId: server?.spanId });
  t.like(relay, { name: "relay", service: "people" });
  t.is(outgoing.traceparent, `00-${traceId}-${client?.spanId}-01`);
});

test.serial("a refusal leaves its span well, a fault marks it", async (t) => {
  const { url, spans, close } = await collector();
  const telemetry = startTelemetry({
    service: "people",
    otlpUrl: url,
    region: "eu",
    isMetricsEnabled: false,
  });
  const fail = (name: string, error: Error) =>
    t.throwsAsync(
      withSpan(name, {}, () => Promise.reject(error)),
      { is: error },
    );
  await fail("refused", new DomainError("not-found", "ORDER_NOT_FOUND"));
  await fail("broken", new TypeError("a bug"));
  await telemetry.shutdown();
  close();
  t.deepEqual(Object.fromEntries(spans.map(({ name, statusCode }) => [name, statusCode])), {
    refused: 0,
    broken: 2,
  });
});

test.serial("a stream's span lasts until the reader leaves, and its body runs inside it", async (t) => {
  const { url, spans, close } = await collector();
  const telemetry = startTelemetry({
    service: "people",
    otlpUrl: url,
    region: "eu",
    isMetricsEnabled: false,
  });
  let isClosed = false;
  const seen: string[] = [];
  const stream = withServerStreamSpan(method, headers({}), async function* () {
    try {
      for (let number = 1; ; number++) {
        seen.push(activeTraceId());
        yield number;
      }
    } finally {
      isClosed = true;
    }
  });
  for await (const number of stream) if (number === 2) break;
  await telemetry.shutdown();
  close();
  t.true(isClosed);
  t.is(spans.length, 1);
  t.deepEqual(seen, [spans[0]?.traceId, spans[0]?.traceId]);
});

test.serial("whatever a span carries arrives as it was", async (t) => {
  const { url, spans, close } = await collector();
  const telemetry = startTelemetry({ service: "people", otlpUrl: url, region: "eu", isMetricsEnabled: false });
  const beforeMs = Date.now();
  const given = { text: "größer", count: 300, share: -1.5, isNew: true, list: ["a", "b"], long: "ä".repeat(3_000) };
  await withSpan("all", { attributes: given, fixed: { "always.there": "x" } }, async (span) => {
    span
      .setAttribute("later", 2 ** 40)
      .addEvent("paid")
      .updateName("renamed");
    await Promise.all(Array.from({ length: 200 }, (_, index) => withSpan(`child ${index}`, {}, async () => {})));
  });
  await telemetry.shutdown();
  close();
  t.is(spans.length, 201);
  const span = spans.find(({ name }) => name === "renamed");
  t.deepEqual(span?.attributes, { "always.there": "x", ...given, long: "ä".repeat(1_024), later: 2 ** 40 });
  t.deepEqual(span?.eventNames, ["paid"]);
  t.true((span?.startMs ?? 0) >= beforeMs - 50 && (span?.endMs ?? 0) >= (span?.startMs ?? 0));
  t.true((span?.endMs ?? 0) <= Date.now() + 50);
});

test.serial("OpenTelemetry's own API sees the mesh's spans, and its spans are sent with them", async (t) => {
  const { url, spans, close } = await collector();
  const telemetry = startTelemetry({ service: "people", otlpUrl: url, region: "eu", isMetricsEnabled: false });
  const key = createContextKey("a library's own");
  await withSpan("ours", { service: "order" }, async (ours) => {
    t.is(trace.getActiveSpan(), ours);
    trace.getActiveSpan()?.setAttribute("by", "a library");
    trace.getTracer("library").startActiveSpan("theirs", (theirs) => {
      t.is(activeTraceId(), ours.spanContext().traceId);
      context.with(context.active().setValue(key, "kept"), () => {
        t.is(context.active().getValue(key), "kept");
        t.is(trace.getActiveSpan(), theirs);
      });
      theirs.end();
    });
    const remote = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 };
    await context.with(trace.setSpanContext(context.active(), remote), () => withSpan("below", {}, async () => {}));
  });
  await telemetry.shutdown();
  close();
  const [ours, theirs, below] = ["ours", "theirs", "below"].map((name) => spans.find((span) => span.name === name));
  t.like(ours, { service: "order", attributes: { by: "a library" } });
  t.like(theirs, { service: "order", parentSpanId: ours?.spanId, traceId: ours?.traceId });
  t.like(below, { parentSpanId: "2".repeat(16), traceId: "1".repeat(32) });
});

test.serial("of traces that are not recorded only what failed is sent, and those below follow", async (t) => {
  const { url, spans, close } = await collector();
  const options = { service: "people", otlpUrl: url, region: "eu", isMetricsEnabled: false, ratio: 0 };
  const telemetry = startTelemetry(options);
  const outgoing: Record<string, string> = {};
  await withSpan("fine", {}, async (span) => {
    t.false(span.isRecording());
    injectActiveTrace({ set: (name, value) => void (outgoing[name] = value) });
  });
  await t.throwsAsync(withSpan("broken", {}, () => Promise.reject(new TypeError("a bug"))));
  const sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await withServerSpan(method, headers({ traceparent: sampled }), async () => {});
  await telemetry.shutdown();
  close();
  t.regex(outgoing.traceparent ?? "", /-00$/);
  t.deepEqual(
    spans.map(({ name }) => name),
    ["broken", "shop.mesh.v1.ClockService/GetTime"],
  );
});

test.serial(
  "a call within a process is one span, below whoever calls, also where faults may be put in its way",
  async (t) => {
    const { url, spans, close } = await collector();
    const telemetry = startTelemetry({ service: "people", otlpUrl: url, region: "eu", isMetricsEnabled: false });
    const handlers = { getTime: async () => ({}), advance: async () => ({}) };
    const dispatch = createDispatch(
      [implement(ClockService, handlers)],
      (asked) => [telemetryInterceptor(asked, "mesh", createRpcMetrics())],
      { region: "eu", sql: {} as Sql, transaction: () => Promise.reject(new Error("no database")) },
    );
    const local = createLocalTransport(dispatch);
    for (const transport of [local, faultyTransport(local, () => undefined)]) {
      const client = createClient(ClockService, () => transport, { callerToken: "", region: "eu", service: "order" });
      await withSpan("caller", { service: "order" }, () => client.getTime({}, openOrigin(5_000, "r")));
    }
    await telemetry.shutdown();
    close();
    t.is(spans.length, 4);
    for (const caller of spans.filter(({ name }) => name === "caller")) {
      const called = spans.find(({ traceId, name }) => traceId === caller.traceId && name !== "caller");
      t.like(called, { kind: 2, service: "mesh", parentSpanId: caller.spanId });
    }
  },
);

test.serial("a collector that is busy is sent the same spans again", async (t) => {
  const { url, spans, close } = await collector({ refuse: 2 });
  const telemetry = startTelemetry({ service: "people", otlpUrl: url, region: "eu", isMetricsEnabled: false });
  await withSpan("patient", {}, async () => {});
  await telemetry.shutdown();
  close();
  t.deepEqual(
    spans.map(({ name }) => name),
    ["patient"],
  );
});

test.serial("without a collector a trace id is still made and passed on", async (t) => {
  const telemetry = startTelemetry({
    service: "people",
    otlpUrl: undefined,
    region: "eu",
    isMetricsEnabled: false,
  });
  const outgoing: Record<string, string> = {};
  await withServerSpan(method, headers({}), async (span) => {
    t.false(span.isRecording());
    injectActiveTrace({ set: (name, value) => void (outgoing[name] = value) });
  });
  t.regex(outgoing.traceparent ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  await telemetry.shutdown();
});

test.serial("a malformed traceparent begins a new trace", async (t) => {
  const telemetry = startTelemetry({
    service: "people",
    otlpUrl: undefined,
    region: "eu",
    isMetricsEnabled: false,
  });
  for (const traceparent of ["", "nonsense", "00-00000000000000000000000000000000-b7ad6b7169203331-01"]) {
    await withServerSpan(method, headers({ traceparent }), async () =>
      t.regex(activeTraceId(), /^(?!0{32})[0-9a-f]{32}$/),
    );
  }
  await telemetry.shutdown();
});

const handled = createCounter("events.handled", "Messages handled");

test.serial("metrics tell rate, errors and duration by method and status, and the process's own", async (t) => {
  const telemetry = startTelemetry({
    service: "people",
    otlpUrl: undefined,
    region: "eu",
    isMetricsEnabled: true,
  });
  const rpc = createRpcMetrics();
  rpc.begin(method)();
  rpc.begin(method)(new DomainError("not-found", "ORDER_NOT_FOUND"));
  rpc.begin(method);
  observeGauge("outbox.pending", "Rows to publish", () => [{ value: 7, labels: { service: "order" } }]);
  // Declared before telemetry was started, as a module's own is.
  handled.add(2, { consumer: "orders" });
  const server = createServer(telemetry.metricsHandler).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  server.close();
  await telemetry.shutdown();
  const label = 'method="shop.mesh.v1.ClockService/GetTime"';
  for (const line of [
    `rpc_server_duration_count{${label},status="OK"} 1`,
    `rpc_server_duration_count{${label},status="NOT_FOUND"} 1`,
    `rpc_server_in_flight{${label}} 1`,
    'outbox_pending{service="order"} 7',
    'events_handled_total{consumer="orders"} 2',
  ]) {
    t.true(page.includes(line), `${line}\n${page}`);
  }
  t.regex(page, /process_event_loop_delay_seconds\{quantile="0.99"\} [\d.e-]+/);
  t.regex(page, /process_memory_bytes\{kind="rss"\} \d+/);
});
