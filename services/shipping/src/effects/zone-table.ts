import type { Clock } from "@shopmesh/kernel";
import { keep, type Sql } from "@shopmesh/mesh";
import { findZones } from "../store/zones.ts";
import type { Zone } from "../zone.ts";
import { readZone } from "./zone-words.ts";

/** The zones as this process knows them. */
export type ZoneTable = {
  /** One statement at most, and none while what was read is young. */
  all(): Promise<readonly Zone[]>;
  /** They were changed here: read anew. */
  forget(): void;
};

/** The table of zones, kept for half a minute; side by side it is read once. */
export function createZoneTable(sql: Sql, clock: Clock): ZoneTable {
  const { get: all, forget } = keep(async () => (await findZones(sql)).map(readZone), clock);
  return { all, forget };
}
