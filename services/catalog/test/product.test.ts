import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import {
  archived,
  lowestPriceOf,
  MAX_PICTURES,
  pictured,
  type Product,
  type ProductState,
  published,
} from "../src/product.ts";
import { slugOf } from "../src/slug.ts";

const price = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });

function product(state: ProductState, overrides: Partial<Product> = {}): Product {
  return {
    id: "p",
    slug: "p",
    title: "P",
    description: "",
    brand: "",
    categoryId: "c",
    sellerId: "s",
    sellerName: "S",
    attributes: [],
    options: [],
    variants: [{ id: "v", sku: "V", optionValues: [], price: price(5n), weightGrams: 1 }],
    pictures: [],
    state,
    version: 7n,
    publishMs: undefined,
    createMs: 0,
    ...overrides,
  };
}

const picture = (uploadId: string) => ({ uploadId, url: uploadId, alternativeText: "" });

test("a draft is published or archived, once; an archived product is final", (t) => {
  t.like(published(product("draft"), 9), { state: "published", version: 8n, publishMs: 9 });
  t.like(archived(product("draft")), { state: "archived", version: 8n });
  t.like(archived(product("published")), { state: "archived", version: 8n });
  const same = [product("published"), product("archived")] as const;
  t.is(published(same[0], 9), same[0]);
  t.is(archived(same[1]), same[1]);
  const error = t.throws(() => published(product("archived"), 9), { instanceOf: DomainError });
  t.like(error, { reason: "PRODUCT_STATE", metadata: { from: "archived", to: "published" } });
});

test("twenty pictures are enough; one that is there is not added again", (t) => {
  const full = product("draft", {
    pictures: Array.from({ length: MAX_PICTURES }, (_, index) => picture(String(index))),
  });
  t.is(pictured(full, picture("3")), full);
  t.like(
    t.throws(() => pictured(full, picture("new"))),
    { reason: "PICTURES_FULL", metadata: { most: "20" } },
  );
});

test("the lowest price is the cheapest variant's", (t) => {
  const variants = [9n, 4n, 6n].map((units, index) => ({
    id: `${index}`,
    sku: `${index}`,
    optionValues: [],
    price: price(units),
    weightGrams: 1,
  }));
  t.is(lowestPriceOf({ variants }), 4n);
});

test("a slug reads as its title and ends in what tells namesakes apart", (t) => {
  const bytes = new Uint8Array([0, 1, 2, 29]);
  t.is(slugOf("Crème brûlée — 2 für Größe", bytes), "creme-brulee-2-fur-grosse-234z");
  t.is(slugOf("日本", bytes), "product-234z");
  t.true(slugOf("a ".repeat(200), bytes).length <= 120);
});
