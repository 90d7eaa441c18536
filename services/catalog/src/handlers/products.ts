import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Product as ProtoProduct, ProductSchema } from "@shopmesh/contracts/shop/catalog/v1/catalog_pb.ts";
import type { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Cache, CacheCodec, Handlers, Sql } from "@shopmesh/mesh";
import { isSku } from "../offer.ts";
import { pageKey, pageOf, pageSize } from "../page.ts";
import { isPublic } from "../product.ts";
import { listCategories } from "../store/categories.ts";
import { listingKey, listPublished } from "../store/listings.ts";
import { findOffers } from "../store/offers.ts";
import { findProduct, findProductId, findProducts } from "../store/products.ts";
import { categoryToProto, offerToProto, productToProto, sortOf } from "./proto.ts";

type Deps = { readonly cache: Cache };

const PRODUCT_TTL_MS = 60_000;
/** A slug is its product's for ever. */
const SLUG_TTL_MS = 3_600_000;

const productCodec: CacheCodec<ProtoProduct> = {
  encode: (product) => toBinary(ProductSchema, product),
  decode: (bytes) => fromBinary(ProductSchema, bytes),
};

const textCodec: CacheCodec<string> = {
  encode: (value) => new TextEncoder().encode(value),
  decode: (bytes) => new TextDecoder().decode(bytes),
};

/** Where a product lies in the cache: whoever changes it drops this after the commit. */
export function productKey(id: string): string {
  return `product:${id}`;
}

/** What everybody sees. */
export function productHandlers({ cache }: Deps): Handlers<typeof CatalogService> {
  return {
    async getProduct({ product: asked }, call) {
      const id = asked.case === "slug" ? await idOfSlug(cache, call.sql, asked.value) : (asked.value ?? "");
      const product = id === undefined ? undefined : await cachedProduct(cache, call.sql, id);
      if (product === undefined) {
        throw new DomainError("not-found", "PRODUCT_NOT_FOUND", {
          [asked.case ?? "id"]: asked.value ?? "",
        });
      }
      return { product };
    },

    async batchGetProducts({ ids }, call) {
      const unique = [...new Set(ids)];
      const products = (await findProducts(call.sql, unique)).filter(isPublic);
      const found = new Set(products.map(({ id }) => id));
      return {
        products: products.map(productToProto),
        missingIds: unique.filter((id) => !found.has(id)),
      };
    },

    async listProducts({ pageSize: asked, pageToken, categoryId, sellerId, sort }, call) {
      const size = pageSize(asked, 24, 100);
      const order = sortOf(sort);
      const [of, ...after] = pageKey(pageToken, 3) ?? [];
      if (of !== undefined && of !== order) {
        throw new DomainError("invalid", "PAGE_TOKEN_INVALID", { page_token: pageToken });
      }
      const rows = await listPublished(call.sql, {
        sort: order,
        categoryId: categoryId || undefined,
        sellerId: sellerId || undefined,
        after: of === undefined ? undefined : after,
        limit: size + 1,
      });
      const page = pageOf(rows, size, (product) => listingKey(order, product));
      return { products: page.items.map(productToProto), nextPageToken: page.nextPageToken };
    },

    async listCategories({ pageSize: asked, pageToken }, call) {
      const size = pageSize(asked, 100, 500);
      const rows = await listCategories(call.sql, pageKey(pageToken, 3), size + 1);
      const page = pageOf(rows, size, ({ depth, position, id }) => [`${depth}`, `${position}`, id]);
      return { categories: page.items.map(categoryToProto), nextPageToken: page.nextPageToken };
    },

    async batchGetOffers({ skus }, call) {
      const unique = [...new Set(skus)];
      const found = await findOffers(call.sql, unique.filter(isSku));
      const offers = new Map(found.map((offer) => [offer.sku, offer]));
      return {
        offers: unique.flatMap((sku) => offers.get(sku) ?? []).map(offerToProto),
        missingSkus: unique.filter((sku) => !offers.has(sku)),
      };
    },
  };
}

function idOfSlug(cache: Cache, sql: Sql, slug: string): Promise<string | undefined> {
  return cache.through(`slug:${slug}`, SLUG_TTL_MS, textCodec, async () => {
    const id = await findProductId(sql, slug);
    return id === undefined ? undefined : { version: 1, value: id };
  });
}

function cachedProduct(cache: Cache, sql: Sql, id: string): Promise<ProtoProduct | undefined> {
  return cache.through(productKey(id), PRODUCT_TTL_MS, productCodec, async () => {
    const product = await findProduct(sql, id);
    if (product === undefined || !isPublic(product)) return undefined;
    return { version: product.version, value: create(ProductSchema, productToProto(product)) };
  });
}
