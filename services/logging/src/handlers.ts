import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Duration, durationMs, type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  type LogLineSchema,
  type SpanEventSchema,
  SpanKind,
  type SpanLinkSchema,
  type SpanSchema,
  type TraceSchema,
  type TraceSummarySchema,
} from "@shopmesh/contracts/shop/logging/v1/logging_pb.ts";
import type { LoggingService, SearchTracesRequest } from "@shopmesh/contracts/shop/logging/v1/logging_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { cutPage, type Handlers, numberPart, readPage } from "@shopmesh/mesh";
import type { LogLine, SpanEvent, SpanLink } from "./span.ts";
import type { PlacedSpan, Trace, TraceSummary } from "./trace.ts";
import type { TraceQuery, TraceStore } from "./trace-store.ts";

const pages = { standard: 50, most: 200, key: [numberPart, /^[0-9a-f]{32}$/] } as const;
const MAX_LINKED_TRACES = 50;

type Deps = Pick<TraceStore, "findTrace" | "linkedTraces" | "search">;

/** Answers from the traces that are still kept. */
export function loggingHandlers({ findTrace, linkedTraces, search }: Deps): Handlers<typeof LoggingService> {
  return {
    async getTrace({ traceId }) {
      const trace = findTrace(traceId);
      if (trace === undefined) throw new DomainError("not-found", "TRACE_NOT_FOUND", { traceId });
      return {
        trace: toTrace(trace),
        linkedTraces: linkedTraces(traceId, MAX_LINKED_TRACES).map(toSummary),
      };
    },
    async searchTraces(request) {
      const page = readPage(request, pages);
      const [startUs, traceId] = page.after ?? [];
      const after =
        startUs === undefined || traceId === undefined ? {} : { after: { startUs: Number(startUs), traceId } };
      const found = search({ ...toQuery(request), ...after, limit: page.limit });
      const { rows, nextPageToken } = cutPage(found, page, (trace) => [String(trace.startUs), trace.traceId]);
      return { traces: rows.map(toSummary), nextPageToken };
    },
  };
}

function toQuery(request: SearchTracesRequest): Omit<TraceQuery, "limit" | "after"> {
  return {
    ...(request.service === "" ? {} : { service: request.service }),
    ...(request.name === "" ? {} : { name: request.name }),
    ...(request.onlyErrors ? { isError: true } : {}),
    ...(request.minDuration === undefined ? {} : { minDurationUs: durationUs(request.minDuration) }),
    ...(request.startTime === undefined ? {} : { startUs: timestampUs(request.startTime) }),
    ...(request.endTime === undefined ? {} : { endUs: timestampUs(request.endTime) }),
    attributes: request.attributes,
  };
}

function toTrace(trace: Trace): MessageInitShape<typeof TraceSchema> {
  const { startUs, durationUs: took, services, errorCount } = trace.summary;
  return {
    traceId: trace.traceId,
    spans: trace.spans.map(toSpan),
    startTime: toTimestamp(startUs),
    durationUs: BigInt(took),
    services: [...services],
    errorCount,
    droppedSpanCount: trace.droppedSpanCount,
    logs: trace.logs.map(toLogLine),
  };
}

function toSpan(span: PlacedSpan): MessageInitShape<typeof SpanSchema> {
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    depth: span.depth,
    service: span.service,
    name: span.name,
    kind: SPAN_KINDS[span.kind],
    startTime: toTimestamp(span.startUs),
    durationUs: BigInt(span.durationUs),
    isError: span.isError,
    statusMessage: span.statusMessage,
    attributes: { ...span.attributes },
    events: span.events.map(toEvent),
    links: span.links.map(toLink),
    region: span.region,
  };
}

const SPAN_KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

function toEvent({ timeUs, name, attributes }: SpanEvent): MessageInitShape<typeof SpanEventSchema> {
  return { time: toTimestamp(timeUs), name, attributes: { ...attributes } };
}

function toLink({ traceId, spanId, attributes }: SpanLink): MessageInitShape<typeof SpanLinkSchema> {
  return { traceId, spanId, attributes: { ...attributes } };
}

function toLogLine({ timeUs, attributes, ...line }: LogLine): MessageInitShape<typeof LogLineSchema> {
  return { ...line, time: toTimestamp(timeUs), attributes: { ...attributes } };
}

function toSummary({
  startUs,
  durationUs: took,
  services,
  ...summary
}: TraceSummary): MessageInitShape<typeof TraceSummarySchema> {
  return { ...summary, startTime: toTimestamp(startUs), durationUs: BigInt(took), services: [...services] };
}

function toTimestamp(timeUs: number): Timestamp {
  const seconds = Math.floor(timeUs / 1_000_000);
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos: (timeUs - seconds * 1_000_000) * 1000 });
}

function timestampUs({ seconds, nanos }: Timestamp): number {
  return Number(seconds) * 1_000_000 + Math.floor(nanos / 1000);
}

function durationUs(duration: Duration): number {
  return durationMs(duration) * 1000;
}
