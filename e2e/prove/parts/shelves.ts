import { type Json, list, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";

const LINES_AT_ONCE = 100;

/** Receives `pieces` more of everything that is for sale, so that a long run does not sell out. */
export async function fillShelves({ shop, admin }: World, pieces: number): Promise<void> {
  const places = new Map<string, Json[]>();
  for (let pageToken = ""; ; ) {
    const request = { pageSize: 500, pageToken };
    const page = await shop.call("shop.inventory.v1.InventoryAdminService/ListStock", request, admin);
    for (const level of list(page, "levels")) {
      const place = `${text(level, "sellerId")} ${text(level, "locationId")}`;
      places.set(place, [...(places.get(place) ?? []), level]);
    }
    pageToken = text(page, "nextPageToken");
    if (pageToken === "") break;
  }
  for (const [place, levels] of places) {
    const [sellerId = "", locationId = ""] = place.split(" ");
    for (let start = 0; start < levels.length; start += LINES_AT_ONCE) {
      const lines = levels
        .slice(start, start + LINES_AT_ONCE)
        .map((level) => ({ sku: text(level, "sku"), quantity: pieces }));
      const request = {
        requestId: `fill-${sellerId}-${locationId}-${start}`,
        locationId,
        lines,
        sellerId,
        reference: "proof",
      };
      await shop.call("shop.inventory.v1.InventoryAdminService/ReceiveStock", request, admin);
    }
  }
}
