import { fromBinary, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import { file_shop_catalog_v1_catalog_events } from "@shopmesh/contracts/shop/catalog/v1/catalog_events_pb.ts";
import {
  CatalogAdminService,
  CatalogService,
  type CreateProductRequestSchema,
} from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import type { Actor, Cache, ServiceDefinition, Storage } from "@shopmesh/mesh";
import { testService } from "@shopmesh/mesh/testing";
import type { ExecutionContext } from "ava";
import { catalog } from "../src/service.ts";

type OutboxRow = { readonly subject: string; readonly payload: Buffer; readonly version: string };
type Draft = MessageInitShape<typeof CreateProductRequestSchema>;

export const sellerA = "018f0000-0000-7000-8000-00000000000a";
export const sellerB = "018f0000-0000-7000-8000-00000000000b";
export const eur = (minorUnits: number) => ({
  currencyCode: "EUR",
  minorUnits: BigInt(minorUnits),
});

const admin = person(["admin"], undefined);

/** Catalog as in the mesh, with a clock that the test moves, a cache and a storage in memory. */
export async function openCatalog(t: ExecutionContext) {
  let nowMs = 1_800_000_000_000;
  let requests = 0;
  const cache = memoryCache();
  const storage = memoryStorage();
  const definition: ServiceDefinition = {
    ...catalog,
    start: (context) => catalog.start({ ...context, cache: cache.cache, storage: storage.storage }),
  };
  const service = await testService(t, definition, {
    clients: new Map(),
    nowMs: () => nowMs,
    poolSize: 4,
  });
  const requestId = () => `request-${++requests}`;
  const asAdmin = service.as(admin)(CatalogAdminService);

  async function category(slug: string, { parentId = "", position = 0 } = {}): Promise<string> {
    const fields = { requestId: requestId(), name: slug, slug, parentId, position };
    return (await asAdmin.createCategory(fields)).category?.id ?? "";
  }

  async function draft(fields: Draft & { readonly categoryId: string }): Promise<string> {
    const { product } = await asAdmin.createProduct({
      requestId: requestId(),
      sellerId: sellerA,
      sellerName: "Alma",
      title: "Beanie",
      variants: [{ sku: `SKU-${requests}`, price: eur(1000), weightGrams: 100 }],
      ...fields,
    });
    return product?.id ?? "";
  }

  return {
    service,
    cache,
    storage,
    requestId,
    everybody: service.as({ kind: "anonymous" })(CatalogService),
    admin: asAdmin,
    seller: (sellerId: string) => service.as(person(["seller"], sellerId))(CatalogAdminService),
    advance: (ms: number) => {
      nowMs += ms;
    },
    category,
    draft,
    /** A published product; its id. */
    async published(fields: Draft & { readonly categoryId: string }): Promise<string> {
      const productId = await draft(fields);
      await asAdmin.publishProduct({ requestId: requestId(), productId });
      nowMs += 1_000;
      return productId;
    },
    /** What was said since the last time, oldest first. */
    async events(): Promise<readonly { name: string; version: number; message: Message }[]> {
      const { sql } = service.database;
      const rows = await sql.rows<OutboxRow>("SELECT subject, payload, version FROM mesh_outbox ORDER BY id");
      await sql.execute("DELETE FROM mesh_outbox");
      return rows.map(({ subject, payload, version }) => {
        const schema = file_shop_catalog_v1_catalog_events.messages.find(({ typeName }) => typeName === subject);
        if (schema === undefined) throw new Error(`nobody knows ${subject}`);
        const name = subject.slice(subject.lastIndexOf(".") + 1);
        return { name, version: Number(version), message: fromBinary(schema, payload) };
      });
    },
  };
}

function person(roles: readonly ("admin" | "seller")[], sellerId: string | undefined): Actor {
  const id = sellerId ?? "018f0000-0000-7000-8000-0000000000ff";
  return { kind: "person", id, roles, sellerId, sessionId: "s" };
}

function memoryCache() {
  const kept = new Map<string, Uint8Array>();
  let loads = 0;
  const cache: Cache = {
    async through(key, _lifetime, { encode, decode }, load) {
      const found = kept.get(key);
      if (found !== undefined) return decode(found);
      loads += 1;
      const loaded = await load();
      if (loaded !== undefined) kept.set(key, encode(loaded.value));
      return loaded?.value;
    },
    drop(...keys) {
      for (const key of keys) kept.delete(key);
      return Promise.resolve();
    },
  };
  return { cache, loads: () => loads };
}

function memoryStorage() {
  const objects = new Map<string, { bytes: Uint8Array; contentType: string }>();
  const storage: Storage = {
    put: (key, bytes, contentType) => Promise.resolve(void objects.set(key, { bytes, contentType })),
    get: (key) => Promise.resolve(objects.get(key)),
    remove: (key) => Promise.resolve(void objects.delete(key)),
    uploadUrl: (key, { maxBytes }) => `/media/uploads/${key}?max=${maxBytes}`,
    publicUrl: (key) => `/media/${key}`,
    verifyUpload: () => {
      throw new Error("the gateway verifies uploads");
    },
  };
  return { storage };
}
