import type { ListZonesRequest, SetZoneRequest } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { type Call, cutPage, readPage, textPart } from "@shopmesh/mesh";
import type { Desk } from "../effects/change.ts";
import { readZone, writeZone, zoneOfMessage, zoneToMessage } from "../effects/zone-words.ts";
import { findZones, keepMethods, lockZones, saveZone } from "../store/zones.ts";
import { checkZone, defaultWorld, WORLD, type Zone } from "../zone.ts";

const pages = { standard: 50, most: 200, key: [textPart] } as const;

/** A page of the zones by id, the built-in world among them until somebody sets it. */
export async function listZones(request: ListZonesRequest, call: Call) {
  const page = readPage(request, pages);
  const kept = (await findZones(call.sql)).map(readZone);
  const all = kept.some(({ id }) => id === WORLD) ? kept : [...kept, defaultWorld];
  const after = page.after?.[0] ?? "";
  const rows = all
    .toSorted(byId)
    .filter(({ id }) => id > after)
    .slice(0, page.limit);
  const { rows: shown, nextPageToken } = cutPage(rows, page, ({ id }) => [id]);
  return { zones: shown.map(zoneToMessage), nextPageToken };
}

/** Makes a zone or replaces what it says, beside the others that there are. */
export async function setZone(desk: Desk, { zone: asked }: SetZoneRequest, call: Call) {
  if (asked === undefined) throw new DomainError("invalid", "ZONE_INVALID", { field: "zone" });
  const set = await call.transaction(async (tx) => {
    const others = (await lockZones(tx)).map(readZone);
    const version = others.find(({ id }) => id === asked.id)?.version ?? 0;
    if (asked.etag !== (version === 0 ? "" : String(version)))
      throw new DomainError("aborted", "ZONE_CHANGED", {
        zone_id: asked.id,
        etag: version === 0 ? "" : String(version),
      });
    const zone = zoneOfMessage(asked, version + 1);
    checkZone(zone, others);
    await saveZone(tx, writeZone(zone), desk.clock());
    const own = zone.methods.filter(({ price }) => price.kind !== "carrier");
    await keepMethods(
      tx,
      own.map(({ id, days, carriers }) => ({ id, days, carriers: carriers.join(" ") })),
    );
    return zone;
  });
  desk.zones.forget();
  return { zone: zoneToMessage(set) };
}

function byId(left: Zone, right: Zone): number {
  return left.id < right.id ? -1 : 1;
}
