import type { CatalogAdminService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import { type Cache, type Call, cutPage, type Handlers, idPart, personIdOf, readPage, type Tx } from "@shopmesh/mesh";
import type { Category } from "../category.ts";
import { tellArchived, tellCategory, tellPrice, tellPublished } from "../effects.ts";
import { archived, checkCurrency, type Product, published, repriced } from "../product.ts";
import { createCategory, findCategory } from "../store/categories.ts";
import { listAny } from "../store/listings.ts";
import { appendPrices, lockProduct, updatePrice, updateProduct } from "../store/products.ts";
import { draftOf, storeDraft, type World } from "./create.ts";
import { productKey } from "./products.ts";
import { categoryToProto, priceOf, productToProto, stateOf } from "./proto.ts";
import { scopeOf } from "./scope.ts";

/** What keeping products needs. */
export type AdminDeps = World & { readonly cache: Cache };

type ListNames = "listMyProducts" | "createCategory";
type ImageNames = "createImageUpload" | "attachImage";

/** What sellers do with their products and administrators with all; pictures apart. */
export function adminHandlers(deps: AdminDeps): Omit<Handlers<typeof CatalogAdminService>, ImageNames> {
  return { ...keepingHandlers(deps), ...listHandlers(deps) };
}

/** Changes a product by `change`, which returns it as it is where nothing is to do; `tell` runs with what came of it. */
export async function changeProduct(
  tx: Tx,
  { cache, productId }: { readonly cache: Cache; readonly productId: string },
  change: (product: Product) => Product,
  tell: (product: Product, before: Product) => Promise<void> | void,
): Promise<Product> {
  const before = await lockProduct(tx, productId);
  if (before === undefined) {
    throw new DomainError("not-found", "PRODUCT_NOT_FOUND", { product_id: productId });
  }
  const product = change(before);
  if (product === before) return before;
  if (!(await updateProduct(tx, product))) {
    throw new DomainError("aborted", "PRODUCT_CHANGED", { product_id: productId });
  }
  await tell(product, before);
  tx.onCommit(() => void cache.drop(productKey(productId)));
  return product;
}

function keepingHandlers(deps: AdminDeps): Omit<Handlers<typeof CatalogAdminService>, ImageNames | ListNames> {
  const { cache, clock, newId, currencyCode } = deps;
  return {
    async createProduct(request, call) {
      const draft = draftOf(request, call.actor, deps);
      const product = await call.transaction((tx) => storeDraft(tx, draft, call.actor, deps));
      return { product: productToProto(product) };
    },

    async publishProduct({ productId }, call) {
      const product = await call.transaction((tx) =>
        changeProduct(
          tx,
          { cache, productId },
          (before) => published(before, clock()),
          (after) => tellPublished(tx, after),
        ),
      );
      return { product: productToProto(product) };
    },

    async archiveProduct({ productId }, call) {
      const product = await call.transaction((tx) =>
        changeProduct(tx, { cache, productId }, archived, (after) => tellArchived(tx, after)),
      );
      return { product: productToProto(product) };
    },

    async setPrice({ productId, sku, price: given, etag }, call) {
      const price = priceOf(given);
      checkCurrency(price, currencyCode);
      const product = await call.transaction((tx) =>
        changeProduct(
          tx,
          { cache, productId },
          (before) => repriced(before, sku, price, etag),
          async (after, before) => {
            const oldPrice = before.variants.find((variant) => variant.sku === sku)?.price;
            await updatePrice(tx, { sku, price });
            await appendPrices(tx, [{ sku, price }], causeOf(call, { newId, nowMs: clock() }));
            tellPrice(tx, after, { sku, oldPrice: oldPrice ?? price, newPrice: price });
          },
        ),
      );
      return { product: productToProto(product) };
    },
  };
}

const pages = { standard: 24, most: 100, key: [idPart] } as const;

function listHandlers({ clock, newId }: AdminDeps): Pick<Handlers<typeof CatalogAdminService>, ListNames> {
  return {
    async listMyProducts(request, call) {
      const page = readPage(request, pages);
      const found = await listAny(call.sql, {
        sellerId: scopeOf(call.actor) ?? (request.sellerId || undefined),
        state: stateOf(request.state),
        before: page.after?.[0],
        limit: page.limit,
      });
      const { rows, nextPageToken } = cutPage(found, page, ({ id }) => [id]);
      return { products: rows.map(productToProto), nextPageToken };
    },

    async createCategory({ name, slug, parentId, position }, call) {
      const category = await call.transaction(async (tx) => {
        const parent = parentId === "" ? undefined : await findCategory(tx, parentId);
        if (parentId !== "" && parent === undefined) {
          throw new DomainError("not-found", "CATEGORY_NOT_FOUND", { category_id: parentId });
        }
        const depth = parent === undefined ? 0 : parent.depth + 1;
        const made = { id: newId(), slug, name, parentId, depth, position };
        await storeCategory(tx, made, clock());
        tellCategory(tx, made);
        return made;
      });
      return { category: categoryToProto(category) };
    },
  };
}

async function storeCategory(tx: Tx, category: Category, nowMs: number): Promise<void> {
  try {
    await createCategory(tx, category, nowMs);
  } catch (error) {
    if (!isRefusal(error, "DUPLICATE")) throw error;
    throw new DomainError("exists", "SLUG_TAKEN", { slug: category.slug });
  }
}

function causeOf(call: Call, { newId, nowMs }: { newId: () => string; nowMs: number }) {
  return { newId, nowMs, actorId: personIdOf(call.actor) ?? "" };
}
