import type { Sql, SqlValue, Tx } from "@shopmesh/mesh";
import type { Movement, MovementKind, RecordedMovement } from "../movement.ts";

type MovementRow = {
  readonly sequence: string;
  readonly id: string;
  readonly sku: string;
  readonly location_id: string;
  readonly seller_id: string;
  readonly kind: MovementKind;
  readonly on_hand_change: number;
  readonly allocated_change: number;
  readonly held_change: number;
  readonly reference: string;
  readonly actor_id: string;
  readonly note: string;
  readonly create_ms: string;
};

/** What a page of movements is asked by; undefined means all. */
export type MovementFilter = {
  readonly sellerId: string | undefined;
  readonly sku: string | undefined;
  readonly reference: string | undefined;
  /** The last page's last place in the ledger. */
  readonly before: string | undefined;
  readonly limit: number;
};

/** A counter that differs from the sum of its movements. */
export type Difference = {
  readonly sku: string;
  readonly locationId: string;
  readonly counter: "on_hand" | "allocated" | "held";
  readonly counted: number;
  readonly moved: number;
};

type AuditRow = {
  readonly sku: string;
  readonly location_id: string;
  readonly on_hand: number;
  readonly allocated: number;
  readonly held: number;
  readonly on_hand_moved: string;
  readonly allocated_moved: string;
  readonly held_moved: string;
};

/** Appends to the ledger, with the commit. */
export function appendMovements(tx: Tx, movements: readonly Movement[]): void {
  tx.insertLast(
    "movement",
    movements.map((movement) => ({
      id: movement.id,
      sku: movement.sku,
      location_id: movement.locationId,
      seller_id: movement.sellerId,
      kind: movement.kind,
      on_hand_change: movement.onHandChange,
      allocated_change: movement.allocatedChange,
      held_change: movement.heldChange,
      reference: movement.reference,
      actor_id: movement.actorId,
      note: movement.note,
      create_ms: movement.createMs,
    })),
  );
}

/** The movements that fit `filter`, newest first. */
export async function listMovements(sql: Sql, filter: MovementFilter): Promise<readonly RecordedMovement[]> {
  const conditions: [string, string | undefined][] = [
    ["seller_id = ?", filter.sellerId],
    ["sku = ?", filter.sku],
    ["reference = ?", filter.reference],
    ["sequence < ?", filter.before],
  ];
  const used = conditions.flatMap(([condition, value]): [string, SqlValue][] =>
    value === undefined ? [] : [[condition, value]],
  );
  const where = used.length === 0 ? "" : `WHERE ${used.map(([part]) => part).join(" AND ")}`;
  const rows = await sql.rows<MovementRow>(`SELECT * FROM movement ${where} ORDER BY sequence DESC LIMIT ?`, [
    ...used.map(([, value]) => value),
    filter.limit,
  ]);
  return rows.map(movementOf);
}

/** The counters of `skus` that differ from the sum of their movements, and how many pairs were compared. */
export async function auditLevels(
  sql: Sql,
  skus: readonly string[],
): Promise<{ readonly differences: readonly Difference[]; readonly comparedCount: number }> {
  const rows = await sql.rows<AuditRow>(
    `SELECT s.sku, s.location_id, s.on_hand, s.allocated, s.held,
       COALESCE(m.on_hand, 0) AS on_hand_moved, COALESCE(m.allocated, 0) AS allocated_moved,
       COALESCE(m.held, 0) AS held_moved
     FROM stock_level s LEFT JOIN (
       SELECT sku, location_id, SUM(on_hand_change) AS on_hand, SUM(allocated_change) AS allocated,
         SUM(held_change) AS held
       FROM movement WHERE sku IN (?) GROUP BY sku, location_id
     ) m ON m.sku = s.sku AND m.location_id = s.location_id
     WHERE s.sku IN (?) ORDER BY s.sku, s.location_id`,
    [skus, skus],
  );
  return { differences: rows.flatMap(differencesOf), comparedCount: rows.length };
}

function differencesOf(row: AuditRow): readonly Difference[] {
  const counters = [
    ["on_hand", row.on_hand, row.on_hand_moved],
    ["allocated", row.allocated, row.allocated_moved],
    ["held", row.held, row.held_moved],
  ] as const;
  return counters
    .map(([counter, counted, moved]) => ({
      sku: row.sku,
      locationId: row.location_id,
      counter,
      counted,
      moved: Number(moved),
    }))
    .filter(({ counted, moved }) => counted !== moved);
}

function movementOf(row: MovementRow): RecordedMovement {
  return {
    sequence: row.sequence,
    id: row.id,
    sku: row.sku,
    locationId: row.location_id,
    sellerId: row.seller_id,
    kind: row.kind,
    onHandChange: row.on_hand_change,
    allocatedChange: row.allocated_change,
    heldChange: row.held_change,
    reference: row.reference,
    actorId: row.actor_id,
    note: row.note,
    createMs: Number(row.create_ms),
  };
}
