import { type Sql, type Tx, assignmentsOf } from "@shopmesh/mesh";
import { addressIn, type Location } from "../location.ts";

/** A location's row, as MySQL gives it. */
export type LocationRow = {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly country_code: string;
  readonly seller_id: string;
  readonly priority: number;
  readonly address_name: string;
  readonly line1: string;
  readonly line2: string;
  readonly city: string;
  readonly region: string;
  readonly postal_code: string;
  readonly phone: string;
};

const columns = `id, code, name, country_code, seller_id, priority, address_name, line1, line2, city, region, postal_code,
  phone`;

/** The location. */
export async function findLocation(sql: Sql, id: string): Promise<Location | undefined> {
  return (await findLocations(sql, [id]))[0];
}

/** The locations; unknown ones are left out. */
export async function findLocations(sql: Sql, ids: readonly string[]): Promise<readonly Location[]> {
  if (ids.length === 0) return [];
  const rows = await sql.rows<LocationRow>(`SELECT ${columns} FROM location WHERE id IN (?)`, [ids]);
  return rows.map(locationOf);
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

/** The location, its row locked. */
export async function lockLocation(tx: Tx, id: string): Promise<Location | undefined> {
  const row = await tx.row<LocationRow>(`SELECT ${columns} FROM location WHERE id = ? FOR UPDATE`, [id]);
  return row === undefined ? undefined : locationOf(row);
}

/** The location with `code`, or without one the first by priority, that `sellerId` may use; its own before the marketplace's. */
export async function findUsableLocation(sql: Sql, sellerId: string, code: string): Promise<Location | undefined> {
  const row = await sql.row<LocationRow>(
    `SELECT ${columns} FROM location WHERE seller_id IN ('', ?) AND (? = '' OR code = ?)
     ORDER BY seller_id = '', priority, code LIMIT 1`,
    [sellerId, code, code],
  );
  return row === undefined ? undefined : locationOf(row);
}

/** Writes what of a location may change. */
export async function updateLocation(tx: Tx, location: Location): Promise<void> {
  const { code: _code, country_code: _country, seller_id: _seller, ...row } = rowOf(location);
  const { list, values } = assignmentsOf(row);
  await tx.execute(`UPDATE location SET ${list} WHERE id = ?`, [...values, location.id]);
}

/** Makes a location. Throws DUPLICATE where its code is taken. */
export async function createLocation(tx: Tx, location: Location, nowMs: number): Promise<void> {
  await tx.insert("location", [{ id: location.id, ...rowOf(location), create_ms: nowMs }]);
}

/** The location of its row. */
export function locationOf(row: LocationRow): Location {
  const { id, code, name, country_code: countryCode, seller_id: sellerId, priority } = row;
  const bare = addressIn(countryCode, row.address_name || name, undefined);
  const { line1, line2, city, region, postal_code: postalCode, phone } = row;
  return {
    id,
    code,
    name,
    countryCode,
    sellerId,
    priority,
    address: { ...bare, line1, line2, city, region, postalCode, phone },
  };
}

function rowOf({ code, name, countryCode, sellerId, priority, address }: Location): Omit<LocationRow, "id"> {
  return {
    code,
    name,
    country_code: countryCode,
    seller_id: sellerId,
    priority,
    address_name: address.name === name ? "" : address.name,
    line1: address.line1,
    line2: address.line2,
    city: address.city,
    region: address.region,
    postal_code: address.postalCode,
    phone: address.phone,
  };
}
