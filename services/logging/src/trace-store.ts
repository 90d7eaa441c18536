import { unpackSpan } from "./otlp-protobuf.ts";
import type { AnySpan, Attributes, LogLine, Span } from "./span.ts";
import { arrange, summarise, type Trace, type TraceSummary } from "./trace.ts";

/** How much is kept. What is over goes: the trace that was quiet for longest, first. */
export type TraceLimits = {
  /** Over all traces. */
  readonly maxSpans: number;
  /** Of all their spans, about. */
  readonly maxBytes: number;
  /** More of one trace are counted, not kept. */
  readonly maxSpansPerTrace: number;
  /** More of one trace push its oldest out. */
  readonly maxLogLinesPerTrace: number;
  /** How long a trace stays after the last that was heard of it. */
  readonly maxAgeMs: number;
};

/** What a trace is looked for by; a criterion left out does not count. */
export type TraceQuery = {
  readonly service?: string;
  /** A part of the span's name, in any case. */
  readonly name?: string;
  readonly isError?: boolean;
  /** Of one span, all of them, with exactly these values. */
  readonly attributes?: Attributes;
  /** Of the whole trace, as are the times. */
  readonly minDurationUs?: number;
  /** The first start that fits. */
  readonly startUs?: number;
  /** The first start that no longer fits. */
  readonly endUs?: number;
  /** The last trace of the page before. */
  readonly after?: Pick<TraceSummary, "startUs" | "traceId">;
  readonly limit: number;
};

/** The recent traces, in memory. `nowMs` never goes back. */
export type TraceStore = {
  /** Takes the spans in; one that is there already is replaced. */
  addSpans(spans: readonly AnySpan[], nowMs: number): void;
  /** Takes in the lines that were written in a trace; others are left out. */
  addLogLines(lines: readonly LogLine[], nowMs: number): void;
  findTrace(traceId: string): Trace | undefined;
  /** The traces that this one's links name or that link to it, oldest first. */
  linkedTraces(traceId: string, limit: number): readonly TraceSummary[];
  /** The traces that have a span that fits, newest first. */
  search(query: TraceQuery): readonly TraceSummary[];
  /** How much is kept now. */
  size(): { readonly traces: number; readonly spans: number; readonly bytes: number };
};

type Entry = {
  readonly traceId: string;
  readonly spans: Map<string, AnySpan>;
  bytes: number;
  logs: LogLine[];
  droppedSpanCount: number;
  heardMs: number;
  /** Made when asked for, forgotten with every span. */
  summary: TraceSummary | undefined;
};

/** An empty store. */
export function createTraceStore(limits: TraceLimits): TraceStore {
  // The order of a Map is that of insertion: whoever is heard of goes to the end, so the quietest is first.
  const entries = new Map<string, Entry>();
  let spanCount = 0;
  let byteCount = 0;

  const hearOf = (traceId: string, nowMs: number): Entry => {
    const entry = entries.get(traceId) ?? newEntry(traceId);
    entries.delete(traceId);
    entries.set(traceId, entry);
    entry.heardMs = nowMs;
    return entry;
  };

  const forgetExcess = (nowMs: number) => {
    for (const [traceId, entry] of entries) {
      const isOld = entry.heardMs < nowMs - limits.maxAgeMs;
      const isFull = spanCount > limits.maxSpans || byteCount > limits.maxBytes || entries.size > limits.maxSpans;
      if (!isOld && !isFull) return;
      entries.delete(traceId);
      spanCount -= entry.spans.size;
      byteCount -= entry.bytes;
    }
  };

  const all = () => [...entries.values()];
  return {
    addSpans(spans, nowMs) {
      for (const span of spans) {
        const entry = hearOf(span.traceId, nowMs);
        const { size } = entry.spans;
        byteCount += addSpan(entry, span, limits.maxSpansPerTrace);
        spanCount += entry.spans.size - size;
      }
      forgetExcess(nowMs);
    },
    addLogLines(lines, nowMs) {
      for (const line of lines) {
        if (line.traceId === "") continue;
        const entry = hearOf(line.traceId, nowMs);
        entry.logs.push(line);
        if (entry.logs.length > limits.maxLogLinesPerTrace) entry.logs.shift();
      }
      forgetExcess(nowMs);
    },
    findTrace(traceId) {
      const entry = entries.get(traceId);
      if (entry === undefined || entry.spans.size === 0) return undefined;
      return traceOf(entry);
    },
    linkedTraces: (traceId, limit) => linkedTo(all(), traceId, limit),
    search: (query) => searchIn(all(), query),
    size: () => ({ traces: entries.size, spans: spanCount, bytes: byteCount }),
  };
}

function traceOf(entry: Entry): Trace {
  return {
    traceId: entry.traceId,
    spans: arrange(readSpans(entry)),
    logs: entry.logs.toSorted((a, b) => a.timeUs - b.timeUs),
    droppedSpanCount: entry.droppedSpanCount,
    summary: summaryOf(entry),
  };
}

function linkedTo(entries: readonly Entry[], traceId: string, limit: number): TraceSummary[] {
  const named = linkTargets(entries.find((entry) => entry.traceId === traceId));
  return entries
    .filter((entry) => entry.traceId !== traceId && entry.spans.size > 0)
    .filter((entry) => named.has(entry.traceId) || linkTargets(entry).has(traceId))
    .map(summaryOf)
    .toSorted((a, b) => newestFirst(b, a))
    .slice(0, limit);
}

function searchIn(entries: readonly Entry[], query: TraceQuery): TraceSummary[] {
  return entries
    .filter((entry) => hasFittingSpan(entry, query))
    .map(summaryOf)
    .filter((summary) => fits(summary, query))
    .toSorted(newestFirst)
    .slice(0, query.limit);
}

function newEntry(traceId: string): Entry {
  return { traceId, spans: new Map(), bytes: 0, logs: [], droppedSpanCount: 0, heardMs: 0, summary: undefined };
}

/** By how many bytes the trace grew. */
function addSpan(entry: Entry, span: AnySpan, maxSpans: number): number {
  const known = entry.spans.get(span.spanId);
  if (known === undefined && entry.spans.size >= maxSpans) {
    entry.droppedSpanCount++;
    return 0;
  }
  entry.spans.set(span.spanId, span);
  entry.summary = undefined;
  const growth = sizeOf(span) - (known === undefined ? 0 : sizeOf(known));
  entry.bytes += growth;
  return growth;
}

/** What a span takes beside its bytes, and what one takes that was read. */
const FRAME_BYTES = 300;
const READ_BYTES = 1_500;

function sizeOf(span: AnySpan): number {
  return "bytes" in span ? span.bytes.length + FRAME_BYTES : READ_BYTES;
}

function readSpans(entry: Entry): Span[] {
  return Array.from(entry.spans.values(), readSpan);
}

function readSpan(span: AnySpan): Span {
  return "bytes" in span ? unpackSpan(span) : span;
}

function summaryOf(entry: Entry): TraceSummary {
  entry.summary ??= summarise(entry.traceId, readSpans(entry));
  return entry.summary;
}

function linkTargets(entry: Entry | undefined): ReadonlySet<string> {
  const targets = new Set<string>();
  for (const span of entry?.spans.values() ?? []) {
    for (const target of "bytes" in span ? span.linkedTo : span.links.map((link) => link.traceId)) targets.add(target);
  }
  return targets;
}

function hasFittingSpan(entry: Entry, query: TraceQuery): boolean {
  const part = query.name?.toLowerCase();
  const wanted = Object.entries(query.attributes ?? {});
  const isAny = part === undefined && query.isError === undefined && wanted.length === 0;
  return Array.from(entry.spans.values()).some((held) => {
    if (query.service !== undefined && serviceOf(held) !== query.service) return false;
    if (isAny) return true;
    // Reading is what costs: a span without an attribute's name need not be read.
    if ("bytes" in held && wanted.some(([key]) => !held.bytes.includes(key))) return false;
    const span = readSpan(held);
    return (
      (part === undefined || span.name.toLowerCase().includes(part)) &&
      (query.isError === undefined || span.isError === query.isError) &&
      wanted.every(([key, value]) => holds(span.attributes[key], value))
    );
  });
}

function serviceOf(span: AnySpan): string {
  return "bytes" in span ? span.resource.service : span.service;
}

function fits(summary: TraceSummary, query: TraceQuery): boolean {
  return (
    summary.durationUs >= (query.minDurationUs ?? 0) &&
    summary.startUs >= (query.startUs ?? Number.NEGATIVE_INFINITY) &&
    summary.startUs < (query.endUs ?? Number.POSITIVE_INFINITY) &&
    (query.after === undefined || newestFirst(query.after, summary) < 0)
  );
}

type Position = Pick<TraceSummary, "startUs" | "traceId">;

function newestFirst(a: Position, b: Position): number {
  if (a.startUs !== b.startUs) return b.startUs - a.startUs;
  if (a.traceId === b.traceId) return 0;
  return a.traceId < b.traceId ? -1 : 1;
}

/** Whether an attribute is `wanted`, or names several, one of which it is: "order.number" of a group's span. */
function holds(attribute: string | undefined, wanted: string): boolean {
  return attribute === wanted || (attribute?.split(" ").includes(wanted) ?? false);
}
