import { type Json, list, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";

const LINES_AT_ONCE = 100;
const PAIRS = 4;
const INVENTORY = "shop.inventory.v1.InventoryAdminService";

/**
 * Receives `pieces` more of everything that is for sale, so that a long run does not sell out. Of a seller with two places
 * some goods lie in one of them only: pairs that can never travel together.
 */
export async function fillShelves(world: World, pieces: number): Promise<readonly (readonly string[])[]> {
  const levels = await readLevels(world);
  const { pairs, emptied } = layApart(levels);
  for (const level of emptied) await empty(world, level);
  const filled = Map.groupBy(
    levels.filter((level) => !emptied.includes(level)),
    (level) => `${text(level, "sellerId")} ${text(level, "locationId")}`,
  );
  for (const [place, some] of filled) {
    const [sellerId = "", locationId = ""] = place.split(" ");
    for (let start = 0; start < some.length; start += LINES_AT_ONCE) {
      const lines = some
        .slice(start, start + LINES_AT_ONCE)
        .map((level) => ({ sku: text(level, "sku"), quantity: pieces }));
      const requestId = `fill-${sellerId}-${locationId}-${start}`;
      const request = { requestId, locationId, lines, sellerId, reference: "proof" };
      await world.shop.call(`${INVENTORY}/ReceiveStock`, request, world.admin);
    }
  }
  return pairs;
}

async function readLevels({ shop, admin }: World): Promise<readonly Json[]> {
  const levels: Json[] = [];
  for (let pageToken = ""; ; ) {
    const page = await shop.call(`${INVENTORY}/ListStock`, { pageSize: 500, pageToken }, admin);
    levels.push(...list(page, "levels"));
    pageToken = text(page, "nextPageToken");
    if (pageToken === "") return levels;
  }
}

/** The first of each pair lies in its first place, the second in its second; `emptied` are their other places. */
function layApart(levels: readonly Json[]): {
  readonly pairs: readonly (readonly string[])[];
  readonly emptied: readonly Json[];
} {
  const places = [...Map.groupBy(levels, (level) => text(level, "sku")).values()].filter(({ length }) => length === 2);
  const pairs: (readonly string[])[] = [];
  const emptied: Json[] = [];
  for (let index = 0; index < PAIRS; index++) {
    const [first, second] = places.slice(2 * index, 2 * index + 2).map(inOneOrder);
    const [, firstElsewhere] = first ?? [];
    const [secondElsewhere] = second ?? [];
    if (firstElsewhere === undefined || secondElsewhere === undefined) break;
    pairs.push([text(firstElsewhere, "sku"), text(secondElsewhere, "sku")]);
    emptied.push(firstElsewhere, secondElsewhere);
  }
  return { pairs, emptied };
}

function inOneOrder(levels: readonly Json[]): readonly Json[] {
  return levels.toSorted((left, right) => (text(left, "locationId") < text(right, "locationId") ? -1 : 1));
}

async function empty({ shop, admin }: World, level: Json): Promise<void> {
  const [sku, locationId] = [text(level, "sku"), text(level, "locationId")];
  const onHandChange = -Number(text(level, "onHand") || "0");
  if (onHandChange === 0) return;
  const request = { requestId: `empty-${sku}-${locationId}`, locationId, sku, onHandChange, note: "proof" };
  await shop.call(`${INVENTORY}/AdjustStock`, request, admin);
}
