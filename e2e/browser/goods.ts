import { type Json, list, type Shop, text } from "../shop.ts";

/** The address of a product that the home page shows and that can be bought. */
export async function slugOnHomePage(shop: Shop): Promise<string> {
  const listed = list(
    await shop.call("shop.catalog.v1.CatalogService/ListProducts", { sort: "PRODUCT_SORT_NEWEST" }),
    "products",
  );
  const skuOf = (product: Json) => text(list(product, "variants")[0], "sku");
  const found = await shop.call("shop.inventory.v1.InventoryService/GetAvailability", { skus: listed.map(skuOf) });
  const inStock = list(found, "availability").filter((entry) => Number(text(entry, "available") || "0") > 0);
  const product = listed.find((candidate) => inStock.some((entry) => text(entry, "sku") === skuOf(candidate)));
  return text(product, "slug");
}

/** The address of the product that has that sku. */
export async function slugOf(shop: Shop, sku: string): Promise<string> {
  const offers = await shop.call("shop.catalog.v1.CatalogService/BatchGetOffers", { skus: [sku] });
  return text(list(offers, "offers")[0], "slug");
}
