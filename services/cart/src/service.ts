import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { defineService, implement, text, worker } from "@shopmesh/mesh";
import { cartHandlers } from "./handlers/carts.ts";
import { Carts1760000000000 } from "./migrations/0001-carts.ts";
import { CartPurchases1795300000000 } from "./migrations/0002-purchases.ts";
import { CartPurchaseTable, CartTable } from "./schema.ts";
import { findCartOwner, sweepCarts } from "./store.ts";

const SWEEP_BATCH = 1_000;

/** The carts of guests and customers: lines and a coupon; prices are read with every answer. */
export const cart = defineService({
  name: "cart",
  contracts: [CartService],
  calls: [CatalogService, InventoryService, PromotionService],
  database: { tables: [CartTable, CartPurchaseTable], migrations: [Carts1760000000000, CartPurchases1795300000000] },
  config: { currencyCode: text("SHOP_CURRENCY", "EUR") },
  schedules: [{ name: "sweep-carts", cron: "*/20 * * * *" }],
  start(context) {
    const { clock, entropy, live, log, newId, sql } = context;
    const readers = {
      catalog: context.client(CatalogService),
      inventory: context.client(InventoryService),
      promotion: context.client(PromotionService),
      log,
    };
    const { currencyCode } = context.config;
    const handlers = cartHandlers({ readers, live, clock, newId, entropy, currencyCode });
    return {
      implementations: [implement(CartService, handlers)],
      owners: { cart: findCartOwner },
      workers: [
        worker(RunDueSchema, async () => {
          while ((await sweepCarts(sql, clock(), SWEEP_BATCH)) === SWEEP_BATCH);
        }),
      ],
    };
  },
});
