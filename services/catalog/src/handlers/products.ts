import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Product as ProtoProduct, ProductSchema } from "@shopmesh/contracts/shop/catalog/v1/catalog_pb.ts";
import type { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import {
  type Cache,
  type CacheCodec,
  cutPage,
  type Handlers,
  idPart,
  numberPart,
  type PagedList,
  readPage,
  type Sql,
  textPart,
} from "@shopmesh/mesh";
import { isSku } from "../offer.ts";
import type { ProductSort } from "../listing.ts";
import { isPublic } from "../product.ts";
import { listCategories } from "../store/categories.ts";
import { listingKey, listPublished } from "../store/listings.ts";
import { findOffers } from "../store/offers.ts";
import { findProduct, findProductId, findProducts } from "../store/products.ts";
import { categoryToProto, offerToProto, productToProto, sortOf } from "./proto.ts";

type Deps = { readonly cache: Cache };

/** Who changes a product sees it changed at once, whoever asks another of catalog's processes a moment later. What a cart costs is asked for anew. */
const PRODUCT_LIFETIME = { ttlMs: 60_000, heldMs: 250 };
/** A slug is its product's for ever. */
const SLUG_LIFETIME = { ttlMs: 3_600_000, heldMs: 60_000 };

const productCodec: CacheCodec<ProtoProduct> = {
  encode: (product) => toBinary(ProductSchema, product),
  decode: (bytes) => fromBinary(ProductSchema, bytes),
};

const textCodec: CacheCodec<string> = {
  encode: (value) => new TextEncoder().encode(value),
  decode: (bytes) => new TextDecoder().decode(bytes),
};

const productSizes = { standard: 24, most: 100 };

/** A listing's token names its order: no other order goes on from there. */
const productPages = {
  newest: { ...productSizes, key: [/^newest$/, numberPart, idPart] },
  cheapest: { ...productSizes, key: [/^cheapest$/, numberPart, idPart] },
  dearest: { ...productSizes, key: [/^dearest$/, numberPart, idPart] },
  title: { ...productSizes, key: [/^title$/, textPart, idPart] },
} as const satisfies Readonly<Record<ProductSort, PagedList>>;

const categoryPages = { standard: 100, most: 500, key: [numberPart, numberPart, idPart] } as const;

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

    async listProducts(request, call) {
      const sort = sortOf(request.sort);
      const page = readPage(request, productPages[sort]);
      const found = await listPublished(call.sql, {
        sort,
        categoryId: request.categoryId || undefined,
        sellerId: request.sellerId || undefined,
        after: page.after?.slice(1),
        limit: page.limit,
      });
      const { rows, nextPageToken } = cutPage(found, page, (product) => [sort, ...listingKey(sort, product)]);
      return { products: rows.map(productToProto), nextPageToken };
    },

    async listCategories(request, call) {
      const page = readPage(request, categoryPages);
      const found = await listCategories(call.sql, page.after, page.limit);
      const { rows, nextPageToken } = cutPage(found, page, ({ depth, position, id }) => [
        String(depth),
        String(position),
        id,
      ]);
      return { categories: rows.map(categoryToProto), nextPageToken };
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
  return cache.through(`slug:${slug}`, SLUG_LIFETIME, textCodec, async () => {
    const id = await findProductId(sql, slug);
    return id === undefined ? undefined : { version: 1, value: id };
  });
}

function cachedProduct(cache: Cache, sql: Sql, id: string): Promise<ProtoProduct | undefined> {
  return cache.through(productKey(id), PRODUCT_LIFETIME, productCodec, async () => {
    const product = await findProduct(sql, id);
    if (product === undefined || !isPublic(product)) return undefined;
    return { version: product.version, value: create(ProductSchema, productToProto(product)) };
  });
}
