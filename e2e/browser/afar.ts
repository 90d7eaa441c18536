import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { list, object, text } from "../shop.ts";
import type { World } from "../stories/world.ts";

/** What the product at that address costs, in all its variants, is more by one. */
export async function raisePrice({ shop, admin }: World, href: string | null): Promise<void> {
  const found = await shop.call("shop.catalog.v1.CatalogService/GetProduct", { id: href?.split("/").at(-1) ?? "" });
  const product = object(found, "product");
  for (const variant of list(product, "variants")) {
    const price = { currencyCode: "EUR", minorUnits: Number(text(variant, "price", "minorUnits")) + 100 };
    const request = { requestId: randomUUID(), productId: text(product, "id"), sku: text(variant, "sku"), price };
    await shop.call("shop.catalog.v1.CatalogAdminService/SetPrice", request, admin);
  }
}

/** Another device sets how many pieces of its one line the tab's cart holds. */
export async function changeCartFromAfar({ shop }: World, tab: Page, quantity: number): Promise<void> {
  const cartId = await tab.evaluate<string>("localStorage.getItem('shopmesh.cart')");
  const keys = await tab.evaluate<readonly (readonly [string, string])[]>(
    "JSON.parse(localStorage.getItem('shopmesh.keys'))",
  );
  const token = keys.find(([id]) => id === cartId)?.[1];
  const { cart } = await shop.call("shop.cart.v1.CartService/GetCart", { cartId }, token);
  const sku = text(list(cart, "lines")[0], "sku");
  await shop.call("shop.cart.v1.CartService/UpdateItem", { cartId, sku, quantity }, token);
}
