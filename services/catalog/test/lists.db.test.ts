import { ProductSort } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import test from "ava";
import { findOffers } from "../src/store/offers.ts";
import { eur, openCatalog, sellerA, sellerB } from "./fixture.ts";

type Shop = Awaited<ReturnType<typeof openCatalog>>;

async function pages(shop: Shop, fields: object): Promise<string[]> {
  const titles: string[] = [];
  for (let pageToken = ""; ; ) {
    const page = await shop.everybody.listProducts({ pageSize: 2, pageToken, ...fields });
    titles.push(...page.products.map(({ title }) => title));
    pageToken = page.nextPageToken;
    if (pageToken === "") return titles;
  }
}

test("products are listed by any order, in pages that neither repeat nor leave out", async (t) => {
  const shop = await openCatalog(t);
  const categoryId = await shop.category("clothing");
  const prices: readonly (readonly [string, number])[] = [
    ["Dune", 500],
    ["Ash", 300],
    ["Clay", 300],
    ["Bay", 300],
    ["Elm", 100],
  ];
  for (const [title, price] of prices) {
    const variants = [{ sku: title, price: eur(price), weightGrams: 1 }];
    await shop.published({ categoryId, title, variants });
  }
  await shop.draft({ categoryId, title: "Draft" });
  t.deepEqual(await pages(shop, {}), ["Elm", "Bay", "Clay", "Ash", "Dune"]);
  const ascending = await pages(shop, { sort: ProductSort.PRICE_ASCENDING });
  t.deepEqual(ascending, ["Elm", "Ash", "Clay", "Bay", "Dune"]);
  const descending = await pages(shop, { sort: ProductSort.PRICE_DESCENDING });
  t.deepEqual(descending, ascending.toReversed());
  t.deepEqual(await pages(shop, { sort: ProductSort.TITLE }), ["Ash", "Bay", "Clay", "Dune", "Elm"]);
  const { nextPageToken: pageToken } = await shop.everybody.listProducts({ pageSize: 1 });
  for (const wrong of [{ pageToken: "x" }, { pageToken, sort: ProductSort.TITLE }]) {
    t.like(await t.throwsAsync(shop.everybody.listProducts(wrong)), {
      reason: "PAGE_TOKEN_INVALID",
    });
  }
});

test("products are paged by titles as long as they may be, in any script", async (t) => {
  const shop = await openCatalog(t);
  const categoryId = await shop.category("signs");
  const titles = ['"', "\u0001", "ü", "猫"].map((sign) => sign.repeat(200));
  for (const [index, title] of titles.entries()) {
    const variants = [{ sku: `SIGN-${index}`, price: eur(100), weightGrams: 1 }];
    await shop.published({ categoryId, title, variants });
  }
  const found = await pages(shop, { sort: ProductSort.TITLE, pageSize: 1 });
  t.deepEqual(found.toSorted(), titles.toSorted());
});

test("a category lists what is in it and below it, a seller what is its own", async (t) => {
  const shop = await openCatalog(t);
  const top = await shop.category("home");
  const middle = await shop.category("kitchen", { parentId: top });
  const bottom = await shop.category("knives", { parentId: middle });
  const other = await shop.category("garden");
  await shop.published({ categoryId: top, title: "Top" });
  await shop.published({ categoryId: bottom, title: "Bottom", sellerId: sellerB });
  await shop.published({ categoryId: other, title: "Other" });
  t.deepEqual(await pages(shop, { categoryId: top }), ["Bottom", "Top"]);
  t.deepEqual(await pages(shop, { categoryId: middle }), ["Bottom"]);
  t.deepEqual(await pages(shop, { sellerId: sellerA }), ["Other", "Top"]);
  t.deepEqual(await pages(shop, { categoryId: sellerA }), []);
});

test("categories are listed parents before their children, by position, in pages", async (t) => {
  const shop = await openCatalog(t);
  const second = await shop.category("second", { position: 2 });
  await shop.category("below", { parentId: second, position: 0 });
  await shop.category("first", { position: 1 });
  const slugs: string[] = [];
  for (let pageToken = ""; ; ) {
    const page = await shop.everybody.listCategories({ pageSize: 2, pageToken });
    slugs.push(...page.categories.map(({ slug }) => slug));
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  t.deepEqual(slugs, ["first", "second", "below"]);
  t.like(await t.throwsAsync(shop.category("first")), { kind: "exists", reason: "SLUG_TAKEN" });
  t.like(await t.throwsAsync(shop.category("lost", { parentId: sellerA })), {
    reason: "CATEGORY_NOT_FOUND",
  });
});

test("offers are read by one statement, in the order asked, unknown ones named", async (t) => {
  const shop = await openCatalog(t);
  const categoryId = await shop.category("clothing");
  for (const part of ["A", "B"]) {
    const values = Array.from({ length: 40 }, (_, index) => `${part}-${index}`);
    await shop.published({
      categoryId,
      title: `Shirt ${part}`,
      options: [{ name: "Size", values }],
      variants: values.map((sku, index) => ({
        sku,
        optionValues: [sku],
        price: eur(index),
        weightGrams: 1 + index,
      })),
    });
  }
  const skus = ["B-3", "no such", "A-1", "ü", "B-3"];
  const { sql } = shop.service.database;
  let statements = 0;
  const counting =
    <A extends readonly unknown[], R>(run: (...call: A) => R) =>
    (...call: A): R => {
      statements += 1;
      return run(...call);
    };
  const counted = { ...sql, rows: counting(sql.rows) as typeof sql.rows };
  t.is(
    (
      await findOffers(
        counted,
        Array.from({ length: 40 }, (_, index) => `A-${index}`),
      )
    ).length,
    40,
  );
  t.is(statements, 1);
  const { offers, missingSkus } = await shop.everybody.batchGetOffers({ skus });
  t.like(offers, [
    { sku: "B-3", title: "Shirt B", optionTitle: "B-3", price: eur(3), weightGrams: 4 },
    { sku: "A-1", sellerId: sellerA, sellerName: "Alma", categoryId, sellable: true },
  ]);
  t.is(offers.length, 2);
  t.deepEqual(missingSkus, ["no such", "ü"]);
});

test("what there is is said again: categories, then products, batch by batch, drafts left out", async (t) => {
  const shop = await openCatalog(t);
  const top = await shop.category("home");
  const categoryId = await shop.category("kitchen", { parentId: top });
  const ids = [await shop.published({ categoryId }), await shop.published({ categoryId })];
  await shop.draft({ categoryId });
  await shop.admin.archiveProduct({ requestId: "a", productId: ids[0] ?? "" });
  await shop.events();
  const { resync } = shop.service.parts;
  let cursor = "";
  for (let isDone = false; !isDone; ) {
    const step = await shop.service.database.transaction(async (tx) => resync?.(tx, cursor, 1));
    cursor = step?.cursor ?? "";
    isDone = step?.isDone ?? true;
  }
  t.like(await shop.events(), [
    { name: "CategoryChanged", message: { slug: "home" } },
    { name: "CategoryChanged", message: { slug: "kitchen" } },
    { name: "ProductArchived", version: 3, message: { productId: ids[0] } },
    { name: "ProductPublished", version: 2, message: { productId: ids[1] } },
  ]);
});
