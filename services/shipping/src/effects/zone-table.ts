import type { Clock } from "@shopmesh/kernel";
import type { Sql } from "@shopmesh/mesh";
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

/** So long a zone set elsewhere may go unnoticed. */
const YOUNG_MS = 30_000;

/** The table of zones, kept for half a minute; side by side it is read once. */
export function createZoneTable(sql: Sql, clock: Clock): ZoneTable {
  let known: { readonly zones: Promise<readonly Zone[]>; readonly untilMs: number } | undefined;
  return {
    all() {
      if (known === undefined || clock() >= known.untilMs) {
        const zones = findZones(sql).then((kept) => kept.map(readZone));
        const entry = { zones, untilMs: clock() + YOUNG_MS };
        known = entry;
        zones.catch(() => {
          if (known === entry) known = undefined;
        });
      }
      return known.zones;
    },
    forget() {
      known = undefined;
    },
  };
}
