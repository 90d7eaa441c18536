import { limits, type Reading, type Resource } from "./otlp.ts";
import { type Cursor, eachField, readDouble, readInt64, readTimeUs, readVarint, readWithin } from "./protobuf.ts";
import type { Attributes, PackedSpan, Span, SpanEvent, SpanKind, SpanLink } from "./span.ts";

const KINDS: readonly SpanKind[] = ["internal", "internal", "server", "client", "producer", "consumer"];
const ERROR = 2;

/**
 * The spans of an OTLP ExportTraceServiceRequest in protobuf, packed: hardly any trace is ever looked at, so a span is read
 * when somebody does. A span without proper ids is rejected by itself; throws a RangeError where the bytes are no protobuf.
 */
export function packTraces(body: Buffer): Reading<PackedSpan> {
  const items: PackedSpan[] = [];
  let rejectedCount = 0;
  eachField(wholeOf(body), () => false);
  each(wholeOf(body), 1, (group) => {
    let resource: Resource = { service: "unknown", region: "" };
    each({ ...group }, 1, (described) => {
      resource = readResource(described);
    });
    each(group, 2, (scope) =>
      each(scope, 2, (span) => {
        const packed = packSpan(span, resource);
        if (packed === undefined) rejectedCount++;
        else items.push(packed);
      }),
    );
  });
  return { items, rejectedCount };
}

/** What was packed. */
export function unpackSpan({ bytes, resource, traceId, spanId }: PackedSpan): Span {
  const span = {
    parentSpanId: "",
    name: "",
    kind: KINDS[0] ?? "internal",
    startUs: 0,
    endUs: 0,
    isError: false,
    statusMessage: "",
  };
  const attributes: [string, string][] = [];
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  const cursor = wholeOf(bytes);
  const take = (field: number): boolean => {
    if (field === 4) span.parentSpanId = hexOf(readWithin(cursor), 8);
    else if (field === 5) span.name = textOf(readWithin(cursor));
    else if (field === 6) span.kind = KINDS[readVarint(cursor)] ?? "internal";
    else if (field === 7) span.startUs = readTimeUs(cursor);
    else if (field === 8) span.endUs = readTimeUs(cursor);
    else if (field === 9) attributes.push(pairOf(readWithin(cursor)));
    else if (field === 11) events.push(eventOf(readWithin(cursor)));
    else if (field === 13) links.push(linkOf(readWithin(cursor)));
    else if (field === 15) Object.assign(span, statusOf(readWithin(cursor)));
    else return false;
    return true;
  };
  try {
    eachField(cursor, take);
  } catch (error) {
    // What a broken sender wrote within a span is read as far as it goes.
    if (!(error instanceof RangeError)) throw error;
  }
  const { endUs, ...rest } = span;
  return {
    traceId,
    spanId,
    ...resource,
    ...rest,
    durationUs: Math.max(0, endUs - span.startUs),
    attributes: attributesOf(attributes),
    events: events.slice(0, limits.events),
    links: links.filter((link) => link.traceId !== "").slice(0, limits.links),
  };
}

// What every span that comes pays: its ids, whom it links to, a copy of its bytes, for the body is large and goes.
function packSpan(span: Cursor, resource: Resource): PackedSpan | undefined {
  const { at, end } = span;
  let traceId = "";
  let spanId = "";
  let isNamed = false;
  let isTimed = false;
  let linkedTo: string[] | undefined;
  eachField(span, (field) => {
    if (field === 1) traceId = hexOf(readWithin(span), 16);
    else if (field === 2) spanId = hexOf(readWithin(span), 8);
    else if (field === 5) isNamed = readWithin(span).end > 0;
    else if (field === 7) isTimed = readTimeUs(span) > 0;
    else if (field === 13) (linkedTo ??= []).push(linkOf(readWithin(span)).traceId);
    else return false;
    return true;
  });
  if (traceId === "" || spanId === "" || !isNamed || !isTimed) return undefined;
  return { traceId, spanId, resource, bytes: Buffer.from(span.bytes.subarray(at, end)), linkedTo: linkedTo ?? NOBODY };
}

const NOBODY: readonly string[] = [];

function readResource(cursor: Cursor): Resource {
  const pairs: [string, string][] = [];
  each(cursor, 1, (pair) => pairs.push(pairOf(pair)));
  const attributes = attributesOf(pairs);
  return { service: attributes["service.name"] ?? "unknown", region: attributes["cloud.region"] ?? "" };
}

function eventOf(cursor: Cursor): SpanEvent {
  const event = { timeUs: 0, name: "" };
  const attributes: [string, string][] = [];
  eachField(cursor, (field) => {
    if (field === 1) event.timeUs = readTimeUs(cursor);
    else if (field === 2) event.name = textOf(readWithin(cursor));
    else if (field === 3) attributes.push(pairOf(readWithin(cursor)));
    else return false;
    return true;
  });
  return { ...event, attributes: attributesOf(attributes) };
}

function linkOf(cursor: Cursor): SpanLink {
  const link = { traceId: "", spanId: "" };
  const attributes: [string, string][] = [];
  eachField(cursor, (field) => {
    if (field === 1) link.traceId = hexOf(readWithin(cursor), 16);
    else if (field === 2) link.spanId = hexOf(readWithin(cursor), 8);
    else if (field === 4) attributes.push(pairOf(readWithin(cursor)));
    else return false;
    return true;
  });
  return { ...link, attributes: attributesOf(attributes) };
}

function statusOf(cursor: Cursor): Pick<Span, "isError" | "statusMessage"> {
  const status = { isError: false, statusMessage: "" };
  eachField(cursor, (field) => {
    if (field === 2) status.statusMessage = textOf(readWithin(cursor));
    else if (field === 3) status.isError = readVarint(cursor) === ERROR;
    else return false;
    return true;
  });
  return status;
}

function attributesOf(pairs: readonly (readonly [string, string])[]): Attributes {
  return Object.fromEntries(pairs.filter(([key]) => key !== "").slice(0, limits.attributes));
}

function pairOf(cursor: Cursor, depth = 0): [string, string] {
  let key = "";
  let value = "";
  eachField(cursor, (field) => {
    if (field === 1) key = textOf(readWithin(cursor));
    else if (field === 2) value = anyValueOf(readWithin(cursor), depth).slice(0, limits.textLength);
    else return false;
    return true;
  });
  return [key, value];
}

/** An AnyValue as text; lists and maps as JSON. */
function anyValueOf(cursor: Cursor, depth: number): string {
  let value = "";
  eachField(cursor, (field) => {
    if (field === 1) value = textOf(readWithin(cursor));
    else if (field === 2) value = String(readVarint(cursor) !== 0);
    else if (field === 3) value = readInt64(cursor);
    else if (field === 4) value = String(readDouble(cursor));
    else if (field === 5 && depth < limits.depth) value = JSON.stringify(listOf(readWithin(cursor), depth));
    else if (field === 6 && depth < limits.depth) value = JSON.stringify(mapOf(readWithin(cursor), depth));
    else return false;
    return true;
  });
  return value;
}

function listOf(cursor: Cursor, depth: number): string[] {
  const values: string[] = [];
  each(cursor, 1, (value) => values.push(anyValueOf(value, depth + 1)));
  return values;
}

function mapOf(cursor: Cursor, depth: number): Attributes {
  const pairs: [string, string][] = [];
  each(cursor, 1, (pair) => pairs.push(pairOf(pair, depth + 1)));
  return attributesOf(pairs);
}

/** Each message that is field `wanted`. */
function each(cursor: Cursor, wanted: number, take: (within: Cursor) => unknown): void {
  eachField(cursor, (field, wireType) => {
    if (field !== wanted || wireType !== 2) return false;
    take(readWithin(cursor));
    return true;
  });
}

function wholeOf(bytes: Buffer): Cursor {
  return { bytes, at: 0, end: bytes.length };
}

function textOf({ bytes, at, end }: Cursor): string {
  return bytes.toString("utf8", at, Math.min(end, at + limits.textLength * 4)).slice(0, limits.textLength);
}

/** An id in lower-case hex; empty where it has another length or is all zeros. */
function hexOf({ bytes, at, end }: Cursor, length: number): string {
  if (end - at !== length) return "";
  const id = bytes.toString("hex", at, end);
  return /^0+$/.test(id) ? "" : id;
}
