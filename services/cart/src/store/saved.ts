import type { Sql, Tx } from "@shopmesh/mesh";
import type { SavedItem } from "../saved.ts";
import type { SavedRow } from "../schema.ts";
import { readSeen, writeSeen } from "./items.ts";

const COLUMNS = "customer_id, sku, quantity, seen, save_ms";

/** What a customer keeps of an offer. */
export async function findSaved(sql: Sql, customerId: string, sku: string): Promise<SavedItem | undefined> {
  const row = await sql.row<SavedRow>(`SELECT ${COLUMNS} FROM saved_item WHERE customer_id = ? AND sku = ?`, [
    customerId,
    sku,
  ]);
  return row === undefined ? undefined : savedOf(row);
}

/** How many offers a customer keeps. */
export async function countSaved(sql: Sql, customerId: string): Promise<number> {
  const statement = "SELECT COUNT(*) AS count FROM saved_item WHERE customer_id = ?";
  return Number((await sql.row<{ readonly count: string }>(statement, [customerId]))?.count ?? 0);
}

/** A customer's saved items, the latest first, from after the one of `after`. */
export async function listSaved(
  sql: Sql,
  customerId: string,
  { limit, after }: { readonly limit: number; readonly after: readonly [saveMs: string, sku: string] | undefined },
): Promise<readonly SavedItem[]> {
  const [saveMs, sku] = after ?? ["9223372036854775807", ""];
  const rows = await sql.rows<SavedRow>(
    `SELECT ${COLUMNS} FROM saved_item WHERE customer_id = ? AND (save_ms < ? OR (save_ms = ? AND sku < ?))
     ORDER BY save_ms DESC, sku DESC LIMIT ?`,
    [customerId, saveMs, saveMs, sku, limit],
  );
  return rows.map(savedOf);
}

/** Writes what is kept of an offer, in place of what was. */
export async function writeSaved(tx: Tx, { customerId, sku, quantity, seen, saveMs }: SavedItem): Promise<void> {
  await tx.execute(
    `INSERT INTO saved_item (${COLUMNS}) VALUES (?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE quantity = VALUES(quantity), seen = VALUES(seen), save_ms = VALUES(save_ms)`,
    [customerId, sku, quantity, seen === undefined ? null : writeSeen(seen), saveMs],
  );
}

/** Forgets what is kept of an offer; of a quantity, where one is given, only if it is still that. Whether it was there. */
export async function deleteSaved(sql: Sql, customerId: string, sku: string, quantity?: number): Promise<boolean> {
  const statement = "DELETE FROM saved_item WHERE customer_id = ? AND sku = ? AND quantity = COALESCE(?, quantity)";
  return (await sql.execute(statement, [customerId, sku, quantity ?? null])) === 1;
}

function savedOf({ customer_id, sku, quantity, seen, save_ms }: SavedRow): SavedItem {
  return {
    customerId: customer_id,
    sku,
    quantity,
    ...(seen === null ? {} : { seen: readSeen(seen) }),
    saveMs: Number(save_ms),
  };
}
