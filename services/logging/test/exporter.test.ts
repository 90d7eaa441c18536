import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { startTelemetry } from "@shopmesh/mesh/telemetry/start";
import test, { type ExecutionContext } from "ava";
import { createReceiver } from "../src/effects.ts";
import { createTraceStore } from "../src/trace-store.ts";

/** A receiver with its store. */
async function receive(t: ExecutionContext) {
  const store = createTraceStore({
    maxSpans: 500,
    maxBytes: 1_000_000,
    maxSpansPerTrace: 100,
    maxLogLinesPerTrace: 10,
    maxAgeMs: 60_000,
  });
  const receiver = createReceiver({
    host: "127.0.0.1",
    port: 0,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    onSpans: (spans) => store.addSpans(spans, 0),
    onLogLines: (lines) => store.addLogLines(lines, 0),
  });
  await receiver.start();
  t.teardown(() => receiver.stop());
  return { store, url: `http://127.0.0.1:${receiver.port()}` };
}

test("what the mesh's own telemetry exports is read back as it was", async (t) => {
  const { store, url: otlpUrl } = await receive(t);
  const telemetry = startTelemetry({ service: "order", otlpUrl, region: "eu", isMetricsEnabled: false });

  const tracer = trace.getTracer("test");
  const elsewhere = tracer.startSpan("elsewhere");
  elsewhere.end();
  const options = {
    attributes: { "order.number": "E7Q2M9-XK4TR8", attempt: 2 },
    links: [{ context: elsewhere.spanContext() }],
  };
  tracer.startActiveSpan("place", options, (parent) => {
    tracer.startSpan("child").end();
    parent.end();
  });
  await telemetry.shutdown();

  const [found] = store.search({ attributes: { "order.number": "E7Q2M9-XK4TR8", attempt: "2" }, limit: 10 });
  t.like(found, { rootService: "order", rootName: "place", spanCount: 2, errorCount: 0 });
  const read = store.findTrace(found?.traceId ?? "");
  t.deepEqual(
    read?.spans.map(({ name, depth, region }) => [name, depth, region]),
    [
      ["place", 0, "eu"],
      ["child", 1, "eu"],
    ],
  );
  t.deepEqual(
    store.linkedTraces(found?.traceId ?? "", 10).map(({ rootName }) => rootName),
    ["elsewhere"],
  );
});

const reads = test.macro({
  exec: async (t, open: (url: string) => JsonExporter) => {
    const { store, url } = await receive(t);
    const exporter = open(`${url}/v1/traces`);
    const resource = resourceFromAttributes({ "service.name": "foreign", "cloud.region": "us" });
    const provider = new TracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    const attributes = { "order.number": "E7Q2M9-XK4TR8", attempt: 2, share: -0.5, isNew: true };
    const options = { kind: SpanKind.CLIENT, attributes, startTime: 1_763_700_000_123 };
    const span = provider.getTracer("foreign").startSpan("pay", options);
    span.addEvent("declined", { code: "05" });
    span.setStatus({ code: SpanStatusCode.ERROR, message: "no money" });
    span.end(1_763_700_000_623);
    await provider.forceFlush();
    const found = store.findTrace(span.spanContext().traceId);
    await provider.shutdown();
    t.like(found?.spans[0], {
      spanId: span.spanContext().spanId,
      parentSpanId: "",
      service: "foreign",
      region: "us",
      name: "pay",
      kind: "client",
      startUs: 1_763_700_000_123_000,
      durationUs: 500_000,
      isError: true,
      statusMessage: "no money",
      attributes: { "order.number": "E7Q2M9-XK4TR8", attempt: "2", share: "-0.5", isNew: "true" },
      events: [{ name: "declined", attributes: { code: "05" } }],
    });
  },
  title: (name = "") => `what OpenTelemetry's own exporter sends as ${name} is read`,
});
test("JSON", reads, (url) => new JsonExporter({ url }));
test("protobuf", reads, (url) => new ProtobufExporter({ url }));
