import type { Sql, Tx } from "@shopmesh/mesh";
import type { Hold, HoldState } from "../hold.ts";
import type { Destination } from "../location.ts";
import { isSameDemand, type Line, type PlacedLine } from "../stock.ts";

type HoldRow = {
  readonly id: string;
  readonly state: HoldState;
  readonly asked: string;
  readonly destination: string | null;
  readonly expire_ms: string;
};

// A hold without lines has one row, of nulls.
type NoLine =
  | { readonly sku: null; readonly quantity: null; readonly location_id: null }
  | { readonly sku: string; readonly quantity: number; readonly location_id: string };

type LineRow = {
  readonly hold_id: string;
  readonly sku: string;
  readonly location_id: string;
  readonly quantity: number;
};

/** What is new of a hold's row. */
export type NewHold = {
  readonly id: string;
  readonly state: "active" | "released";
  readonly asked: readonly Line[];
  readonly destination?: Destination | undefined;
  readonly expireMs: number;
};

/** Makes a hold; false where its id is taken. */
export async function createHold(tx: Tx, hold: NewHold, nowMs: number): Promise<boolean> {
  const made = await tx.execute(
    "INSERT IGNORE INTO hold (id, state, asked, destination, expire_ms, create_ms) VALUES (?, ?, ?, ?, ?, ?)",
    [hold.id, hold.state, JSON.stringify(hold.asked), jsonOf(hold.destination), hold.expireMs, nowMs],
  );
  return made === 1;
}

/** The hold with all that belongs to it, its row locked. */
export async function lockHold(tx: Tx, id: string): Promise<Hold | undefined> {
  const rows = await tx.rows<HoldRow & NoLine>(
    `SELECT h.id, h.state, h.asked, h.destination, h.expire_ms, l.sku, l.location_id, l.quantity
     FROM hold h LEFT JOIN hold_line l ON l.hold_id = h.id WHERE h.id = ? ORDER BY l.sku, l.location_id FOR UPDATE`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  // Written by createHold.
  const asked = JSON.parse(row.asked) as readonly Line[];
  const held = rows.flatMap(({ sku, quantity, location_id: locationId }) =>
    sku === null ? [] : { sku, quantity, locationId },
  );
  // While it holds all that was asked for, nobody has taken any.
  const allocated = isSameDemand(held, asked) ? [] : await findAllocated(tx, id);
  return {
    id: row.id,
    state: row.state,
    asked,
    // Written by createHold too.
    destination: row.destination === null ? undefined : (JSON.parse(row.destination) as Destination),
    held,
    allocated: allocated.map(({ sku, quantity }) => ({ sku, quantity })),
    isOwned: allocated.some(({ state }) => state === "allocated"),
    expireMs: Number(row.expire_ms),
  };
}

function jsonOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function findAllocated(tx: Tx, holdId: string) {
  return tx.rows<{ readonly sku: string; readonly quantity: number; readonly state: string }>(
    `SELECT l.sku, l.quantity, a.state FROM allocation a JOIN allocation_line l ON l.order_id = a.order_id
     WHERE a.hold_id = ?`,
    [holdId],
  );
}

/** At most `limit` active holds that are over at `nowMs`, locked; those that somebody else has locked are left out. */
export async function lockExpiredHolds(
  tx: Tx,
  nowMs: number,
  limit: number,
): Promise<readonly { readonly id: string; readonly expireMs: number }[]> {
  const rows = await tx.rows<{ readonly id: string; readonly expire_ms: string }>(
    `SELECT id, expire_ms FROM hold WHERE state = 'active' AND expire_ms <= ?
     ORDER BY expire_ms LIMIT ? FOR UPDATE SKIP LOCKED`,
    [nowMs, limit],
  );
  return rows.map(({ id, expire_ms }) => ({ id, expireMs: Number(expire_ms) }));
}

/** What the holds hold, and where. */
export async function findHeld(
  sql: Sql,
  holdIds: readonly string[],
): Promise<readonly { readonly holdId: string; readonly line: PlacedLine }[]> {
  const rows = await sql.rows<LineRow>(
    `SELECT hold_id, sku, location_id, quantity FROM hold_line WHERE hold_id IN (?)
     ORDER BY hold_id, sku, location_id`,
    [holdIds],
  );
  return rows.map(({ hold_id, sku, location_id, quantity }) => ({
    holdId: hold_id,
    line: { sku, quantity, locationId: location_id },
  }));
}

/** Writes what a new hold holds. */
export async function createHeld(tx: Tx, holdId: string, lines: readonly PlacedLine[]): Promise<void> {
  await tx.insert(
    "hold_line",
    lines.map(({ sku, locationId, quantity }) => ({
      hold_id: holdId,
      sku,
      location_id: locationId,
      quantity,
    })),
  );
}

/** Replaces what a hold holds. */
export async function replaceHeld(tx: Tx, holdId: string, lines: readonly PlacedLine[]): Promise<void> {
  await removeHeld(tx, [holdId]);
  await createHeld(tx, holdId, lines);
}

/** Forgets what the holds hold. */
export async function removeHeld(tx: Tx, holdIds: readonly string[]): Promise<void> {
  await tx.execute("DELETE FROM hold_line WHERE hold_id IN (?)", [holdIds]);
}

/** Moves holds into `state`. */
export async function setHoldState(tx: Tx, holdIds: readonly string[], state: HoldState): Promise<void> {
  await tx.execute("UPDATE hold SET state = ? WHERE id IN (?)", [state, holdIds]);
}

/** Lets a hold be active until `expireMs`. */
export async function setHoldExpiry(tx: Tx, holdId: string, expireMs: number): Promise<void> {
  await tx.execute("UPDATE hold SET state = 'active', expire_ms = ? WHERE id = ?", [expireMs, holdId]);
}
