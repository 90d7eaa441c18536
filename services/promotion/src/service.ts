import { PromotionAdminService, PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { defineService, implement, text } from "@shopmesh/mesh";
import { promotionConsumers } from "./consumers.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { couponHandlers } from "./handlers/coupons.ts";
import { Promotions1760000000000 } from "./migrations/0001-promotions.ts";
import { PromotionTable, RedemptionTable } from "./schema.ts";

/** Promotions, coupons and redemptions: what comes off, and limits that hold under any race. */
export const promotion = defineService({
  name: "promotion",
  contracts: [PromotionService, PromotionAdminService],
  database: {
    tables: [PromotionTable, RedemptionTable],
    migrations: [Promotions1760000000000],
  },
  config: { currencyCode: text("SHOP_CURRENCY", "EUR") },
  start({ clock, newId, config: { currencyCode } }) {
    return {
      implementations: [
        implement(PromotionService, couponHandlers({ clock })),
        implement(PromotionAdminService, adminHandlers({ clock, newId, currencyCode })),
      ],
      consumers: promotionConsumers({ clock }),
    };
  },
});
