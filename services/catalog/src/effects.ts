import {
  PriceChangedSchema,
  ProductArchivedSchema,
  ProductChangedSchema,
  ProductPublishedSchema,
} from "@shopmesh/contracts/shop/catalog/v1/catalog_events_pb.ts";
import type { Money } from "@shopmesh/kernel";
import type { Tx } from "@shopmesh/mesh";
import type { Product } from "./product.ts";

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

function factsOf({ id, version, sellerId, variants }: Product) {
  return { productId: id, version, sellerId, skus: variants.map(({ sku }) => sku) };
}

function aggregateOf({ id, version }: Product) {
  return { id, version };
}
