import { CatalogAdminService, CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { defineService, implement, text } from "@shopmesh/mesh";
import { resyncCatalog } from "./effects.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { imageHandlers } from "./handlers/images.ts";
import { productHandlers } from "./handlers/products.ts";
import { Products1760000000000 } from "./migrations/0001-products.ts";
import { CategoryTable, PictureTable, PriceChangeTable, ProductTable, UploadTable, VariantTable } from "./schema.ts";
import { findProductSeller } from "./store/products.ts";

/** Categories, products, offers, prices with their history, pictures. */
export const catalog = defineService({
  name: "catalog",
  contracts: [CatalogService, CatalogAdminService],
  database: {
    tables: [CategoryTable, ProductTable, VariantTable, PriceChangeTable, PictureTable, UploadTable],
    migrations: [Products1760000000000],
  },
  config: { currencyCode: text("SHOP_CURRENCY", "EUR") },
  start({ clock, newId, entropy, cache, storage, config }) {
    const deps = { clock, newId, entropy, cache, storage, currencyCode: config.currencyCode };
    return {
      implementations: [
        implement(CatalogService, productHandlers(deps)),
        implement(CatalogAdminService, { ...adminHandlers(deps), ...imageHandlers(deps) }),
      ],
      resync: resyncCatalog,
      owners: {
        product: async (id, sql) => {
          const sellerId = await findProductSeller(sql, id);
          return sellerId === undefined ? undefined : { sellerIds: [sellerId] };
        },
      },
    };
  },
});
