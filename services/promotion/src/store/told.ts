import type { Sql, Tx } from "@shopmesh/mesh";
import type { PromotionRow } from "../schema.ts";

/** What was last said of a promotion. */
export type Told = "none" | "started" | "ended";

/** A promotion of which something is to be said. */
export type Untold = Pick<PromotionRow, "id" | "version" | "seller_id"> & { readonly told: Exclude<Told, "none"> };

/** Promotions whose start or end has come and was not said yet, at most `limit`; their rows locked, those of others left out. */
export async function lockUntold(tx: Tx, nowMs: number, limit: number): Promise<readonly Untold[]> {
  return tx.rows<Untold>(
    `SELECT id, version, seller_id, IF(end_ms IS NOT NULL AND end_ms <= ?, 'ended', 'started') AS told FROM promotion
     WHERE state = 'active' AND (
       (told = 'none' AND (start_ms IS NULL OR start_ms <= ?)) OR (told = 'started' AND end_ms <= ?))
     ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED`,
    [nowMs, nowMs, nowMs, limit],
  );
}

/** Notes what was said; the caller holds the lock. */
export async function setTold(tx: Sql, ids: readonly string[], told: Told): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute("UPDATE promotion SET told = ? WHERE id IN (?)", [told, ids]);
}

/** What was last said of a promotion; the caller holds its lock. */
export async function toldOf(tx: Tx, id: string): Promise<Told> {
  const row = await tx.row<{ told: Told }>("SELECT told FROM promotion WHERE id = ?", [id]);
  return row?.told ?? "none";
}
