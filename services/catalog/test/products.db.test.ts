import { ProductState } from "@shopmesh/contracts/shop/catalog/v1/catalog_pb.ts";
import test from "ava";
import { eur, openCatalog, sellerA, sellerB } from "./fixture.ts";

const colours = { name: "Colour", values: ["Blue", "Red"] };
const sizes = { name: "Size", values: ["S", "M"] };
const shirt = (sku: string, optionValues: string[], price = 2500) => ({
  sku,
  optionValues,
  price: eur(price),
  weightGrams: 200,
});

test("a product is made whole, as a draft that nobody sees, and shown once it is published", async (t) => {
  const shop = await openCatalog(t);
  const categoryId = await shop.category("clothing");
  const { product } = await shop.seller(sellerA).createProduct({
    requestId: "1",
    title: "Größe Shirt, crème!",
    categoryId,
    sellerName: "Alma",
    attributes: [{ name: "Material", value: "Linen" }],
    options: [colours, sizes],
    variants: [shirt("T-B-S", ["Blue", "S"]), shirt("T-R-M", ["Red", "M"], 1900)],
  });
  const id = product?.id ?? "";
  t.like(product, { sellerId: sellerA, state: ProductState.DRAFT, version: 1n, etag: "v1" });
  t.regex(product?.slug ?? "", /^grosse-shirt-creme-[2-9a-z]{4}$/);
  const asked = { product: { case: "id", value: id } } as const;
  t.like(await t.throwsAsync(shop.everybody.getProduct(asked)), {
    kind: "not-found",
    reason: "PRODUCT_NOT_FOUND",
  });
  t.like(await shop.everybody.batchGetOffers({ skus: ["T-B-S"] }), { missingSkus: ["T-B-S"] });
  await shop.events();
  await shop.seller(sellerA).publishProduct({ requestId: "2", productId: id });
  await shop.seller(sellerA).publishProduct({ requestId: "3", productId: id });
  const shown = (await shop.everybody.getProduct(asked)).product;
  t.like(shown, {
    state: ProductState.PUBLISHED,
    version: 2n,
    attributes: [{ name: "Material", value: "Linen" }],
    variants: [
      { sku: "T-B-S", optionValues: ["Blue", "S"], price: eur(2500), weightGrams: 200 },
      { sku: "T-R-M", price: eur(1900) },
    ],
  });
  t.truthy(shown?.publishTime);
  const slug = { product: { case: "slug", value: product?.slug ?? "" } } as const;
  t.is((await shop.everybody.getProduct(slug)).product?.id, id);
  t.like(await shop.events(), [
    { name: "ProductPublished", version: 2, message: { productId: id, skus: ["T-B-S", "T-R-M"] } },
  ]);
});

test("an administrator makes products for any seller, and says for which", async (t) => {
  const shop = await openCatalog(t);
  const categoryId = await shop.category("clothing");
  const fields = {
    title: "Beanie",
    categoryId,
    sellerName: "Bo",
    variants: [{ sku: "B", price: eur(100), weightGrams: 10 }],
  };
  t.like(await t.throwsAsync(shop.admin.createProduct({ requestId: "1", ...fields })), {
    reason: "SELLER_REQUIRED",
  });
  const made = () => shop.admin.createProduct({ requestId: "2", sellerId: sellerB, ...fields });
  const first = await made();
  t.is(first.product?.sellerId, sellerB);
  t.deepEqual(await made(), first, "a repeated request makes no second one");
});

test("no two offers of the shop have one sku, and no two variants one choice", async (t) => {
  const shop = await openCatalog(t);
  const categoryId = await shop.category("clothing");
  await shop.draft({ categoryId, variants: [{ sku: "B", price: eur(100), weightGrams: 10 }] });
  const create = (variants: ReturnType<typeof shirt>[], options = [sizes]) =>
    shop.draft({ categoryId, options, variants });
  const refusals = [
    [create([shirt("B", ["S"])]), "SKU_TAKEN"],
    [create([shirt("C", ["S"]), shirt("C", ["M"])]), "SKU_TAKEN"],
    [create([shirt("C", ["XL"])]), "OPTION_VALUES_INVALID"],
    [create([shirt("C", ["S", "S"])]), "OPTION_VALUES_INVALID"],
    [create([shirt("C", ["S"]), shirt("D", ["S"])]), "OPTION_VALUES_INVALID"],
    [create([{ ...shirt("C", ["S"]), price: { currencyCode: "USD", minorUnits: 1n } }]), "CURRENCY_NOT_SUPPORTED"],
    [shop.draft({ categoryId: sellerA }), "CATEGORY_NOT_FOUND"],
  ] as const;
  for (const [refused, reason] of refusals) t.like(await t.throwsAsync(refused), { reason });
  t.is((await shop.admin.listMyProducts({})).products.length, 1);
});

test("a seller changes no other's product: it is not found", async (t) => {
  const shop = await openCatalog(t);
  const productId = await shop.published({ categoryId: await shop.category("clothing") });
  const stranger = shop.seller(sellerB);
  const requestId = "1";
  const attempts = [
    stranger.publishProduct({ requestId, productId }),
    stranger.archiveProduct({ requestId, productId }),
    stranger.setPrice({ requestId, productId, sku: "x", price: eur(1) }),
    stranger.createImageUpload({ productId, contentType: "image/png", sizeBytes: 1n }),
    stranger.attachImage({ requestId, productId, uploadId: productId }),
  ];
  for (const attempt of attempts) {
    t.like(await t.throwsAsync(attempt), { kind: "not-found", reason: "PRODUCT_NOT_FOUND" });
  }
  t.deepEqual((await stranger.listMyProducts({})).products, []);
  t.is((await shop.seller(sellerA).listMyProducts({})).products.length, 1);
});

test("a price changes with its history, its event, and what everybody sees at once", async (t) => {
  const shop = await openCatalog(t);
  const variants = [{ sku: "B", price: eur(1000), weightGrams: 10 }];
  const productId = await shop.published({ categoryId: await shop.category("clothing"), variants });
  const asked = { product: { case: "id", value: productId } } as const;
  const priceSeen = async () => (await shop.everybody.getProduct(asked)).product?.variants[0]?.price?.minorUnits;
  t.is(await priceSeen(), 1000n);
  t.is(await priceSeen(), 1000n);
  t.is(shop.cache.loads(), 1);
  await shop.events();
  const set = (minorUnits: number, etag = "") =>
    shop.seller(sellerA).setPrice({
      requestId: shop.requestId(),
      productId,
      sku: "B",
      price: eur(minorUnits),
      etag,
    });
  await set(900, "v2");
  await set(900);
  t.is(await priceSeen(), 900n);
  t.like(await t.throwsAsync(set(800, "v2")), { kind: "aborted", reason: "PRODUCT_CHANGED" });
  t.like(await shop.events(), [
    {
      name: "PriceChanged",
      version: 3,
      message: { sku: "B", oldPrice: eur(1000), newPrice: eur(900) },
    },
  ]);
  const history = await shop.service.database.sql.rows(
    "SELECT price FROM price_change WHERE sku = 'B' ORDER BY create_ms",
  );
  t.deepEqual(history, [{ price: "1000" }, { price: "900" }]);
});

test("an archived product is still shown to whoever has its address, sells no more and changes no more", async (t) => {
  const shop = await openCatalog(t);
  const categoryId = await shop.category("clothing");
  const productId = await shop.published({
    categoryId,
    variants: [{ sku: "B", price: eur(1000), weightGrams: 10 }],
  });
  await shop.events();
  const archive = () => shop.admin.archiveProduct({ requestId: shop.requestId(), productId });
  await archive();
  await archive();
  t.like(await shop.events(), [{ name: "ProductArchived", message: { skus: ["B"] } }]);
  t.like(await shop.everybody.batchGetOffers({ skus: ["B"] }), { offers: [{ sellable: false }] });
  t.deepEqual((await shop.everybody.listProducts({})).products, []);
  t.is((await shop.everybody.batchGetProducts({ ids: [productId] })).products.length, 1);
  const again = shop.admin.publishProduct({ requestId: "p", productId });
  t.like(await t.throwsAsync(again), { reason: "PRODUCT_STATE" });
  const priced = shop.admin.setPrice({ requestId: "s", productId, sku: "B", price: eur(1) });
  t.like(await t.throwsAsync(priced), { reason: "PRODUCT_STATE" });
  const draftId = await shop.draft({ categoryId });
  await shop.admin.archiveProduct({ requestId: "d", productId: draftId });
  t.like(await shop.everybody.batchGetProducts({ ids: [draftId] }), { missingIds: [draftId] });
});

test("a picture is uploaded past the service, then attached, and the first is the main one", async (t) => {
  const shop = await openCatalog(t);
  const productId = await shop.published({
    categoryId: await shop.category("clothing"),
    variants: [{ sku: "B", price: eur(1000), weightGrams: 10 }],
  });
  const mine = shop.seller(sellerA);
  const upload = async () => {
    const fields = { productId, contentType: "image/svg+xml", sizeBytes: 3n };
    const { uploadId, uploadUrl } = await mine.createImageUpload(fields);
    return { uploadId, key: new URL(uploadUrl, "http://x").pathname.slice("/media/uploads/".length) };
  };
  const attach = (uploadId: string, alternativeText = "") =>
    mine.attachImage({ requestId: shop.requestId(), productId, uploadId, alternativeText });
  const [first, second] = [await upload(), await upload()];
  t.like(await t.throwsAsync(attach(first.uploadId)), { reason: "UPLOAD_INCOMPLETE" });
  t.like(await t.throwsAsync(attach(productId)), { reason: "UPLOAD_NOT_FOUND" });
  for (const { key } of [first, second]) {
    await shop.storage.storage.put(key, new Uint8Array(3), "image/svg+xml");
  }
  await shop.events();
  await attach(first.uploadId, "A beanie");
  await attach(first.uploadId, "A beanie");
  await attach(second.uploadId);
  t.deepEqual(
    (await shop.events()).map(({ name }) => name),
    ["ProductChanged", "ProductChanged"],
  );
  const asked = { product: { case: "id", value: productId } } as const;
  t.like((await shop.everybody.getProduct(asked)).product?.pictures, [
    { url: `/media/${first.key}`, alternativeText: "A beanie" },
    { url: `/media/${second.key}` },
  ]);
  t.like(await shop.everybody.batchGetOffers({ skus: ["B"] }), {
    offers: [{ pictureUrl: `/media/${first.key}` }],
  });
});
