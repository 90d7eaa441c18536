import { monitorEventLoopDelay } from "node:perf_hooks";
import type { DescMethod } from "@bufbuild/protobuf";
import { type Attributes, type Counter, metrics } from "@opentelemetry/api";
import { statusName } from "./status.ts";

const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const NANOSECONDS_PER_SECOND = 1e9;

/** Rate, errors and duration of the RPCs that a process answers. */
export type RpcMetrics = {
  /** Counts one call as under way; the function returned counts it as ended, by `error` or well. */
  readonly begin: (method: DescMethod) => (error?: unknown) => void;
};

/** One reading of a gauge. */
export type Reading = {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
};

/** Made after startTelemetry: an instrument belongs to the provider of its making. Without metrics it costs nothing. */
export function createRpcMetrics(): RpcMetrics {
  const meter = metrics.getMeter("shopmesh");
  const duration = meter.createHistogram("rpc.server.duration", {
    description: "Time from a call's arrival to its answer, or to its stream's end",
    unit: "s",
    advice: { explicitBucketBoundaries: BUCKETS_S },
  });
  const inFlight = meter.createObservableUpDownCounter("rpc.server.in_flight", {
    description: "Calls being answered",
  });
  // Counted here and told at a scrape: an instrument's own add costs more than all else about a call's count.
  const underWay = new Map<Attributes, number>();
  inFlight.addCallback((result) => underWay.forEach((count, label) => result.observe(count, label)));
  const labels = new WeakMap<DescMethod, Attributes>();
  return {
    begin(method) {
      const label = labels.get(method) ?? { method: `${method.parent.typeName}/${method.name}` };
      labels.set(method, label);
      const start = performance.now();
      underWay.set(label, (underWay.get(label) ?? 0) + 1);
      return (error) => {
        underWay.set(label, (underWay.get(label) ?? 0) - 1);
        duration.record((performance.now() - start) / 1000, {
          ...label,
          status: statusName(error),
        });
      };
    },
  };
}

/** A gauge read at each scrape: outbox lag, pool use, queue length. `read` must be cheap; an error skips the reading. */
export function observeGauge(
  name: string,
  description: string,
  read: () => readonly Reading[] | Promise<readonly Reading[]>,
): void {
  const gauge = metrics.getMeter("shopmesh").createObservableGauge(name, { description });
  gauge.addCallback(async (result) => {
    for (const { value, labels } of await read()) result.observe(value, labels);
  });
}

/** A count that something keeps anyway, read at each scrape. */
export function observeCounter(name: string, description: string, read: () => number): void {
  const counter = metrics.getMeter("shopmesh").createObservableCounter(name, { description });
  counter.addCallback((result) => result.observe(read()));
}

/** A counter: `add(1, { consumer: "…" })`. Made with its first count: a module may declare it before telemetry starts. */
export function createCounter(name: string, description: string): { add(count: number, labels?: Attributes): void } {
  let counter: Counter | undefined;
  return {
    add(count, labels) {
      counter ??= metrics.getMeter("shopmesh").createCounter(name, { description });
      counter.add(count, labels);
    },
  };
}

/** Event-loop delay, memory and processor time of this process; the function returned ends the watch. */
export function observeProcess(): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  observeGauge("process.event_loop.delay_seconds", "Delay of the event loop since the last scrape", () => {
    const quantiles = { "0.5": 50, "0.99": 99, "1": 100 };
    const readings = Object.entries(quantiles).map(([quantile, percent]) => ({
      value: delay.percentile(percent) / NANOSECONDS_PER_SECOND,
      labels: { quantile },
    }));
    delay.reset();
    return readings;
  });
  observeGauge("process.memory_bytes", "Memory by kind", () => {
    const { rss, heapUsed, external } = process.memoryUsage();
    return Object.entries({ rss, heap: heapUsed, external }).map(([kind, value]) => ({
      value,
      labels: { kind },
    }));
  });
  observeGauge("process.cpu_seconds", "Processor time since the start", () => {
    const { user, system } = process.cpuUsage();
    return Object.entries({ user, system }).map(([mode, us]) => ({
      value: us / 1e6,
      labels: { mode },
    }));
  });
  return () => delay.disable();
}
