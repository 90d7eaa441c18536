import { randomFillSync } from "node:crypto";
import {
  type Attributes,
  type AttributeValue,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  SpanStatusCode,
  type TimeInput,
  type TraceState,
} from "@opentelemetry/api";

/** One moment of a span. */
export type SpanMoment = { readonly timeMs: number; readonly name: string; readonly attributes: Attributes };

/** A span while it lasts, and what is sent of it: OpenTelemetry's, as flat as can be, for every call makes several. */
export type LiveSpan = Span & {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  /** Whether its trace is recorded. */
  readonly isSampled: boolean;
  readonly traceState: TraceState | undefined;
  readonly kind: SpanKind;
  readonly service: string;
  /** Epoch milliseconds, with fractions. */
  readonly startMs: number;
  /** The same object for every span of its sort: it is encoded once. */
  readonly fixed: Attributes | undefined;
  name: string;
  endMs: number;
  readonly given: Attributes | undefined;
  own: [string, AttributeValue][] | undefined;
  moments: SpanMoment[] | undefined;
  links: Link[] | undefined;
  status: SpanStatusCode;
  statusMessage: string;
  readonly finish: (span: LiveSpan) => void;
};

/** What a span goes on with: the span above it, or the one that headers name. */
export type Parent = {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
  readonly traceState: TraceState | undefined;
};

/** What a new span is. */
export type NewSpan = {
  readonly name: string;
  readonly kind: SpanKind;
  readonly service: string;
  readonly parent: Parent | undefined;
  readonly fixed?: Attributes | undefined;
  readonly attributes?: Attributes | undefined;
  readonly links?: readonly Link[] | undefined;
  readonly startTime?: TimeInput | undefined;
};

/** Decides of a new trace whether it is recorded, and takes the spans that have ended. */
export type SpanSink = {
  readonly isSampled: (traceId: string) => boolean;
  /** Also of spans that are not recorded: one that failed may be kept all the same. */
  readonly ended: (span: LiveSpan) => void;
};

const MAX_MOMENTS = 32;
const MAX_OWN = 64;

/** A span that begins now. */
export function beginSpan(given: NewSpan, sink: SpanSink): LiveSpan {
  const { parent, attributes, links, startTime } = given;
  const traceId = parent?.traceId ?? randomHex(16);
  return {
    traceId,
    spanId: randomHex(8),
    parentSpanId: parent?.spanId ?? "",
    isSampled: parent === undefined ? sink.isSampled(traceId) : parent.isSampled,
    traceState: parent?.traceState,
    kind: given.kind,
    service: given.service,
    startMs: startTime === undefined ? epochMs() : timeMs(startTime),
    fixed: given.fixed,
    name: given.name,
    endMs: 0,
    given: attributes,
    own: undefined,
    moments: undefined,
    links: links === undefined ? undefined : [...links],
    status: SpanStatusCode.UNSET,
    statusMessage: "",
    finish: sink.ended,
    spanContext,
    setAttribute,
    setAttributes,
    addEvent,
    addLink,
    addLinks,
    setStatus,
    updateName,
    end,
    isRecording,
    recordException,
  };
}

// Shared by all spans, so that none is born with functions of its own.

function spanContext(this: LiveSpan): SpanContext {
  const { traceId, spanId, isSampled, traceState } = this;
  const context = { traceId, spanId, traceFlags: isSampled ? 1 : 0 };
  return traceState === undefined ? context : { ...context, traceState };
}

function setAttribute(this: LiveSpan, key: string, value: AttributeValue) {
  if (this.isRecording() && (this.own?.length ?? 0) < MAX_OWN) (this.own ??= []).push([key, value]);
  return this;
}

function setAttributes(this: LiveSpan, attributes: Attributes) {
  for (const key in attributes) this.setAttribute(key, attributes[key] ?? "");
  return this;
}

function addEvent(this: LiveSpan, name: string, facts?: Attributes | TimeInput, time?: TimeInput) {
  if (!this.isRecording() || (this.moments?.length ?? 0) >= MAX_MOMENTS) return this;
  const isTime = typeof facts === "number" || Array.isArray(facts) || facts instanceof Date;
  const at = isTime ? facts : time;
  const attributes = isTime ? {} : ((facts ?? {}) as Attributes);
  (this.moments ??= []).push({ timeMs: at === undefined ? epochMs() : timeMs(at), name, attributes });
  return this;
}

function addLink(this: LiveSpan, link: Link) {
  if (this.isRecording()) (this.links ??= []).push(link);
  return this;
}

function addLinks(this: LiveSpan, links: Link[]) {
  for (const link of links) this.addLink(link);
  return this;
}

function setStatus(this: LiveSpan, { code, message = "" }: { code: SpanStatusCode; message?: string }) {
  if (this.endMs > 0) return this;
  this.status = code;
  this.statusMessage = message;
  return this;
}

function updateName(this: LiveSpan, name: string) {
  this.name = name;
  return this;
}

function end(this: LiveSpan, time?: TimeInput) {
  if (this.endMs > 0) return;
  this.endMs = Math.max(this.startMs, time === undefined ? epochMs() : timeMs(time));
  this.finish(this);
}

function isRecording(this: LiveSpan) {
  return this.isSampled && this.endMs === 0;
}

function recordException(this: LiveSpan, exception: { name?: string; message?: string } | string, time?: TimeInput) {
  const message = typeof exception === "string" ? exception : (exception.message ?? "");
  const type = typeof exception === "string" ? "Error" : (exception.name ?? "Error");
  this.addEvent("exception", { "exception.type": type, "exception.message": message }, time);
}

let anchorMs = performance.timeOrigin;
const MAX_DRIFT_MS = 50;

/** Now, in epoch milliseconds with fractions. */
export function epochMs(): number {
  return anchorMs + performance.now();
}

/** Sets it by the machine's clock again, from which it goes away where the machine slept or its clock was set. */
export function keepTime(): void {
  const nowMs = Date.now();
  if (Math.abs(nowMs - epochMs()) > MAX_DRIFT_MS) anchorMs = nowMs - performance.now();
}

const NANOSECONDS_PER_MS = 1e6;

function timeMs(time: TimeInput): number {
  if (Array.isArray(time)) return time[0] * 1_000 + time[1] / NANOSECONDS_PER_MS;
  if (time instanceof Date) return time.getTime();
  // As OpenTelemetry reads a number: what is before this process is time since it began.
  return time < performance.timeOrigin ? anchorMs + time : time;
}

const pool = Buffer.alloc(8_192);
let used = pool.length;

/** Random bytes as lower-case hex; drawn in bulk, for drawing is what costs. */
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.toString("hex", used, (used += bytes));
}
