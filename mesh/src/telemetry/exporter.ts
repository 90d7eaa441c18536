import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Attributes } from "@opentelemetry/api";
import { keepTime, type LiveSpan } from "./live-span.ts";
import { createSpanWriter, type SpanWriter } from "./otlp-writer.ts";

/** Sends spans to a collector by OTLP over HTTP, as protobuf. */
export type SpanExporter = {
  readonly add: (span: LiveSpan) => void;
  /** Spans given up: more came than were taken away, or the collector was away for long. */
  readonly droppedCount: () => number;
  /** Sends what waits, and no more after; within `timeoutMs`. */
  readonly stop: (timeoutMs: number) => Promise<void>;
};

/** What an exporter needs. */
export type SpanExporterOptions = {
  /** The collector's base URL, or the address of its traces. */
  readonly url: string;
  /** How long spans wait for company. */
  readonly delayMs: number;
  readonly resourceOf: (service: string) => Attributes;
};

/** Enough to send at once. */
const FULL_BYTES = 256 * 1_024;
/** More is thrown away: telemetry never costs the shop its memory. A receiver takes bodies of 4 MiB. */
const MAX_BYTES = 2 * 1_024 * 1_024;
const MAX_TRIES = 5;
const TIMEOUT_MS = 3_000;
/** A collector that says these may take the same spans later. */
const passing: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

type Batch = { readonly body: Buffer; readonly count: number; tries: number };

/** An exporter that sends by a timer of its own from now on. */
export function createSpanExporter({ url, delayMs, resourceOf }: SpanExporterOptions): SpanExporter {
  const send = createSender(url);
  const waiting = createWaiting(resourceOf);
  let dropped = 0;
  let unsent: Batch | undefined;
  let sending: Promise<void> | undefined;

  function add(span: LiveSpan): void {
    if (!waiting.add(span)) dropped += 1;
    else if (waiting.isFull() && sending === undefined && unsent === undefined) flush();
  }

  async function sendOne(batch: Batch): Promise<void> {
    batch.tries += 1;
    const outcome = await send(batch.body);
    const isPassing = outcome === "away" || passing.has(outcome);
    if (isPassing && batch.tries < MAX_TRIES) unsent = batch;
    else if (isPassing || outcome >= 300) dropped += batch.count;
  }

  function flush(): void {
    if (sending !== undefined) return;
    keepTime();
    const batch = unsent ?? waiting.take();
    unsent = undefined;
    if (batch === undefined) return;
    sending = sendOne(batch).finally(() => {
      sending = undefined;
    });
  }

  const timer = setInterval(flush, delayMs).unref();
  return {
    add,
    droppedCount: () => dropped,
    async stop(timeoutMs) {
      clearInterval(timer);
      const endMs = performance.now() + timeoutMs;
      await sending;
      for (flush(); sending !== undefined && performance.now() < endMs; flush()) await sending;
      send.close();
    },
  };
}

/** The spans that wait for their sending, written already. */
function createWaiting(resourceOf: SpanExporterOptions["resourceOf"]) {
  const writers = new Map<string, SpanWriter>();
  let count = 0;
  let bytes = 0;

  function writerOf(service: string): SpanWriter {
    const known = writers.get(service);
    if (known !== undefined) return known;
    const writer = createSpanWriter(resourceOf(service), "shopmesh");
    writers.set(service, writer);
    return writer;
  }

  return {
    isFull: () => bytes > FULL_BYTES,
    /** False where there is no room. */
    add(span: LiveSpan): boolean {
      if (bytes > MAX_BYTES) return false;
      const writer = writerOf(span.service);
      const before = writer.size();
      writer.write(span);
      bytes += writer.size() - before;
      count += 1;
      return true;
    },
    take(): Batch | undefined {
      if (count === 0) return undefined;
      const parts = [...writers.values()].filter((writer) => writer.size() > 0).map((writer) => writer.take());
      const batch = { body: Buffer.concat(parts), count, tries: 0 };
      count = 0;
      bytes = 0;
      return batch;
    },
  };
}

/** Posts one body; the status it is answered with, or that nobody answered. */
type Sender = ((body: Buffer) => Promise<number | "away">) & { close(): void };

function createSender(url: string): Sender {
  const address = new URL(url.endsWith("/v1/traces") ? url : `${url.replace(/\/+$/, "")}/v1/traces`);
  const isSecure = address.protocol === "https:";
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const request = isSecure ? httpsRequest : httpRequest;
  function send(body: Buffer): Promise<number | "away"> {
    return new Promise((resolve) => {
      const headers = { "content-type": "application/x-protobuf", "content-length": body.length };
      const sent = request(address, { method: "POST", headers, agent, timeout: TIMEOUT_MS }, (response) => {
        response.resume();
        response.once("end", () => resolve(response.statusCode ?? 0));
        response.once("error", () => resolve("away"));
      });
      sent.once("timeout", () => sent.destroy());
      sent.once("error", () => resolve("away"));
      sent.end(body);
    });
  }
  return Object.assign(send, { close: () => agent.destroy() });
}
