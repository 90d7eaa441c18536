import type { Sql, Tx } from "@shopmesh/mesh";
import type { Channel, Topic } from "../message.ts";
import type { SuppressionRow } from "../schema.ts";
import type { Suppression, SuppressionReason } from "../suppression.ts";

/** Keeps an address from messages; what is kept already stays as it is. */
export async function suppress(tx: Tx, addressHash: string, suppression: Suppression): Promise<void> {
  const { channel, topic, reason, createMs } = suppression;
  await tx.execute(
    "INSERT IGNORE INTO suppression (address_hash, channel, topic, reason, create_ms) VALUES (?, ?, ?, ?, ?)",
    [addressHash, channel, topic ?? "", reason, createMs],
  );
}

/** Why an address gets no messages, oldest first. */
export async function listSuppressions(sql: Sql, addressHash: string): Promise<Suppression[]> {
  const rows = await sql.rows<SuppressionRow>("SELECT * FROM suppression WHERE address_hash = ? ORDER BY create_ms", [
    addressHash,
  ]);
  // The words in these columns were written from the types they are read as.
  return rows.map((row) => ({
    channel: row.channel as Channel,
    topic: row.topic === "" ? undefined : (row.topic as Topic),
    reason: row.reason as SuppressionReason,
    createMs: Number(row.create_ms),
  }));
}

/** Lets an address have messages again: all of them, or those that one reason kept. */
export async function lift(tx: Tx, addressHash: string, reason?: SuppressionReason): Promise<void> {
  if (reason === undefined) await tx.execute("DELETE FROM suppression WHERE address_hash = ?", [addressHash]);
  else await tx.execute("DELETE FROM suppression WHERE address_hash = ? AND reason = ?", [addressHash, reason]);
}

/** Whether a provider's event is new; it is kept then. */
export async function keepEvent(tx: Tx, id: string, nowMs: number): Promise<boolean> {
  return (await tx.execute("INSERT IGNORE INTO provider_event (id, create_ms) VALUES (?, ?)", [id, nowMs])) === 1;
}

/** Forgets events from before `beforeMs`; how many those were, at most `limit`. */
export function sweepEvents(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM provider_event WHERE create_ms < ? LIMIT ?", [beforeMs, limit]);
}
