import type { Sql, SqlValues, Tx } from "@shopmesh/mesh";
import type { Change, Pair, PlacedLevel, StockLevel, StockPolicy } from "../stock.ts";
import { type LocationRow, locationOf } from "./locations.ts";

type LevelRow = {
  readonly sku: string;
  readonly location_id: string;
  readonly seller_id: string;
  readonly on_hand: number;
  readonly allocated: number;
  readonly held: number;
  readonly expired: string;
  readonly safety: number;
  readonly backorder_limit: number;
  readonly expect_ms: string | null;
  readonly low_threshold: number;
  readonly version: string;
};

type ItemRow = { readonly sku: string; readonly seller_id: string };

const OF_ITEMS = "SELECT sku, seller_id FROM stock_item WHERE sku IN (?)";

/** With its location's row, put together by the statement. */
type PlacedRow = LevelRow & { readonly location: string };

/** What a page of stock is asked by; undefined means all. */
export type LevelFilter = {
  readonly sellerId: string | undefined;
  readonly locationId: string | undefined;
  readonly sku: string | undefined;
  /** The last page's last sku and location. */
  readonly after: readonly string[] | undefined;
  readonly limit: number;
};

// Holds that are over but not yet swept: few, found by their own index; mostly there is none at all. To ask for the sums with every
// row would cost the server as much again as the rows.
const isExpired = "h.state = 'active' AND h.expire_ms <= ?";
const isAnyExpired = `EXISTS (SELECT 1 FROM hold h WHERE ${isExpired})`;
const expired = `(SELECT COALESCE(SUM(l.quantity), 0)
  FROM hold h JOIN hold_line l ON l.hold_id = h.id AND l.sku = s.sku AND l.location_id = s.location_id
  WHERE ${isExpired})`;
const expiredSums = `SELECT l.sku, l.location_id, SUM(l.quantity) AS quantity
  FROM hold h JOIN hold_line l ON l.hold_id = h.id WHERE ${isExpired} AND l.sku IN (?) GROUP BY l.sku, l.location_id`;

type Expired = typeof isAnyExpired | typeof expired;

const columnsWith = (holds: Expired): string => `s.sku, s.location_id, s.seller_id, s.on_hand, s.allocated, s.held,
  ${holds} AS expired, s.safety, s.backorder_limit, s.expect_ms, s.low_threshold, s.version`;

const locationObject = `CAST(JSON_OBJECT('id', l.id, 'code', l.code, 'name', l.name, 'country_code', l.country_code,
  'seller_id', l.seller_id, 'priority', l.priority, 'address_name', l.address_name, 'line1', l.line1, 'line2', l.line2,
  'city', l.city, 'region', l.region, 'postal_code', l.postal_code, 'phone', l.phone) AS CHAR)`;

const selectLevels = (holds: Expired): string => `SELECT ${columnsWith(holds)} FROM stock_level s`;
const ofSkus = "FORCE INDEX (PRIMARY) WHERE s.sku IN (?)";
const placedOfSkus = (holds: Expired): string => `SELECT ${columnsWith(holds)}, ${locationObject} AS location
  FROM stock_level s FORCE INDEX (PRIMARY) STRAIGHT_JOIN location l ON l.id = s.location_id WHERE s.sku IN (?)`;
// The location is a value of the row, not a table beside it: so it is read without a lock.
const lockPlacedOfSkus = `SELECT ${columnsWith(isAnyExpired)},
  (SELECT ${locationObject} FROM location l WHERE l.id = s.location_id) AS location
  FROM stock_level s ${ofSkus} ORDER BY s.sku, s.location_id FOR UPDATE`;

// One statement for all pairs, whose text stays the same: the changes travel as JSON.
const changeStatement = `UPDATE stock_level s JOIN JSON_TABLE(?, '$[*]' COLUMNS (
    sku VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.sku',
    location_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PATH '$.locationId',
    on_hand INT PATH '$.onHand', allocated INT PATH '$.allocated', held INT PATH '$.held',
    needs INT PATH '$.needs', expired INT PATH '$.overdue'
  )) c ON s.sku = c.sku AND s.location_id = c.location_id
  SET s.on_hand = s.on_hand + c.on_hand, s.allocated = s.allocated + c.allocated,
    s.held = s.held + c.held, s.version = s.version + 1
  WHERE (c.needs = 0 OR s.on_hand - s.allocated - (s.held - c.expired) - s.safety + s.backorder_limit >= c.needs)
    AND s.held + c.held >= 0 AND s.allocated + c.allocated >= 0 AND s.on_hand + c.on_hand >= 0
    AND s.on_hand + c.on_hand + s.backorder_limit >= s.allocated + c.allocated`;

/**
 * The levels of `skus` at all locations and where those are, the levels' rows locked in key order: what expired holds count there cannot change
 * either, for whoever changes a hold locks its levels.
 */
export async function lockLevels(tx: Tx, skus: readonly string[], nowMs: number): Promise<readonly PlacedLevel[]> {
  const rows = await tx.rows<PlacedRow>(lockPlacedOfSkus, [nowMs, skus]);
  const locked = rows.map(placedLevelOf);
  // Holds are read without locks, perhaps before the last level was locked: until then those that are over can only have become
  // fewer. So none is none, and some are summed now.
  if (locked.every((level) => level.expired === 0)) return locked;
  const sums = await tx.rows<{ sku: string; location_id: string; quantity: string }>(expiredSums, [nowMs, skus]);
  return locked.map((level) => {
    const sum = sums.find(({ sku, location_id }) => sku === level.sku && location_id === level.locationId);
    return { ...level, expired: Number(sum?.quantity ?? 0) };
  });
}

/** As lockLevels, without a lock and as of no moment in particular: to tell, not to decide. */
export async function findPlacedLevels(
  sql: Sql,
  skus: readonly string[],
  nowMs: number,
): Promise<readonly PlacedLevel[]> {
  return (await readLevels<PlacedRow>(sql, placedOfSkus, [nowMs, skus])).map(placedLevelOf);
}

/** The levels of `skus` at all locations. */
export async function findLevels(sql: Sql, skus: readonly string[], nowMs: number): Promise<readonly StockLevel[]> {
  return (await readLevels(sql, (holds) => `${selectLevels(holds)} ${ofSkus}`, [nowMs, skus])).map(levelOf);
}

// With the sums of expired holds where there may be some: by one statement, so that a hold is swept before it or after.
async function readLevels<Row extends LevelRow>(
  sql: Sql,
  selecting: (holds: Expired) => string,
  values: SqlValues,
): Promise<readonly Row[]> {
  const rows = await sql.rows<Row>(selecting(isAnyExpired), values);
  return rows.every((row) => Number(row.expired) === 0) ? rows : sql.rows<Row>(selecting(expired), values);
}

/** The levels that fit `filter`, by sku and location. */
export async function listLevels(sql: Sql, filter: LevelFilter, nowMs: number): Promise<readonly StockLevel[]> {
  const conditions: [string, readonly (string | undefined)[]][] = [
    ["s.seller_id = ?", [filter.sellerId]],
    ["s.location_id = ?", [filter.locationId]],
    ["s.sku = ?", [filter.sku]],
    ["(s.sku > ? OR (s.sku = ? AND s.location_id > ?))", afterOf(filter.after)],
  ];
  const used = conditions.filter(([, values]) => values.every((value) => value !== undefined));
  const where = used.length === 0 ? "" : `WHERE ${used.map(([condition]) => condition).join(" AND ")}`;
  const values = [nowMs, ...used.flatMap(([, given]) => given.map(String)), filter.limit];
  const page = (holds: Expired) => `${selectLevels(holds)} ${where} ORDER BY s.sku, s.location_id LIMIT ?`;
  return (await readLevels(sql, page, values)).map(levelOf);
}

/** The skus that have a level, after `after`, in their order. */
export async function listSkus(sql: Sql, after: string, limit: number): Promise<readonly string[]> {
  const rows = await sql.rows<{ sku: string }>(
    "SELECT DISTINCT sku FROM stock_level WHERE sku > ? ORDER BY sku LIMIT ?",
    [after, limit],
  );
  return rows.map(({ sku }) => sku);
}

/** Applies all `changes` by one statement; the number of pairs whose condition held. Fewer than asked: roll back. */
export function changeLevels(tx: Tx, levels: readonly StockLevel[], changes: readonly Change[]): Promise<number> {
  return tx.execute(changeStatement, [stepsOf(levels, changes)]);
}

/** As changeLevels, with the commit, which throws `otherwise` where a condition does not hold. */
export function changeLevelsLast(
  tx: Tx,
  levels: readonly StockLevel[],
  changes: readonly Change[],
  otherwise: () => Error,
): void {
  tx.executeLast(changeStatement, [stepsOf(levels, changes)], { rows: changes.length, otherwise });
}

function stepsOf(levels: readonly StockLevel[], changes: readonly Change[]): string {
  const steps = changes.map((change) => {
    const level = levels.find(({ sku, locationId }) => sku === change.sku && locationId === change.locationId);
    return { ...change, overdue: level?.expired ?? 0 };
  });
  return JSON.stringify(steps);
}

/** Sets how a sku may be sold from one location, and for all of its locations from how many on it is low. */
export async function setPolicy(tx: Tx, { sku, locationId }: Pair, policy: StockPolicy): Promise<void> {
  const { safety, backorderLimit, expectMs = null, lowThreshold } = policy;
  await tx.execute(
    `UPDATE stock_level SET safety = IF(location_id = ?, ?, safety),
       backorder_limit = IF(location_id = ?, ?, backorder_limit), expect_ms = IF(location_id = ?, ?, expect_ms),
       low_threshold = ?, version = version + 1 WHERE sku = ?`,
    [locationId, safety, locationId, backorderLimit, locationId, expectMs, lowThreshold, sku],
  );
}

/** Makes empty levels; those that are there stay. */
export async function createLevels(tx: Tx, items: readonly (Pair & { readonly sellerId: string })[]): Promise<void> {
  if (items.length === 0) return;
  const places = items.map(() => "(?, ?, ?)").join(", ");
  await tx.execute(
    `INSERT IGNORE INTO stock_level (sku, location_id, seller_id) VALUES ${places}`,
    items.flatMap(({ sku, locationId, sellerId }) => [sku, locationId, sellerId]),
  );
}

/** Makes `skus` known as those of `sellerId`; known ones keep their seller. */
export async function createItems(tx: Tx, skus: readonly string[], sellerId: string, nowMs: number): Promise<void> {
  if (skus.length === 0) return;
  const places = skus.map(() => "(?, ?, ?)").join(", ");
  await tx.execute(
    `INSERT IGNORE INTO stock_item (sku, seller_id, create_ms) VALUES ${places}`,
    skus.flatMap((sku) => [sku, sellerId, nowMs]),
  );
}

/** Who sells each of `skus`; unknown ones are left out. */
export async function findSellers(sql: Sql, skus: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.rows<ItemRow>(OF_ITEMS, [skus]);
  return new Map(rows.map(({ sku, seller_id }) => [sku, seller_id]));
}

/** As findSellers, the items locked until the transaction ends: nobody receives a first piece meanwhile. */
export async function lockSellers(tx: Tx, skus: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.rows<ItemRow>(`${OF_ITEMS} ORDER BY sku FOR UPDATE`, [skus]);
  return new Map(rows.map(({ sku, seller_id }) => [sku, seller_id]));
}

/** Makes a sku without goods another seller's; what the former one allowed to be sold beyond them goes with it. The caller holds its locks. */
export async function giveItem(tx: Tx, sku: string, sellerId: string): Promise<void> {
  await tx.execute("UPDATE stock_item SET seller_id = ? WHERE sku = ?", [sellerId, sku]);
  await tx.execute(
    `UPDATE stock_level SET seller_id = ?, safety = 0, backorder_limit = 0, expect_ms = NULL, low_threshold = 0,
       version = version + 1 WHERE sku = ?`,
    [sellerId, sku],
  );
}

function afterOf(after: readonly string[] | undefined): readonly (string | undefined)[] {
  const [sku, locationId] = after ?? [];
  return [sku, sku, locationId];
}

function placedLevelOf(row: PlacedRow): PlacedLevel {
  return { ...levelOf(row), location: locationOf(JSON.parse(row.location) as LocationRow) };
}

function levelOf(row: LevelRow): StockLevel {
  return {
    sku: row.sku,
    locationId: row.location_id,
    sellerId: row.seller_id,
    onHand: row.on_hand,
    allocated: row.allocated,
    held: row.held,
    expired: Number(row.expired),
    safety: row.safety,
    backorderLimit: row.backorder_limit,
    expectMs: row.expect_ms === null ? undefined : Number(row.expect_ms),
    lowThreshold: row.low_threshold,
    version: BigInt(row.version),
  };
}
