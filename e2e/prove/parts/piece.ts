import { available } from "../../shelf.ts";
import { list, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";

/** A sku of which exactly `pieces` are for sale from now on. */
export async function takePieces({ shop, shelf, admin }: World, pieces: number): Promise<string> {
  const [sku = ""] = shelf.take(1);
  const levels: { locationId: string; onHand: number }[] = [];
  for (let pageToken = ""; ; ) {
    const request = { pageSize: 500, pageToken };
    const page = await shop.call("shop.inventory.v1.InventoryAdminService/ListStock", request, admin);
    for (const level of list(page, "levels").filter((each) => text(each, "sku") === sku)) {
      levels.push({ locationId: text(level, "locationId"), onHand: Number(text(level, "onHand") || "0") });
    }
    pageToken = text(page, "nextPageToken");
    if (pageToken === "") break;
  }
  if (levels.length === 0) throw new Error(`${sku} lies nowhere`);
  let change = pieces - (await available(shop, sku));
  for (const { locationId, onHand } of levels) {
    const here = Math.max(change, -onHand);
    if (here === 0) continue;
    change -= here;
    const request = { requestId: `pieces-${sku}-${locationId}`, locationId, sku, onHandChange: here, note: "proof" };
    await shop.call("shop.inventory.v1.InventoryAdminService/AdjustStock", request, admin);
  }
  const left = await available(shop, sku);
  if (left !== pieces) throw new Error(`${left} of ${sku} are for sale, not ${pieces}`);
  return sku;
}
