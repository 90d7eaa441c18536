import type { IncomingMessage, ServerResponse } from "node:http";
import { type Attributes, context, metrics, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { createSpanExporter } from "./exporter.ts";
import type { LiveSpan } from "./live-span.ts";
import { observeGauge, observeProcess } from "./metrics.ts";
import { contextManager } from "./scope.ts";
import { sendSpansTo, tracer } from "./spans.ts";
import { traceContextPropagator } from "./trace-context.ts";

const SHUTDOWN_TIMEOUT_MS = 5_000;
const SLOW_MS = 1_000;

/** What telemetry is to be. */
export type TelemetryOptions = {
  /** The process's name; a span that names its own service (`shop.service`) goes under that. */
  readonly service: string;
  /**
   * The collector's base URL ("http://127.0.0.1:4318"); several, separated by commas, are each told everything.
   * Undefined: trace ids are made and passed on, nothing is recorded.
   */
  readonly otlpUrl: string | undefined;
  readonly region: string;
  readonly isMetricsEnabled: boolean;
  /** How long spans wait for company. Default 2000. */
  readonly batchDelayMs?: number;
  /** How many of the traces that begin here are recorded, 0 to 1; whoever passes one on decides for those below. Default 1. */
  readonly ratio?: number | undefined;
};

/** The running telemetry of a process. */
export type Telemetry = {
  /** Answers with the metrics in Prometheus' text form; 404 where metrics are off. */
  readonly metricsHandler: (request: IncomingMessage, response: ServerResponse) => void;
  /** Sends what waits, within 5 s, and unregisters. */
  readonly shutdown: () => Promise<void>;
};

/** Starts tracing and metrics of this process; once, before anything makes a span or an instrument. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const metering = options.isMetricsEnabled ? startMetrics(options) : undefined;
  const stopTracing = startTracing(options);
  return {
    metricsHandler(request, response) {
      if (metering !== undefined) return metering.handler(request, response);
      response.writeHead(404).end();
    },
    async shutdown() {
      await within(SHUTDOWN_TIMEOUT_MS, Promise.allSettled([stopTracing(), metering?.shutdown()]));
      trace.disable();
      metrics.disable();
      propagation.disable();
      context.disable();
    },
  };
}

/** Takes the spans of this process from now on; the function returned sends what waits, and ends it. */
function startTracing(options: TelemetryOptions): () => Promise<void> {
  const { service, otlpUrl, region, batchDelayMs = 2_000, ratio = 1 } = options;
  context.setGlobalContextManager(contextManager);
  propagation.setGlobalPropagator(traceContextPropagator);
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  if (otlpUrl === undefined) return async () => undefined;
  const resourceOf = (name: string) => resourceAttributes(name === "" ? service : name, region);
  const urls = otlpUrl.split(",").map((url) => url.trim());
  const exporters = urls.map((url) => createSpanExporter({ url, delayMs: batchDelayMs, resourceOf }));
  sendSpansTo({
    isSampled: (traceId) => ratio >= 1 || Number.parseInt(traceId.slice(-8), 16) < ratio * 2 ** 32,
    ended(span) {
      if (span.isSampled || isRemarkable(span)) for (const exporter of exporters) exporter.add(span);
    },
  });
  observeGauge("mesh.spans.dropped", "Spans given up since the start.", () =>
    exporters.map(({ droppedCount }, index) => ({
      value: droppedCount(),
      labels: { collector: hostOf(urls[index] ?? "") },
    })),
  );
  return async () => {
    sendSpansTo(undefined);
    await Promise.all(exporters.map((exporter) => exporter.stop(SHUTDOWN_TIMEOUT_MS)));
  };
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "";
}

/** What is kept of a trace that nobody records: what failed and what took long, each alone. */
function isRemarkable({ status, kind, startMs, endMs }: LiveSpan): boolean {
  const isWork = kind === SpanKind.SERVER || kind === SpanKind.CONSUMER;
  return status === SpanStatusCode.ERROR || (isWork && endMs - startMs >= SLOW_MS);
}

function startMetrics({ service, region }: TelemetryOptions): {
  handler: Telemetry["metricsHandler"];
  shutdown: () => Promise<void>;
} {
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const provider = new MeterProvider({
    resource: resourceFromAttributes(resourceAttributes(service, region)),
    readers: [exporter],
  });
  metrics.setGlobalMeterProvider(provider);
  const stop = observeProcess();
  return {
    handler: (request, response) => exporter.getMetricsRequestHandler(request, response),
    shutdown: async () => {
      stop();
      await provider.shutdown();
    },
  };
}

function resourceAttributes(service: string, region: string): Attributes {
  return {
    "service.name": service,
    "service.namespace": "shopmesh",
    "cloud.region": region,
    "process.pid": process.pid,
  };
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
