import type { Sql, Tx } from "@shopmesh/mesh";
import type { Location } from "../location.ts";

type LocationRow = {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly country_code: string;
  readonly seller_id: string;
  readonly priority: number;
};

const columns = "id, code, name, country_code, seller_id, priority";

/** The location. */
export async function findLocation(sql: Sql, id: string): Promise<Location | undefined> {
  const row = await sql.row<LocationRow>(`SELECT ${columns} FROM location WHERE id = ?`, [id]);
  return row === undefined ? undefined : locationOf(row);
}

/** Locations after the code `after`, by code: those that `sellerId` may use, or all. */
export async function listLocations(
  sql: Sql,
  { sellerId, after, limit }: { sellerId: string | undefined; after: string; limit: number },
): Promise<readonly Location[]> {
  const usable = sellerId === undefined ? "" : "AND seller_id IN ('', ?)";
  const values = sellerId === undefined ? [after, limit] : [after, sellerId, limit];
  const rows = await sql.rows<LocationRow>(
    `SELECT ${columns} FROM location WHERE code > ? ${usable} ORDER BY code LIMIT ?`,
    values,
  );
  return rows.map(locationOf);
}

/** Makes a location. Throws DUPLICATE where its code is taken. */
export async function createLocation(tx: Tx, location: Location, nowMs: number): Promise<void> {
  await tx.insert("location", [
    {
      id: location.id,
      code: location.code,
      name: location.name,
      country_code: location.countryCode,
      seller_id: location.sellerId,
      priority: location.priority,
      create_ms: nowMs,
    },
  ]);
}

function locationOf(row: LocationRow): Location {
  return {
    id: row.id,
    code: row.code,
    name: row.name,
    countryCode: row.country_code,
    sellerId: row.seller_id,
    priority: row.priority,
  };
}
