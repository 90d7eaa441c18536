import { trace } from "@opentelemetry/api";
import type { Sql, Tx } from "@shopmesh/mesh";
import type { TimelineRow } from "../schema.ts";
import type { TimelineEntry } from "../timeline.ts";

/** An entry with the trace that caused it. */
export type StoredEntry = TimelineEntry & { readonly traceId: string };

/** Adds entries to a group's timeline, with the commit; the caller holds the group's lock. */
export function insertTimeline(tx: Tx, groupId: string, entries: readonly TimelineEntry[]): void {
  const traceId = trace.getActiveSpan()?.spanContext().traceId ?? "";
  tx.insertLast(
    "timeline",
    entries.map(({ sequence, timeMs, orderId, kind, summary, reason }) => ({
      group_id: groupId,
      sequence,
      time_ms: timeMs,
      order_id: orderId ?? null,
      kind,
      summary,
      reason,
      trace_id: traceId,
    })),
  );
}

/** A group's entries after `sequence`, in order. */
export async function listTimeline(sql: Sql, groupId: string, sequence: number): Promise<readonly StoredEntry[]> {
  const rows = await sql.rows<TimelineRow>(
    "SELECT * FROM timeline WHERE group_id = ? AND sequence > ? ORDER BY sequence LIMIT 500",
    [groupId, sequence],
  );
  return rows.map((row) => ({
    sequence: Number(row.sequence),
    timeMs: Number(row.time_ms),
    orderId: row.order_id ?? undefined,
    kind: row.kind as TimelineEntry["kind"],
    summary: row.summary,
    reason: row.reason,
    traceId: row.trace_id,
  }));
}
