import { type Attributes, type Link, SpanStatusCode } from "@opentelemetry/api";
import type { LiveSpan, SpanMoment } from "./live-span.ts";

/**
 * Spans as the bytes of opentelemetry.proto.trace.v1.Span, one after another, each written when it ends: what waits for its
 * sending is one buffer and not thousands of objects.
 */
export type SpanWriter = {
  readonly write: (span: LiveSpan) => void;
  /** How much waits. */
  readonly size: () => number;
  /** What waits, as an ExportTraceServiceRequest's `resource_spans`; the writer is empty after. */
  readonly take: () => Buffer;
};

/** More of a text is cut off. */
const MAX_TEXT = 1_024;
const MAX_ATTRIBUTES = 64;
const FIRST_BYTES = 16_384;
/** Room that any one text, number or id and its tag fits in. */
const ROOM = MAX_TEXT * 3 + 64;
const TWO_32 = 2 ** 32;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

type Out = { bytes: Buffer; length: number };

/** A writer of the spans of one resource, by its attributes. */
export function createSpanWriter(resource: Attributes, scopeName: string): SpanWriter {
  const out: Out = { bytes: Buffer.allocUnsafe(FIRST_BYTES), length: 0 };
  const resourceBytes = made((head) => {
    const start = open(head, 1);
    attributes(head, 1, Object.entries(resource));
    close(head, start);
  });
  const scopeBytes = made((head) => {
    const start = open(head, 1);
    text(head, 1, scopeName);
    close(head, start);
  });
  return {
    write(span) {
      const start = open(out, 2);
      writeSpan(out, span);
      close(out, start);
    },
    size: () => out.length,
    take() {
      const spans = out.bytes.subarray(0, out.length);
      out.bytes = Buffer.allocUnsafe(Math.max(FIRST_BYTES, out.length));
      out.length = 0;
      const scopeSpans = made((head) => header(head, 2, scopeBytes.length + spans.length));
      const length = resourceBytes.length + scopeSpans.length + scopeBytes.length + spans.length;
      return Buffer.concat([made((head) => header(head, 1, length)), resourceBytes, scopeSpans, scopeBytes, spans]);
    },
  };
}

function writeSpan(out: Out, span: LiveSpan): void {
  hex(out, 1, span.traceId);
  hex(out, 2, span.spanId);
  const state = span.traceState?.serialize();
  if (state !== undefined) text(out, 3, state);
  if (span.parentSpanId !== "") hex(out, 4, span.parentSpanId);
  text(out, 5, span.name);
  // OpenTelemetry's API counts kinds from INTERNAL = 0, its wire from 1.
  number(out, 6, span.kind + 1);
  time(out, 7, span.startMs);
  time(out, 8, span.endMs);
  if (span.fixed !== undefined) append(out, fixedBytes(span.fixed));
  if (span.given !== undefined) attributes(out, 9, Object.entries(span.given));
  if (span.own !== undefined) attributes(out, 9, span.own);
  for (const moment of span.moments ?? []) writeMoment(out, moment);
  for (const link of span.links ?? []) writeLink(out, link);
  if (span.status !== SpanStatusCode.UNSET) writeStatus(out, span);
}

function writeMoment(out: Out, moment: SpanMoment): void {
  const start = open(out, 11);
  time(out, 1, moment.timeMs);
  text(out, 2, moment.name);
  attributes(out, 3, Object.entries(moment.attributes));
  close(out, start);
}

function writeLink(out: Out, link: Link): void {
  const start = open(out, 13);
  hex(out, 1, link.context.traceId);
  hex(out, 2, link.context.spanId);
  attributes(out, 4, Object.entries(link.attributes ?? {}));
  close(out, start);
}

function writeStatus(out: Out, { status, statusMessage }: LiveSpan): void {
  const start = open(out, 15);
  if (statusMessage !== "") text(out, 2, statusMessage);
  number(out, 3, status);
  close(out, start);
}

const encoded = new WeakMap<Attributes, Buffer>();

function fixedBytes(fixed: Attributes): Buffer {
  const known = encoded.get(fixed);
  if (known !== undefined) return known;
  const bytes = made((out) => attributes(out, 9, Object.entries(fixed)));
  encoded.set(fixed, bytes);
  return bytes;
}

function attributes(out: Out, field: number, entries: readonly (readonly [string, unknown])[]): void {
  for (const [key, value] of entries.length > MAX_ATTRIBUTES ? entries.slice(0, MAX_ATTRIBUTES) : entries) {
    if (value === undefined) continue;
    const start = open(out, field);
    text(out, 1, key);
    anyValue(out, 2, value);
    close(out, start);
  }
}

function anyValue(out: Out, field: number, value: unknown): void {
  const start = open(out, field);
  if (typeof value === "string") text(out, 1, value);
  else if (typeof value === "boolean") number(out, 2, value ? 1 : 0);
  else if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) number(out, 3, value);
  else if (typeof value === "number") double(out, 4, value);
  else if (Array.isArray(value)) {
    const list = open(out, 5);
    for (const part of value) anyValue(out, 1, part);
    close(out, list);
  }
  close(out, start);
}

/** Begins a message within; `close` writes its length, in three bytes whatever it is. */
function open(out: Out, field: number): number {
  room(out);
  out.bytes[out.length] = (field << 3) | BYTES;
  return (out.length += 4);
}

function close(out: Out, start: number): void {
  const length = out.length - start;
  out.bytes[start - 3] = (length & 0x7f) | 0x80;
  out.bytes[start - 2] = ((length >> 7) & 0x7f) | 0x80;
  out.bytes[start - 1] = length >> 14;
}

function text(out: Out, field: number, given: string): void {
  room(out);
  const value = given.length > MAX_TEXT ? given.slice(0, MAX_TEXT) : given;
  out.bytes[out.length++] = (field << 3) | BYTES;
  const start = out.length + 2;
  const length = out.bytes.write(value, start, "utf8");
  out.bytes[start - 2] = (length & 0x7f) | 0x80;
  out.bytes[start - 1] = length >> 7;
  out.length = start + length;
}

function hex(out: Out, field: number, id: string): void {
  room(out);
  out.bytes[out.length++] = (field << 3) | BYTES;
  out.bytes[out.length++] = id.length / 2;
  out.length += out.bytes.write(id, out.length, "hex");
}

function number(out: Out, field: number, value: number): void {
  room(out);
  out.bytes[out.length++] = (field << 3) | VARINT;
  varint(out, value);
}

function double(out: Out, field: number, value: number): void {
  room(out);
  out.bytes[out.length++] = (field << 3) | FIXED64;
  out.length = out.bytes.writeDoubleLE(value, out.length);
}

/** Nanoseconds since 1970 do not fit in a double: they are made of microseconds, which do. */
function time(out: Out, field: number, epochMs: number): void {
  room(out);
  out.bytes[out.length++] = (field << 3) | FIXED64;
  const microseconds = Math.round(epochMs * 1_000);
  const low = (microseconds % TWO_32) * 1_000;
  out.bytes.writeUInt32LE(low % TWO_32, out.length);
  out.bytes.writeUInt32LE(Math.floor(microseconds / TWO_32) * 1_000 + Math.floor(low / TWO_32), out.length + 4);
  out.length += 8;
}

function header(out: Out, field: number, length: number): void {
  varint(out, (field << 3) | BYTES);
  varint(out, length);
}

function varint(out: Out, given: number): void {
  let value = given;
  while (value > 0x7f) {
    out.bytes[out.length++] = (value % 128) | 0x80;
    value = Math.floor(value / 128);
  }
  out.bytes[out.length++] = value;
}

function append(out: Out, bytes: Buffer): void {
  while (out.length + bytes.length > out.bytes.length) grow(out);
  bytes.copy(out.bytes, out.length);
  out.length += bytes.length;
}

function room(out: Out): void {
  if (out.length + ROOM > out.bytes.length) grow(out);
}

function grow(out: Out): void {
  const larger = Buffer.allocUnsafe(out.bytes.length * 2);
  out.bytes.copy(larger, 0, 0, out.length);
  out.bytes = larger;
}

function made(write: (out: Out) => void): Buffer {
  const out: Out = { bytes: Buffer.allocUnsafe(FIRST_BYTES), length: 0 };
  write(out);
  return Buffer.from(out.bytes.subarray(0, out.length));
}
