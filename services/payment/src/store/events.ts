import type { Sql } from "@shopmesh/mesh";

/** What the provider told. */
export type ProviderEvent = {
  readonly id: string;
  readonly type: string;
  /** The provider's name of the payment; empty where it tells of something else. */
  readonly reference: string;
  readonly happenMs: number;
};

/** Keeps an event; false where it is known. */
export async function keepEvent(sql: Sql, event: ProviderEvent, nowMs: number): Promise<boolean> {
  const inserted = await sql.execute(
    "INSERT IGNORE INTO provider_event (id, type, reference, happen_ms, receive_ms) VALUES (?, ?, ?, ?, ?)",
    [event.id, event.type.slice(0, 64), event.reference, event.happenMs, nowMs],
  );
  return inserted === 1;
}

/** Forgets at most `limit` events received before `beforeMs`; how many. */
export function sweepEvents(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM provider_event WHERE receive_ms < ? LIMIT ?", [beforeMs, limit]);
}
