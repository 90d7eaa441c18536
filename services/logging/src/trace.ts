import type { LogLine, Span } from "./span.ts";

/** A span in its place: how deep, and under which kept parent. */
export type PlacedSpan = Span & { readonly depth: number };

/** A trace as it is read: each parent before its children, siblings by their start. */
export type Trace = {
  readonly traceId: string;
  readonly spans: readonly PlacedSpan[];
  readonly logs: readonly LogLine[];
  readonly droppedSpanCount: number;
  readonly summary: TraceSummary;
};

/** A trace in short. */
export type TraceSummary = {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly spanCount: number;
  readonly errorCount: number;
  readonly services: readonly string[];
};

/**
 * The spans as a tree, depth first. One whose parent is not among them becomes a root with no parent; a ring of
 * parents, which only a broken sender makes, is opened at its earliest span, so that every span comes exactly once.
 */
export function arrange(spans: readonly Span[]): readonly PlacedSpan[] {
  const byStart = spans.toSorted(byStartThenId);
  const ids = new Set(byStart.map((span) => span.spanId));
  const children = Map.groupBy(byStart, (span) => span.parentSpanId);
  const placed: PlacedSpan[] = [];
  const seen = new Set<string>();

  const placeTree = (root: Span) => {
    const pending: PlacedSpan[] = [{ ...root, parentSpanId: "", depth: 0 }];
    for (let span = pending.pop(); span !== undefined; span = pending.pop()) {
      if (seen.has(span.spanId)) continue;
      seen.add(span.spanId);
      placed.push(span);
      const depth = span.depth + 1;
      const below = (children.get(span.spanId) ?? []).map((child) => ({ ...child, depth }));
      pending.push(...below.toReversed());
    }
  };

  for (const span of byStart) if (!ids.has(span.parentSpanId)) placeTree(span);
  for (const span of byStart) if (!seen.has(span.spanId)) placeTree(span);
  return placed;
}

/** A trace in short; `spans` is not empty. Its root is the earliest span whose parent is not among them. */
export function summarise(traceId: string, spans: readonly Span[]): TraceSummary {
  const byStart = spans.toSorted(byStartThenId);
  const ids = new Set(byStart.map((span) => span.spanId));
  const root = byStart.find((span) => !ids.has(span.parentSpanId)) ?? byStart[0];
  const startUs = byStart[0]?.startUs ?? 0;
  const endUs = byStart.reduce((latest, span) => Math.max(latest, span.startUs + span.durationUs), startUs);
  return {
    traceId,
    rootService: root?.service ?? "",
    rootName: root?.name ?? "",
    startUs,
    durationUs: endUs - startUs,
    spanCount: spans.length,
    errorCount: spans.filter((span) => span.isError).length,
    services: [...new Set(byStart.map((span) => span.service))],
  };
}

function byStartThenId(a: Span, b: Span): number {
  return a.startUs - b.startUs || (a.spanId < b.spanId ? -1 : 1);
}
