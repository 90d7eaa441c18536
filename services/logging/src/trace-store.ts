import type { Attributes, LogLine, Span } from "./span.ts";
import { arrange, summarise, type Trace, type TraceSummary } from "./trace.ts";

/** How much is kept. What is over goes: the trace that was quiet for longest, first. */
export type TraceLimits = {
  /** Over all traces. */
  readonly maxSpans: number;
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
  addSpans(spans: readonly Span[], nowMs: number): void;
  /** Takes in the lines that were written in a trace; others are left out. */
  addLogLines(lines: readonly LogLine[], nowMs: number): void;
  findTrace(traceId: string): Trace | undefined;
  /** The traces that this one's links name or that link to it, oldest first. */
  linkedTraces(traceId: string, limit: number): readonly TraceSummary[];
  /** The traces that have a span that fits, newest first. */
  search(query: TraceQuery): readonly TraceSummary[];
  /** How much is kept now. */
  size(): { readonly traces: number; readonly spans: number };
};

type Entry = {
  readonly traceId: string;
  readonly spans: Map<string, Span>;
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
      if (!isOld && spanCount <= limits.maxSpans && entries.size <= limits.maxSpans) return;
      entries.delete(traceId);
      spanCount -= entry.spans.size;
    }
  };

  const all = () => [...entries.values()];
  return {
    addSpans(spans, nowMs) {
      for (const span of spans) spanCount += addSpan(hearOf(span.traceId, nowMs), span, limits.maxSpansPerTrace);
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
      return {
        traceId,
        spans: arrange([...entry.spans.values()]),
        logs: entry.logs.toSorted((a, b) => a.timeUs - b.timeUs),
        droppedSpanCount: entry.droppedSpanCount,
        summary: summaryOf(entry),
      };
    },
    linkedTraces: (traceId, limit) => linkedTo(all(), traceId, limit),
    search: (query) => searchIn(all(), query),
    size: () => ({ traces: entries.size, spans: spanCount }),
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
  return { traceId, spans: new Map(), logs: [], droppedSpanCount: 0, heardMs: 0, summary: undefined };
}

/** By how much the number of spans grew. */
function addSpan(entry: Entry, span: Span, maxSpans: number): number {
  const isKnown = entry.spans.has(span.spanId);
  if (!isKnown && entry.spans.size >= maxSpans) {
    entry.droppedSpanCount++;
    return 0;
  }
  entry.spans.set(span.spanId, span);
  entry.summary = undefined;
  return isKnown ? 0 : 1;
}

function summaryOf(entry: Entry): TraceSummary {
  entry.summary ??= summarise(entry.traceId, [...entry.spans.values()]);
  return entry.summary;
}

function linkTargets(entry: Entry | undefined): ReadonlySet<string> {
  const links = [...(entry?.spans.values() ?? [])].flatMap((span) => span.links);
  return new Set(links.map((link) => link.traceId));
}

function hasFittingSpan(entry: Entry, query: TraceQuery): boolean {
  const part = query.name?.toLowerCase();
  const wanted = Object.entries(query.attributes ?? {});
  return [...entry.spans.values()].some(
    (span) =>
      (query.service === undefined || span.service === query.service) &&
      (part === undefined || span.name.toLowerCase().includes(part)) &&
      (query.isError === undefined || span.isError === query.isError) &&
      wanted.every(([key, value]) => holds(span.attributes[key], value)),
  );
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
