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
  readonly destination: Destination | undefined;
  readonly expireMs: number;
};

/** Makes holds; how many of them: an id that is taken keeps its hold. */
export function createHolds(tx: Tx, holds: readonly NewHold[], nowMs: number): Promise<number> {
  // Rows are locked in the order of their keys.
  const sorted = holds.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const places = sorted.map(() => "(?, ?, ?, ?, ?, ?)").join(", ");
  return tx.execute(
    `INSERT IGNORE INTO hold (id, state, asked, destination, expire_ms, create_ms) VALUES ${places}`,
    sorted.flatMap(({ id, state, asked, destination, expireMs }) => [
      id,
      state,
      JSON.stringify(asked),
      destination === undefined ? null : JSON.stringify(destination),
      expireMs,
      nowMs,
    ]),
  );
}

/** Forgets holds that hold nothing. */
export async function removeHolds(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.execute("DELETE FROM hold WHERE id IN (?)", [ids]);
}

/** The hold with all that belongs to it, its row locked. */
export async function lockHold(tx: Tx, id: string): Promise<Hold | undefined> {
  return (await lockHolds(tx, [id])).get(id);
}

/** The holds with all that belongs to them, their rows locked in the order of their ids; unknown ones are left out. */
export async function lockHolds(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, Hold>> {
  const rows = await tx.rows<HoldRow & NoLine>(
    `SELECT h.id, h.state, h.asked, h.destination, h.expire_ms, l.sku, l.location_id, l.quantity
     FROM hold h LEFT JOIN hold_line l ON l.hold_id = h.id WHERE h.id IN (?)
     ORDER BY h.id, l.sku, l.location_id FOR UPDATE`,
    [ids],
  );
  const holds = [...Map.groupBy(rows, ({ id }) => id).values()].map(holdOf);
  // While one holds all that was asked for, nobody has taken any.
  const touched = holds.filter(({ held, asked }) => !isSameDemand(held, asked)).map(({ id }) => id);
  const allocated = touched.length === 0 ? [] : await findAllocated(tx, touched);
  return new Map(
    holds.map((hold) => {
      const taken = allocated.filter(({ hold_id }) => hold_id === hold.id);
      return [
        hold.id,
        {
          ...hold,
          allocated: taken.map(({ sku, quantity }) => ({ sku, quantity })),
          isOwned: taken.some(({ state }) => state === "allocated"),
        },
      ];
    }),
  );
}

function holdOf(rows: readonly (HoldRow & NoLine)[]): Omit<Hold, "allocated" | "isOwned"> {
  const [row] = rows;
  if (row === undefined) throw new Error("a hold has at least one row");
  return {
    id: row.id,
    state: row.state,
    // Both were written by createHolds.
    asked: JSON.parse(row.asked) as readonly Line[],
    destination: row.destination === null ? undefined : (JSON.parse(row.destination) as Destination),
    held: rows.flatMap(({ sku, quantity, location_id: locationId }) =>
      sku === null ? [] : { sku, quantity, locationId },
    ),
    expireMs: Number(row.expire_ms),
  };
}

function findAllocated(tx: Tx, holdIds: readonly string[]) {
  return tx.rows<{
    readonly hold_id: string;
    readonly sku: string;
    readonly quantity: number;
    readonly state: string;
  }>(
    `SELECT a.hold_id, l.sku, l.quantity, a.state FROM allocation a JOIN allocation_line l ON l.order_id = a.order_id
     WHERE a.hold_id IN (?)`,
    [holdIds],
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

/** What a hold holds, and where. */
export type Held = { readonly holdId: string; readonly lines: readonly PlacedLine[] };

/** Writes what new holds hold, with the commit. */
export function createHeld(tx: Tx, holds: readonly Held[]): void {
  tx.insertLast(
    "hold_line",
    holds.flatMap(({ holdId, lines }) =>
      lines.map(({ sku, locationId, quantity }) => ({ hold_id: holdId, sku, location_id: locationId, quantity })),
    ),
  );
}

/** Replaces what holds hold, with the commit. */
export function replaceHeldLast(tx: Tx, holds: readonly Held[]): void {
  tx.executeLast(REMOVE_HELD, [holds.map(({ holdId }) => holdId)]);
  createHeld(tx, holds);
}

const REMOVE_HELD = "DELETE FROM hold_line WHERE hold_id IN (?)";

/** Forgets what the holds hold. */
export async function removeHeld(tx: Tx, holdIds: readonly string[]): Promise<void> {
  await tx.execute(REMOVE_HELD, [holdIds]);
}

const SET_HOLD_STATE = "UPDATE hold SET state = ? WHERE id IN (?)";

/** Moves holds into `state`. */
export async function setHoldState(tx: Tx, holdIds: readonly string[], state: HoldState): Promise<void> {
  if (holdIds.length > 0) await tx.execute(SET_HOLD_STATE, [state, holdIds]);
}

/** As setHoldState, with the commit. */
export function setHoldStateLast(tx: Tx, holdIds: readonly string[], state: HoldState): void {
  if (holdIds.length > 0) tx.executeLast(SET_HOLD_STATE, [state, holdIds]);
}

/** Lets a hold be active until `expireMs`. */
export async function setHoldExpiry(tx: Tx, holdId: string, expireMs: number): Promise<void> {
  await tx.execute("UPDATE hold SET state = 'active', expire_ms = ? WHERE id = ?", [expireMs, holdId]);
}
