import type { Sql, Tx } from "@shopmesh/mesh";
import type { PromotionCodeRow } from "../schema.ts";

/** One code of one use. */
export type GeneratedCode = {
  readonly code: string;
  /** Empty while it is free. */
  readonly redemptionId: string;
  readonly createMs: number;
};

/** Codes of one statement. */
const BATCH = 2_000;

/** Writes new codes and returns how many of them were free; those that are known, or a promotion's own, are left out. */
export async function insertCodes(
  tx: Tx,
  promotionId: string,
  codes: readonly string[],
  nowMs: number,
): Promise<number> {
  let written = 0;
  for (let from = 0; from < codes.length; from += BATCH) {
    const batch = codes.slice(from, from + BATCH);
    written += await tx.execute(
      `INSERT IGNORE INTO promotion_code (code, promotion_id, create_ms) VALUES ${batch.map(() => "(?, ?, ?)").join(", ")}`,
      batch.flatMap((code) => [code, promotionId, nowMs]),
    );
  }
  return written;
}

/** Adds to the number of a promotion's codes; the caller holds its lock. */
export async function addCodeCount(tx: Tx, promotionId: string, count: number): Promise<void> {
  await tx.execute("UPDATE promotion SET code_count = code_count + ? WHERE id = ?", [count, promotionId]);
}

/** Keeps a free code for a redemption; false where another has it. */
export async function takeCode(tx: Tx, code: string, redemptionId: string): Promise<boolean> {
  const matched = await tx.execute(
    "UPDATE promotion_code SET redemption_id = ? WHERE code = ? AND redemption_id IS NULL",
    [redemptionId, code],
  );
  return matched === 1;
}

/** Frees the code that a redemption keeps, if it keeps one. */
export async function freeCode(tx: Tx, redemptionId: string): Promise<void> {
  await tx.execute("UPDATE promotion_code SET redemption_id = NULL WHERE redemption_id = ?", [redemptionId]);
}

/** A page of a promotion's codes, after the code `after`. */
export async function listCodes(
  sql: Sql,
  promotionId: string,
  { after = "", limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly GeneratedCode[]> {
  const rows = await sql.rows<PromotionCodeRow>(
    "SELECT * FROM promotion_code WHERE promotion_id = ? AND code > ? ORDER BY code LIMIT ?",
    [promotionId, after, limit],
  );
  return rows.map((row) => ({
    code: row.code,
    redemptionId: row.redemption_id ?? "",
    createMs: Number(row.create_ms),
  }));
}
