import {
  CategoryChangedSchema,
  PriceChangedSchema,
  ProductArchivedSchema,
  ProductChangedSchema,
  ProductPublishedSchema,
} from "@shopmesh/contracts/shop/catalog/v1/catalog_events_pb.ts";
import type { Money } from "@shopmesh/kernel";
import type { Tx } from "@shopmesh/mesh";
import type { Category } from "./category.ts";
import type { Product } from "./product.ts";
import { listCategories } from "./store/categories.ts";
import { listPublicAfter } from "./store/listings.ts";

const PRODUCTS = "products:";
const CATEGORIES = "categories:";

/** Says that a product can be bought from now on. */
export function tellPublished(tx: Tx, product: Product): void {
  tx.emit(ProductPublishedSchema, { ...factsOf(product), categoryId: product.categoryId }, aggregateOf(product));
}

/** Says that a product is no longer sold. */
export function tellArchived(tx: Tx, product: Product): void {
  tx.emit(ProductArchivedSchema, factsOf(product), aggregateOf(product));
}

/** Says that what is shown of a product changed; of a draft nobody hears. */
export function tellChanged(tx: Tx, product: Product): void {
  if (product.state === "draft") return;
  tx.emit(ProductChangedSchema, { ...factsOf(product), categoryId: product.categoryId }, aggregateOf(product));
}

/** Says that an offer's price changed; of a draft nobody hears. */
export function tellPrice(
  tx: Tx,
  product: Product,
  change: { readonly sku: string; readonly oldPrice: Money; readonly newPrice: Money },
): void {
  if (product.state === "draft") return;
  const { id, version, sellerId } = product;
  tx.emit(PriceChangedSchema, { productId: id, version, sellerId, ...change }, aggregateOf(product));
}

/** Says what a category is. */
export function tellCategory(tx: Tx, { id, slug, name, parentId }: Category): void {
  // A category never changes: its version is its first.
  tx.emit(CategoryChangedSchema, { categoryId: id, slug, name, parentId }, { id, version: 1 });
}

/** Says again what there is: the `batch` categories, then products, after `cursor`. */
export async function resyncCatalog(
  tx: Tx,
  cursor: string,
  batch: number,
): Promise<{ readonly cursor: string; readonly isDone: boolean }> {
  if (cursor.startsWith(PRODUCTS)) return resyncProducts(tx, cursor.slice(PRODUCTS.length), batch);
  const after = cursor === "" ? undefined : cursor.slice(CATEGORIES.length).split(":");
  const categories = await listCategories(tx, after, batch);
  for (const category of categories) tellCategory(tx, category);
  const last = categories.at(-1);
  const isOver = categories.length < batch || last === undefined;
  const next = isOver ? PRODUCTS : `${CATEGORIES}${last.depth}:${last.position}:${last.id}`;
  return { cursor: next, isDone: false };
}

async function resyncProducts(tx: Tx, after: string, batch: number) {
  const products = await listPublicAfter(tx, after, batch);
  for (const product of products) {
    if (product.state === "archived") tellArchived(tx, product);
    else tellPublished(tx, product);
  }
  return { cursor: `${PRODUCTS}${products.at(-1)?.id ?? after}`, isDone: products.length < batch };
}

function factsOf({ id, version, sellerId, variants }: Product) {
  return { productId: id, version, sellerId, skus: variants.map(({ sku }) => sku) };
}

function aggregateOf({ id, version }: Product) {
  return { id, version };
}
