import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { defineService, implement, integer, text } from "@shopmesh/mesh";
import { cartWorkers } from "./consumers.ts";
import { cartHandlers } from "./handlers/carts.ts";
import { createReaders } from "./handlers/reading.ts";
import { Carts1760000000000 } from "./migrations/0001-carts.ts";
import { CartPurchases1795300000000 } from "./migrations/0002-purchases.ts";
import { SavedItems1795400000000 } from "./migrations/0003-saved.ts";
import { TakenOver1795700000000 } from "./migrations/0004-taken-over.ts";
import { CartPurchaseTable, CartTable, SavedTable } from "./schema.ts";
import { findCartOwner } from "./store/carts.ts";

/** The carts of guests and customers: lines and a coupon; prices are read with every answer. */
export const cart = defineService({
  name: "cart",
  contracts: [CartService],
  calls: [CatalogService, InventoryService, PromotionService],
  database: {
    tables: [CartTable, CartPurchaseTable, SavedTable],
    migrations: [Carts1760000000000, CartPurchases1795300000000, SavedItems1795400000000, TakenOver1795700000000],
  },
  config: {
    currencyCode: text("SHOP_CURRENCY", "EUR"),
    abandonedAfterMinutes: integer("CART_ABANDONED_AFTER_MINUTES", { min: 1, max: 43_200 }, 240),
  },
  schedules: [
    { name: "sweep-carts", cron: "*/20 * * * *" },
    { name: "tell-abandoned-carts", cron: "*/5 * * * *" },
  ],
  start(context) {
    const { clock, entropy, live, log, newId } = context;
    const readers = createReaders({
      catalog: context.client(CatalogService),
      inventory: context.client(InventoryService),
      promotion: context.client(PromotionService),
      log,
    });
    const { currencyCode, abandonedAfterMinutes } = context.config;
    const handlers = cartHandlers({ readers, live, clock, newId, entropy, currencyCode });
    return {
      implementations: [implement(CartService, handlers)],
      owners: { cart: findCartOwner },
      workers: cartWorkers({ ...context, abandonedAfterMs: abandonedAfterMinutes * 60_000 }),
    };
  },
});
