import { trace } from "@opentelemetry/api";
import type { Sql, Tx } from "@shopmesh/mesh";
import type { Order } from "../order.ts";
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

/** A group's first 500 entries after `sequence`, in order. */
export async function listTimeline(sql: Sql, groupId: string, sequence: number): Promise<readonly StoredEntry[]> {
  const rows = await sql.rows<TimelineRow>(
    "SELECT * FROM timeline WHERE group_id = ? AND sequence > ? ORDER BY sequence LIMIT 500",
    [groupId, sequence],
  );
  return rows.map(fromRow);
}

/** The last `limit` entries of a group about the order or all of it, in order. */
export async function listLastEntries(
  sql: Sql,
  { groupId, id }: Pick<Order, "groupId" | "id">,
  limit: number,
): Promise<readonly StoredEntry[]> {
  const rows = await sql.rows<TimelineRow>(
    `SELECT * FROM timeline WHERE group_id = ? AND (order_id = ? OR order_id IS NULL) ORDER BY sequence DESC LIMIT ?`,
    [groupId, id, limit],
  );
  return rows.map(fromRow).toReversed();
}

function fromRow(row: TimelineRow): StoredEntry {
  return {
    sequence: Number(row.sequence),
    timeMs: Number(row.time_ms),
    orderId: row.order_id ?? undefined,
    kind: row.kind as TimelineEntry["kind"],
    summary: row.summary,
    reason: row.reason,
    traceId: row.trace_id,
  };
}
