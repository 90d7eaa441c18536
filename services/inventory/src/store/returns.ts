import type { Sql, Tx } from "@shopmesh/mesh";
import type { Restock, Returned } from "../restock.ts";
import type { PlacedLine } from "../stock.ts";

type ReturnRow = {
  readonly order_id: string;
  readonly returned: string;
  readonly restocked: string;
  readonly written_off: string;
};

/** A return whose goods were taken back. */
export type KeptReturn = Pick<Restock, "restocked" | "writtenOff"> & {
  readonly id: string;
  readonly orderId: string;
  readonly lines: readonly Returned[];
};

/** Keeps a return; its order's allocation is locked, so nobody else does. */
export async function createReturn(tx: Tx, kept: KeptReturn, nowMs: number): Promise<void> {
  await tx.insert("goods_return", [
    {
      id: kept.id,
      order_id: kept.orderId,
      returned: JSON.stringify(kept.lines),
      restocked: JSON.stringify(kept.restocked),
      written_off: JSON.stringify(kept.writtenOff),
      create_ms: nowMs,
    },
  ]);
}

/** The return, where its goods were taken back. */
export async function findReturn(sql: Sql, id: string): Promise<KeptReturn | undefined> {
  const row = await sql.row<ReturnRow>(
    "SELECT order_id, returned, restocked, written_off FROM goods_return WHERE id = ?",
    [id],
  );
  if (row === undefined) return undefined;
  // All three were written by createReturn.
  return {
    id,
    orderId: row.order_id,
    lines: JSON.parse(row.returned) as readonly Returned[],
    restocked: JSON.parse(row.restocked) as readonly PlacedLine[],
    writtenOff: JSON.parse(row.written_off) as readonly PlacedLine[],
  };
}
