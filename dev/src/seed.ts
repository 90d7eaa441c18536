import { AuthAdminService, AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { Role } from "@shopmesh/contracts/shop/auth/v1/auth_pb.ts";
import { CatalogAdminService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { InventoryAdminService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { PromotionAdminService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { callerToken, certificateFilesOf, openClient, openOrigin } from "@shopmesh/mesh";
import { drawPicture, type SeedAccount, type SeedData, type SeedProduct, seedData } from "../seed/index.ts";
import { callEdge, EdgeRefusal } from "./edge-client.ts";

/**
 * Fills a running mesh with the seed's shop through its contracts alone. Every write has a request id of its own, so a
 * seed that was cut off is simply begun again.
 */
const gatewayUrl = setting("GATEWAY_URL");
const data = seedData();
const SIDE_BY_SIDE = 8;

await seedAccounts(data.accounts);
const admin = data.accounts.find(({ roles }) => roles.includes("admin"));
if (admin === undefined) throw new Error("the seed has no administrator");
const { sessionToken } = await callEdge(gatewayUrl, AuthService.method.signIn, {
  email: admin.email,
  password: admin.password,
});
const categoryIds = await seedCategories(data);
const locationIds = await seedLocations(data);
await eachSideBySide(data.products, (product) => seedProduct(product, { categoryIds, locationIds }));
await seedPromotions(data);
process.stderr.write(
  `seed: ${data.products.length} products, ${data.sellers.length} sellers, ${data.accounts.length} accounts\n`,
);

async function seedAccounts(accounts: readonly SeedAccount[]): Promise<void> {
  const { client, close } = openClient(AuthAdminService, {
    address: setting("AUTH_ADDRESS"),
    callerToken: callerToken(Buffer.from(setting("MESH_KEY"), "hex"), "seed"),
    region: process.env["REGION"] ?? "eu",
    certificates: certificateFilesOf(process.env),
  });
  const roles = {
    customer: Role.CUSTOMER,
    seller: Role.SELLER,
    support: Role.SUPPORT,
    admin: Role.ADMIN,
  } as const;
  for (const account of accounts) {
    const accountId = await registered(account);
    for (const role of account.roles.filter((name) => name !== "customer")) {
      await client.grantRole(
        {
          accountId,
          role: roles[role],
          sellerId: role === "seller" ? (account.sellerId ?? "") : "",
        },
        openOrigin(10_000, `seed-${account.id}`),
      );
    }
  }
  close();
}

/** The account's id, whether it is new or was there. */
async function registered({ email, password, name }: SeedAccount): Promise<string> {
  try {
    return idOf((await callEdge(gatewayUrl, AuthService.method.register, { email, password, name })).account);
  } catch (error) {
    if (!(error instanceof EdgeRefusal && error.reason === "EMAIL_TAKEN")) throw error;
    return idOf((await callEdge(gatewayUrl, AuthService.method.signIn, { email, password })).account);
  }
}

async function seedCategories({ categories }: SeedData): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  // Parents first: a child names its parent by the id that the parent was given.
  const ordered = [
    ...categories.filter(({ parentId }) => parentId === undefined),
    ...categories.filter(({ parentId }) => parentId !== undefined),
  ];
  for (const [position, { id, name, slug, parentId }] of ordered.entries()) {
    const { category } = await callEdge(
      gatewayUrl,
      CatalogAdminService.method.createCategory,
      {
        requestId: `seed/category/${slug}`,
        name,
        slug,
        parentId: parentId === undefined ? "" : (ids.get(parentId) ?? ""),
        position,
      },
      sessionToken,
    );
    ids.set(id, idOf(category));
  }
  return ids;
}

async function seedLocations({ locations }: SeedData): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const [priority, { id, code, name, country, address, sellerIds }] of locations.entries()) {
    const [only] = sellerIds;
    const { location } = await callEdge(
      gatewayUrl,
      InventoryAdminService.method.createLocation,
      {
        requestId: `seed/location/${code}`,
        code,
        name,
        countryCode: country,
        sellerId: sellerIds.length === 1 ? (only ?? "") : "",
        priority,
        address: { name, ...address, countryCode: country },
      },
      sessionToken,
    );
    ids.set(id, idOf(location));
  }
  return ids;
}

async function seedProduct(
  product: SeedProduct,
  { categoryIds, locationIds }: { categoryIds: ReadonlyMap<string, string>; locationIds: ReadonlyMap<string, string> },
): Promise<void> {
  const created = await callEdge(
    gatewayUrl,
    CatalogAdminService.method.createProduct,
    {
      requestId: `seed/product/${product.slug}`,
      title: product.title,
      description: product.description,
      brand: product.brand,
      categoryId: categoryIds.get(product.categoryId) ?? "",
      attributes: product.attributes.map(({ name, value }) => ({ name, value })),
      options: product.options.map(({ name, values }) => ({ name, values: [...values] })),
      variants: product.variants.map(({ sku, optionValues, priceMinorUnits, weightGrams }) => ({
        sku,
        optionValues: optionValues.map(({ value }) => value),
        price: { currencyCode: "EUR", minorUnits: priceMinorUnits },
        weightGrams,
      })),
      sellerId: product.sellerId,
      sellerName: data.sellers.find(({ id }) => id === product.sellerId)?.name ?? "",
    },
    sessionToken,
  );
  const productId = idOf(created.product);
  await seedPicture(product, productId);
  await callEdge(
    gatewayUrl,
    CatalogAdminService.method.publishProduct,
    { requestId: `seed/publish/${product.slug}`, productId },
    sessionToken,
  );
  await seedStock(product, locationIds);
}

async function seedPicture(product: SeedProduct, productId: string): Promise<void> {
  const picture = Buffer.from(drawPicture(product));
  const contentType = "image/svg+xml";
  const { uploadId, uploadUrl } = await callEdge(
    gatewayUrl,
    CatalogAdminService.method.createImageUpload,
    { productId, contentType, sizeBytes: BigInt(picture.length) },
    sessionToken,
  );
  const uploaded = await fetch(new URL(uploadUrl, gatewayUrl), {
    method: "PUT",
    headers: { "content-type": contentType },
    body: picture,
  });
  if (!uploaded.ok) throw new Error(`the picture of ${product.slug}: ${uploaded.status} ${await uploaded.text()}`);
  const requestId = `seed/picture/${product.slug}`;
  try {
    await callEdge(
      gatewayUrl,
      CatalogAdminService.method.attachImage,
      { requestId, productId, uploadId, alternativeText: product.title },
      sessionToken,
    );
  } catch (error) {
    // A seed that was cut off had attached it, from another upload.
    if (!(error instanceof EdgeRefusal && error.reason === "REQUEST_ID_REUSED")) throw error;
  }
}

async function seedStock(
  { slug, stock, sellerId }: SeedProduct,
  locationIds: ReadonlyMap<string, string>,
): Promise<void> {
  for (const location of new Set(stock.map(({ locationId }) => locationId))) {
    const lines = stock.filter(({ locationId, quantity }) => locationId === location && quantity > 0);
    if (lines.length === 0) continue;
    await callEdge(
      gatewayUrl,
      InventoryAdminService.method.receiveStock,
      {
        requestId: `seed/stock/${slug}/${location}`,
        locationId: locationIds.get(location) ?? "",
        lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
        sellerId,
        reference: "seed",
      },
      sessionToken,
    );
  }
}

async function seedPromotions({ promotions }: SeedData): Promise<void> {
  for (const promotion of promotions) {
    await callEdge(
      gatewayUrl,
      PromotionAdminService.method.createPromotion,
      {
        requestId: `seed/promotion/${promotion.code}`,
        label: promotion.name,
        couponCode: promotion.code,
        discountBasisPoints: promotion.percentBasisPoints,
        platformShareBasisPoints: promotion.platformShareBasisPoints,
        maxRedemptions: promotion.totalLimit,
        maxRedemptionsPerCustomer: promotion.perCustomerLimit,
        ...(promotion.minimumMinorUnits === 0n
          ? {}
          : { minimumSubtotal: { currencyCode: "EUR", minorUnits: promotion.minimumMinorUnits } }),
      },
      sessionToken,
    );
  }
}

async function eachSideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
    }),
  );
}

function idOf(resource: { readonly id: string } | undefined): string {
  if (resource === undefined) throw new Error("the answer lacks the resource it should hold");
  return resource.id;
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set: the launcher runs this program`);
  return value;
}
