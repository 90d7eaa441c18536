import type { IncomingMessage, ServerResponse } from "node:http";
import { type Context, context, metrics, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { AlwaysOffSampler, BatchSpanProcessor, type SpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { observeProcess } from "./metrics.ts";
import { SERVICE_ATTRIBUTE, serviceKey } from "./spans.ts";
import { traceContextPropagator } from "./trace-context.ts";

const EXPORT_TIMEOUT_MS = 3000;
const SHUTDOWN_TIMEOUT_MS = 5000;

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
  /** How long spans wait for company. Default 1000. */
  readonly batchDelayMs?: number;
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
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(traceContextPropagator);
  const tracing = startTracing(options);
  const metering = options.isMetricsEnabled ? startMetrics(options) : undefined;
  return {
    metricsHandler(request, response) {
      if (metering !== undefined) return metering.handler(request, response);
      response.writeHead(404).end();
    },
    async shutdown() {
      await within(SHUTDOWN_TIMEOUT_MS, Promise.allSettled([tracing.shutdown(), metering?.shutdown()]));
      trace.disable();
      metrics.disable();
      propagation.disable();
      context.disable();
    },
  };
}

function startTracing({ service, otlpUrl, region, batchDelayMs }: TelemetryOptions): TracerProvider {
  const resource = resourceOf(service, region);
  const provider =
    otlpUrl === undefined
      ? new TracerProvider({ resource, sampler: new AlwaysOffSampler() })
      : new TracerProvider({
          resource,
          spanLimits: {
            attributeValueLengthLimit: 1024,
            attributeCountLimit: 64,
            eventCountLimit: 32,
          },
          spanProcessors: [
            serviceStamp(region),
            ...otlpUrl.split(",").map((url) => exportTo(url.trim(), batchDelayMs)),
          ],
        });
  trace.setGlobalTracerProvider(provider);
  return provider;
}

function exportTo(otlpUrl: string, batchDelayMs = 1000): SpanProcessor {
  return new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ url: tracesUrl(otlpUrl), timeoutMillis: EXPORT_TIMEOUT_MS }),
    // Past the bound spans are dropped: telemetry never costs the shop its memory.
    maxQueueSize: 8192,
    maxExportBatchSize: 512,
    scheduledDelayMillis: batchDelayMs,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
}

function startMetrics({ service, region }: TelemetryOptions): {
  handler: Telemetry["metricsHandler"];
  shutdown: () => Promise<void>;
} {
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const provider = new MeterProvider({
    resource: resourceOf(service, region),
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

/** Puts each span under the resource of the service in whose context it starts. */
function serviceStamp(region: string): SpanProcessor {
  const resources = new Map<string, Resource>();
  return {
    onStart(span, parent: Context) {
      const service = parent.getValue(serviceKey) ?? span.attributes[SERVICE_ATTRIBUTE];
      if (typeof service !== "string") return;
      const resource = resources.get(service) ?? resourceOf(service, region);
      resources.set(service, resource);
      // The SDK gives one resource a provider; its span is an object like any other, and a copy made at export doubles its price.
      (span as { resource: Resource }).resource = resource;
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

function resourceOf(service: string, region: string): Resource {
  return resourceFromAttributes({
    "service.name": service,
    "service.namespace": "shopmesh",
    "cloud.region": region,
    "process.pid": process.pid,
  });
}

function tracesUrl(otlpUrl: string): string {
  return otlpUrl.endsWith("/v1/traces") ? otlpUrl : `${otlpUrl.replace(/\/+$/, "")}/v1/traces`;
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
