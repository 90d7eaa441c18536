import type { CreateProductRequest } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import { type Actor, personIdOf, type Tx } from "@shopmesh/mesh";
import { checkVariants, type Product } from "../product.ts";
import { SLUG_BYTES, slugOf } from "../slug.ts";
import { findCategory } from "../store/categories.ts";
import { appendPrices, createProduct, createVariants } from "../store/products.ts";
import { priceOf } from "./proto.ts";
import { scopeOf } from "./scope.ts";

/** Where time, ids and chance come from, and the shop's one currency. */
export type World = {
  readonly clock: () => number;
  readonly newId: () => string;
  readonly entropy: (length: number) => Uint8Array;
  readonly currencyCode: string;
};

const SLUG_ATTEMPTS = 5;

/** The draft that `request` describes. Throws SELLER_REQUIRED, OPTION_VALUES_INVALID, SKU_TAKEN, CURRENCY_NOT_SUPPORTED. */
export function draftOf(request: CreateProductRequest, actor: Actor, world: World): Product {
  const sellerId = scopeOf(actor) ?? request.sellerId;
  if (sellerId === "") throw new DomainError("invalid", "SELLER_REQUIRED");
  const options = request.options.map(({ name, values }) => ({ name, values }));
  const variants = request.variants.map(({ sku, optionValues, price, weightGrams }) => ({
    id: world.newId(),
    sku,
    optionValues,
    price: priceOf(price),
    weightGrams,
  }));
  checkVariants(options, variants, world.currencyCode);
  return {
    id: world.newId(),
    slug: slugOf(request.title, world.entropy(SLUG_BYTES)),
    title: request.title,
    description: request.description,
    brand: request.brand,
    categoryId: request.categoryId,
    sellerId,
    sellerName: request.sellerName,
    attributes: request.attributes.map(({ name, value }) => ({ name, value })),
    options,
    variants,
    pictures: [],
    state: "draft",
    version: 1n,
    publishMs: undefined,
    createMs: world.clock(),
  };
}

/** Writes a draft, by four statements whatever the number of variants. Throws CATEGORY_NOT_FOUND, SKU_TAKEN. */
export async function storeDraft(tx: Tx, draft: Product, actor: Actor, world: World): Promise<Product> {
  if ((await findCategory(tx, draft.categoryId)) === undefined) {
    throw new DomainError("not-found", "CATEGORY_NOT_FOUND", { category_id: draft.categoryId });
  }
  const product = await storeUnderFreeSlug(tx, draft, world);
  try {
    await createVariants(tx, product);
  } catch (error) {
    if (!isRefusal(error, "DUPLICATE")) throw error;
    throw new DomainError("exists", "SKU_TAKEN", {
      skus: product.variants.map(({ sku }) => sku).join(","),
    });
  }
  const actorId = personIdOf(actor) ?? "";
  const cause = { newId: world.newId, actorId, nowMs: world.clock() };
  await appendPrices(tx, product.variants, cause);
  return product;
}

// Two namesakes whose endings are the same: rare, so another ending is tried rather than all compared.
async function storeUnderFreeSlug(tx: Tx, draft: Product, world: World): Promise<Product> {
  let product = draft;
  for (let attempt = 1; ; attempt++) {
    try {
      await createProduct(tx, product);
      return product;
    } catch (error) {
      if (!isRefusal(error, "DUPLICATE") || attempt === SLUG_ATTEMPTS) throw error;
      product = { ...draft, slug: slugOf(draft.title, world.entropy(SLUG_BYTES)) };
    }
  }
}
