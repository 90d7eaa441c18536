import type { Sql } from "@shopmesh/mesh";
import type { Offer } from "../offer.ts";
import { optionTitleOf } from "../product.ts";

type OfferRow = {
  readonly sku: string;
  readonly option_values: string;
  readonly price: string;
  readonly currency_code: string;
  readonly weight_grams: number;
  readonly product_id: string;
  readonly version: string;
  readonly title: string;
  readonly slug: string;
  readonly seller_id: string;
  readonly seller_name: string;
  readonly category_id: string;
  readonly picture_url: string;
  readonly state: string;
};

/** The offers of `skus` whose products are, or once were, published, in any order. One statement. */
export async function findOffers(sql: Sql, skus: readonly string[]): Promise<readonly Offer[]> {
  const rows = await sql.rows<OfferRow>(
    `SELECT v.sku, v.option_values, v.price, v.currency_code, v.weight_grams, v.product_id,
       p.version, p.title, p.slug, p.seller_id, p.seller_name, p.category_id, p.picture_url, p.state
     FROM variant v JOIN product p ON p.id = v.product_id
     WHERE v.sku IN (?) AND p.publish_ms IS NOT NULL`,
    [skus],
  );
  return rows.map((row) => ({
    sku: row.sku,
    productId: row.product_id,
    productVersion: BigInt(row.version),
    title: row.title,
    slug: row.slug,
    // Written by createVariants.
    optionTitle: optionTitleOf(JSON.parse(row.option_values) as readonly string[]),
    sellerId: row.seller_id,
    sellerName: row.seller_name,
    price: { currencyCode: row.currency_code, minorUnits: BigInt(row.price) },
    weightGrams: row.weight_grams,
    categoryId: row.category_id,
    pictureUrl: row.picture_url,
    sellable: row.state === "published",
  }));
}
