import { list, type Shop, text } from "./shop.ts";

/** Goods for sale, handed out so that stories told side by side do not count each other's pieces. */
export type Shelf = {
  /** Skus of `count` sellers, one each, that nobody else was given. Throws where there are none left. */
  take(count: number): readonly string[];
};

const SKUS_ASKED = 200;
const PIECES_WANTED = 5;

/** What is on the shelf now with enough pieces for a story. */
export async function openShelf(shop: Shop): Promise<Shelf> {
  const { products } = await shop.call("shop.catalog.v1.CatalogService/ListProducts", { pageSize: 200 });
  const bySku = new Map(
    list({ products }, "products").flatMap((product) =>
      list(product, "variants")
        .slice(0, 1)
        .map((variant) => [text(variant, "sku"), text(product, "sellerId")] as const),
    ),
  );
  const { availability } = await shop.call("shop.inventory.v1.InventoryService/GetAvailability", {
    skus: [...bySku.keys()].slice(0, SKUS_ASKED),
  });
  const bySeller = new Map<string, string[]>();
  for (const entry of list({ availability }, "availability")) {
    const seller = bySku.get(text(entry, "sku"));
    if (seller === undefined || Number(text(entry, "available") || "0") < PIECES_WANTED) continue;
    bySeller.set(seller, [...(bySeller.get(seller) ?? []), text(entry, "sku")]);
  }
  return {
    take(count) {
      const fullest = [...bySeller.values()].sort((left, right) => right.length - left.length).slice(0, count);
      const taken = fullest.flatMap((skus) => skus.splice(0, 1));
      if (taken.length < count) throw new Error(`only ${taken.length} of ${count} sellers have something in stock`);
      return taken;
    },
  };
}

/** How many pieces of a sku are for sale. */
export async function available(shop: Shop, sku: string): Promise<number> {
  const found = await shop.call("shop.inventory.v1.InventoryService/GetAvailability", { skus: [sku] });
  return Number(text(list(found, "availability")[0], "available") || "0");
}
