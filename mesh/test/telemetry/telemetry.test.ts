import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { ClockService } from "@shopmesh/contracts/shop/mesh/v1/clock_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
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

type SentSpan = {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly status: { readonly code?: number };
  readonly service: string;
};

type Sent = {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly { key: string; value: { stringValue?: string } }[];
    };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<SentSpan, "service">[] }[];
  }[];
};

/** A collector that keeps what it is sent. */
async function collector() {
  const spans: SentSpan[] = [];
  const server = createServer(async (request, response) => {
    const body: Sent = JSON.parse(await text(request));
    for (const { resource, scopeSpans } of body.resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === "service.name")?.value.stringValue ?? "";
      for (const scope of scopeSpans) spans.push(...scope.spans.map((span) => ({ ...span, service })));
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, spans, close: () => server.close() };
}

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
  t.deepEqual(Object.fromEntries(spans.map(({ name, status }) => [name, status.code ?? 0])), {
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
