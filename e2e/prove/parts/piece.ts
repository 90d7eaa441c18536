import { available } from "../../shelf.ts";
import { list, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";

/** A sku of which exactly `pieces` are for sale from now on. */
export async function takePieces({ shop, shelf, admin }: World, pieces: number): Promise<string> {
  const [sku = ""] = shelf.take(1);
  const levels: { locationId: string; available: number }[] = [];
  for (let pageToken = ""; ; ) {
    const request = { pageSize: 500, pageToken };
    const page = await shop.call("shop.inventory.v1.InventoryAdminService/ListStock", request, admin);
    for (const level of list(page, "levels").filter((each) => text(each, "sku") === sku)) {
      const onHand = Number(text(level, "onHand") || "0");
      levels.push({ locationId: text(level, "locationId"), available: onHand });
    }
    pageToken = text(page, "nextPageToken");
    if (pageToken === "") break;
  }
  const [first] = levels;
  if (first === undefined) throw new Error(`${sku} lies nowhere`);
  const change = pieces - (await available(shop, sku));
  if (change !== 0) {
    const request = {
      requestId: `pieces-${sku}`,
      locationId: first.locationId,
      sku,
      onHandChange: change,
      note: "proof",
    };
    await shop.call("shop.inventory.v1.InventoryAdminService/AdjustStock", request, admin);
  }
  const left = await available(shop, sku);
  if (left !== pieces) throw new Error(`${left} of ${sku} are for sale, not ${pieces}`);
  return sku;
}
