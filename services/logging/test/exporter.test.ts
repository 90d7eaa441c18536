import { trace } from "@opentelemetry/api";
import { startTelemetry } from "@shopmesh/mesh/telemetry/start";
import test from "ava";
import { createReceiver } from "../src/effects.ts";
import { createTraceStore } from "../src/trace-store.ts";

test("what the mesh's own telemetry exports is read back as it was", async (t) => {
  const store = createTraceStore({ maxSpans: 500, maxSpansPerTrace: 100, maxLogLinesPerTrace: 10, maxAgeMs: 60_000 });
  const receiver = createReceiver({
    host: "127.0.0.1",
    port: 0,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    onSpans: (spans) => store.addSpans(spans, 0),
    onLogLines: (lines) => store.addLogLines(lines, 0),
  });
  await receiver.start();
  t.teardown(() => receiver.stop());
  const otlpUrl = `http://127.0.0.1:${receiver.port()}`;
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
