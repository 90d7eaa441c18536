import type { Sql, Tx } from "@shopmesh/mesh";
import {
  lowestPriceOf,
  type Attribute,
  type Option,
  type Picture,
  type Product,
  type ProductState,
  type Variant,
} from "../product.ts";
import type { PictureRow, ProductRow, VariantRow } from "../schema.ts";

/** The product whole. */
export async function findProduct(sql: Sql, id: string): Promise<Product | undefined> {
  return (await findProducts(sql, [id]))[0];
}

/** The product whole, its row locked. */
export async function lockProduct(tx: Tx, id: string): Promise<Product | undefined> {
  const rows = await tx.rows<ProductRow>("SELECT * FROM product WHERE id = ? FOR UPDATE", [id]);
  return (await completed(tx, rows))[0];
}

/** The products of `ids` whole, in their order; unknown ones are left out. Three statements. */
export async function findProducts(sql: Sql, ids: readonly string[]): Promise<readonly Product[]> {
  const rows = await sql.rows<ProductRow>("SELECT * FROM product WHERE id IN (?)", [ids]);
  const found = new Map((await completed(sql, rows)).map((product) => [product.id, product]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** The id of the product with `slug`. */
export async function findProductId(sql: Sql, slug: string): Promise<string | undefined> {
  const row = await sql.row<{ id: string }>("SELECT id FROM product WHERE slug = ?", [slug]);
  return row?.id;
}

/** Who sells the product. */
export async function findProductSeller(sql: Sql, id: string): Promise<string | undefined> {
  const row = await sql.row<{ seller_id: string }>("SELECT seller_id FROM product WHERE id = ?", [id]);
  return row?.seller_id;
}

/** Writes a product's own row. Throws DUPLICATE by_slug. */
export async function createProduct(tx: Tx, product: Product): Promise<void> {
  await tx.insert("product", [
    {
      id: product.id,
      slug: product.slug,
      title: product.title,
      description: product.description,
      brand: product.brand,
      category_id: product.categoryId,
      seller_id: product.sellerId,
      seller_name: product.sellerName,
      attributes: JSON.stringify(product.attributes),
      options: JSON.stringify(product.options),
      state: product.state,
      version: product.version,
      lowest_price: lowestPriceOf(product),
      picture_url: "",
      publish_ms: product.publishMs ?? null,
      create_ms: product.createMs,
    },
  ]);
}

/** Writes a product's variants. Throws DUPLICATE by_sku. */
export async function createVariants(tx: Tx, { id, variants }: Product): Promise<void> {
  await tx.insert(
    "variant",
    variants.map((variant, position) => ({
      id: variant.id,
      product_id: id,
      position,
      sku: variant.sku,
      option_values: JSON.stringify(variant.optionValues),
      price: variant.price.minorUnits,
      currency_code: variant.price.currencyCode,
      weight_grams: variant.weightGrams,
    })),
  );
}

/** Writes what changes of a product's own row; false where it is no longer at the version before. */
export async function updateProduct(tx: Tx, product: Product): Promise<boolean> {
  const updated = await tx.execute(
    `UPDATE product SET state = ?, version = ?, lowest_price = ?, picture_url = ?, publish_ms = ?
     WHERE id = ? AND version = ?`,
    [
      product.state,
      product.version,
      lowestPriceOf(product),
      product.pictures[0]?.url ?? "",
      product.publishMs ?? null,
      product.id,
      product.version - 1n,
    ],
  );
  return updated === 1;
}

/** Sets a variant's price. */
export async function updatePrice(tx: Tx, { sku, price }: Pick<Variant, "sku" | "price">) {
  await tx.execute("UPDATE variant SET price = ?, currency_code = ? WHERE sku = ?", [
    price.minorUnits,
    price.currencyCode,
    sku,
  ]);
}

/** Appends to the history of prices. */
export async function appendPrices(
  tx: Tx,
  variants: readonly Pick<Variant, "sku" | "price">[],
  cause: { readonly newId: () => string; readonly actorId: string; readonly nowMs: number },
): Promise<void> {
  await tx.insert(
    "price_change",
    variants.map(({ sku, price }) => ({
      id: cause.newId(),
      sku,
      price: price.minorUnits,
      currency_code: price.currencyCode,
      actor_id: cause.actorId,
      create_ms: cause.nowMs,
    })),
  );
}

/** Adds a picture at `position`. */
export async function createPicture(tx: Tx, productId: string, picture: Picture, position: number): Promise<void> {
  await tx.insert("picture", [
    {
      upload_id: picture.uploadId,
      product_id: productId,
      position,
      url: picture.url,
      alternative_text: picture.alternativeText,
    },
  ]);
}

// The rows with their variants and pictures, by two statements for all of them.
export async function completed(sql: Sql, rows: readonly ProductRow[]): Promise<readonly Product[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const variants = await sql.rows<VariantRow>(
    "SELECT * FROM variant WHERE product_id IN (?) ORDER BY product_id, position",
    [ids],
  );
  const pictures = await sql.rows<PictureRow>(
    "SELECT * FROM picture WHERE product_id IN (?) ORDER BY product_id, position",
    [ids],
  );
  const variantsById = Map.groupBy(variants, (row) => row.product_id);
  const picturesById = Map.groupBy(pictures, (row) => row.product_id);
  return rows.map((row) => ({
    ...productOf(row),
    variants: (variantsById.get(row.id) ?? []).map(variantOf),
    pictures: (picturesById.get(row.id) ?? []).map(pictureOf),
  }));
}

function productOf(row: ProductRow): Omit<Product, "variants" | "pictures"> {
  return {
    id: row.id,
    slug: row.slug,
    title: row.title,
    description: row.description,
    brand: row.brand,
    categoryId: row.category_id,
    sellerId: row.seller_id,
    sellerName: row.seller_name,
    // Written by createProduct.
    attributes: JSON.parse(row.attributes) as readonly Attribute[],
    options: JSON.parse(row.options) as readonly Option[],
    state: row.state as ProductState,
    version: BigInt(row.version),
    publishMs: row.publish_ms === null ? undefined : Number(row.publish_ms),
    createMs: Number(row.create_ms),
  };
}

function variantOf(row: VariantRow): Variant {
  return {
    id: row.id,
    sku: row.sku,
    // Written by createVariants.
    optionValues: JSON.parse(row.option_values) as readonly string[],
    price: { currencyCode: row.currency_code, minorUnits: BigInt(row.price) },
    weightGrams: row.weight_grams,
  };
}

function pictureOf(row: PictureRow): Picture {
  return { uploadId: row.upload_id, url: row.url, alternativeText: row.alternative_text };
}
