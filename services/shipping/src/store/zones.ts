import { DomainError } from "@shopmesh/kernel";
import type { Sql, Tx } from "@shopmesh/mesh";
import type { MethodRow, ZoneRow } from "../schema.ts";

/** A zone as it is kept: what it says, as JSON of the contract. */
export type KeptZone = { readonly id: string; readonly version: number; readonly body: string };

/** All zones, by id. */
export async function findZones(sql: Sql): Promise<readonly KeptZone[]> {
  return (await sql.rows<ZoneRow>("SELECT * FROM zone ORDER BY id")).map(zoneOfRow);
}

/** All zones, locked until the transaction ends: whoever sets one sees what the others name. */
export async function lockZones(tx: Tx): Promise<readonly KeptZone[]> {
  return (await tx.rows<ZoneRow>("SELECT * FROM zone ORDER BY id FOR UPDATE")).map(zoneOfRow);
}

/** Writes a zone's next version. Throws ZONE_CHANGED where somebody was quicker. */
export async function saveZone(tx: Tx, { id, version, body }: KeptZone, nowMs: number): Promise<void> {
  const changed =
    version === 1
      ? await tx.execute("INSERT IGNORE INTO zone (id, version, body, update_ms) VALUES (?, 1, ?, ?)", [
          id,
          body,
          nowMs,
        ])
      : await tx.execute("UPDATE zone SET version = ?, body = ?, update_ms = ? WHERE id = ? AND version = ?", [
          version,
          body,
          nowMs,
          id,
          version - 1,
        ]);
  if (changed !== 1) throw new DomainError("aborted", "ZONE_CHANGED", { zone_id: id });
}

/** What a method's id stands for, also once no zone offers it any more. */
export type KeptMethod = { readonly id: string; readonly days: readonly [number, number]; readonly carriers: string };

/** Keeps what methods stand for, whatever becomes of their zones. */
export async function keepMethods(tx: Tx, methods: readonly KeptMethod[]): Promise<void> {
  if (methods.length === 0) return;
  await tx.execute(
    `INSERT INTO rate_method (id, least_days, most_days, carriers) VALUES ${methods.map(() => "(?, ?, ?, ?)").join(", ")}
     ON DUPLICATE KEY UPDATE least_days = VALUES(least_days), most_days = VALUES(most_days), carriers = VALUES(carriers)`,
    methods.flatMap(({ id, days, carriers }) => [id, ...days, carriers]),
  );
}

/** The method of that id, or undefined. */
export async function findMethod(sql: Sql, id: string): Promise<KeptMethod | undefined> {
  const row = await sql.row<MethodRow>("SELECT * FROM rate_method WHERE id = ?", [id]);
  return row === undefined ? undefined : { id: row.id, days: [row.least_days, row.most_days], carriers: row.carriers };
}

function zoneOfRow({ id, version, body }: ZoneRow): KeptZone {
  return { id, version: Number(version), body };
}
