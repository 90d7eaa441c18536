import { PromotionAdminService, PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { defineService, implement, text } from "@shopmesh/mesh";
import { promotionConsumers, promotionWorkers } from "./consumers.ts";
import { createAutomaticPromotions } from "./effects/automatic.ts";
import { createRules } from "./effects/rules.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { couponHandlers } from "./handlers/coupons.ts";
import { Promotions1760000000000 } from "./migrations/0001-promotions.ts";
import { PromotionsAtFullDepth1795500000000 } from "./migrations/0002-full-depth.ts";
import {
  CustomerGroupTable,
  PastOrderTable,
  PromotionCodeTable,
  PromotionTable,
  RedemptionPartTable,
  RedemptionTable,
} from "./schema.ts";

/** Promotions, coupons and redemptions: what comes off, and limits that hold under any race. */
export const promotion = defineService({
  name: "promotion",
  contracts: [PromotionService, PromotionAdminService],
  database: {
    tables: [
      PromotionTable,
      RedemptionTable,
      RedemptionPartTable,
      PromotionCodeTable,
      CustomerGroupTable,
      PastOrderTable,
    ],
    migrations: [Promotions1760000000000, PromotionsAtFullDepth1795500000000],
  },
  config: { currencyCode: text("SHOP_CURRENCY", "EUR") },
  schedules: [{ name: "tell-promotions", cron: "* * * * *" }],
  start({ clock, newId, entropy, sql, transaction, config: { currencyCode } }) {
    const automatic = createAutomaticPromotions(sql, clock, currencyCode);
    const world = { clock, automatic, transaction };
    return {
      implementations: [
        implement(PromotionService, couponHandlers({ clock, automatic, rules: createRules(), currencyCode })),
        implement(PromotionAdminService, adminHandlers({ clock, newId, entropy, automatic, currencyCode })),
      ],
      consumers: promotionConsumers(world),
      workers: promotionWorkers(world),
    };
  },
});
