import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type CategorySchema,
  type OfferSchema,
  type ProductSchema,
  ProductState as ProtoState,
} from "@shopmesh/contracts/shop/catalog/v1/catalog_pb.ts";
import { ProductSort as ProtoSort } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { type Money, money } from "@shopmesh/kernel";
import { timeField } from "@shopmesh/mesh";
import type { Category } from "../category.ts";
import type { ProductSort } from "../listing.ts";
import type { Offer } from "../offer.ts";
import { etagOf, type Product, type ProductState } from "../product.ts";

const states: Readonly<Record<ProductState, ProtoState>> = {
  draft: ProtoState.DRAFT,
  published: ProtoState.PUBLISHED,
  archived: ProtoState.ARCHIVED,
};

const sorts: ReadonlyMap<ProtoSort, ProductSort> = new Map([
  [ProtoSort.PRICE_ASCENDING, "cheapest"],
  [ProtoSort.PRICE_DESCENDING, "dearest"],
  [ProtoSort.TITLE, "title"],
]);

/** The product as told. */
export function productToProto(product: Product): MessageInitShape<typeof ProductSchema> {
  return {
    id: product.id,
    slug: product.slug,
    title: product.title,
    description: product.description,
    brand: product.brand,
    categoryId: product.categoryId,
    sellerId: product.sellerId,
    sellerName: product.sellerName,
    attributes: product.attributes.map((attribute) => ({ ...attribute })),
    options: product.options.map(({ name, values }) => ({ name, values: [...values] })),
    variants: product.variants.map((variant) => ({
      ...variant,
      optionValues: [...variant.optionValues],
    })),
    pictures: product.pictures.map(({ url, alternativeText }) => ({ url, alternativeText })),
    state: states[product.state],
    etag: etagOf(product),
    version: product.version,
    createTime: timestampFromMs(product.createMs),
    ...timeField("publishTime", product.publishMs),
  };
}

/** The offer as told. */
export function offerToProto(offer: Offer): MessageInitShape<typeof OfferSchema> {
  return { ...offer };
}

/** The category as told. */
export function categoryToProto(category: Category): MessageInitShape<typeof CategorySchema> {
  const { depth: _depth, ...told } = category;
  return told;
}

/** The order asked for. */
export function sortOf(sort: ProtoSort): ProductSort {
  return sorts.get(sort) ?? "newest";
}

/** The state asked for; undefined for all. */
export function stateOf(state: ProtoState): ProductState | undefined {
  const found = Object.entries(states).find(([, told]) => told === state);
  // The keys of `states` are the states.
  return found?.[0] as ProductState | undefined;
}

/** The price given; the contract requires it. */
export function priceOf(price: Money | undefined): Money {
  return money(price?.currencyCode ?? "", price?.minorUnits ?? 0n);
}
