import { createSecretKey } from "node:crypto";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import {
  CheckoutService,
  OrderAdminService,
  OrderService,
} from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { ShippingAdminService, ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { defineService, implement, keep, text, worker } from "@shopmesh/mesh";
import { orderConsumers } from "./consumers.ts";
import { closeOrders } from "./effects/close.ts";
import { createRecentGroups, createRecentQuotes } from "./effects/recent.ts";
import { createSagas } from "./effects/sagas.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { changeHandlers } from "./handlers/changes.ts";
import { checkoutHandlers } from "./handlers/checkout.ts";
import { exchangeHandlers } from "./handlers/exchanges.ts";
import { orderHandlers } from "./handlers/orders.ts";
import { refundHandlers } from "./handlers/refunds.ts";
import { returnAdminHandlers } from "./handlers/return-admin.ts";
import { returnHandlers } from "./handlers/returns.ts";
import { taxHandlers } from "./handlers/taxes.ts";
import { workHandlers } from "./handlers/work.ts";
import { Orders1760000000000 } from "./migrations/0001-orders.ts";
import { QuotesOfCarts1795200000000 } from "./migrations/0002-quotes-of-carts.ts";
import { TaxesAndClosing1795400000000 } from "./migrations/0003-taxes-and-closing.ts";
import { Returns1795500000000 } from "./migrations/0005-returns.ts";
import { GroupTable, OrderTable, QuoteTable, ReturnTable, TaxRateTable, TimelineTable } from "./schema.ts";
import { findGroupOwner, findOrderOwner } from "./store/orders.ts";
import { findQuoteOwner, sweepQuotes } from "./store/quotes.ts";
import { findReturnOwner } from "./store/returns.ts";
import { findTaxRates } from "./store/tax-rates.ts";

const QUOTES_KEPT_MS = 24 * 3_600_000;
const SWEEP_BATCH = 1_000;

/** Quotes, order groups, orders, the checkout and fulfilment sagas: it alone causes effects on stock and money. */
export const order = defineService({
  name: "order",
  contracts: [CheckoutService, OrderService, OrderAdminService],
  calls: [
    CartService,
    CatalogService,
    InventoryService,
    PaymentService,
    PromotionService,
    ShippingAdminService,
    ShippingService,
  ],
  database: {
    tables: [QuoteTable, GroupTable, OrderTable, TimelineTable, ReturnTable, TaxRateTable],
    migrations: [Orders1760000000000, QuotesOfCarts1795200000000, TaxesAndClosing1795400000000, Returns1795500000000],
  },
  config: {
    stripePublishableKey: text("STRIPE_PUBLISHABLE_KEY", "pk_test_shopmesh"),
    paypalClientId: text("PAYPAL_CLIENT_ID", ""),
  },
  schedules: [
    { name: "sweep-quotes", cron: "*/15 * * * *" },
    { name: "close-orders", cron: "7 * * * *" },
  ],
  start(context) {
    const { clock, sql, live, newId, entropy } = context;
    const guestSecret = createSecretKey(context.deriveSecret("guest-token"));
    const cart = context.client(CartService);
    const shipping = context.client(ShippingService);
    const taxes = keep(() => findTaxRates(sql), clock);
    const recent = createRecentGroups();
    const recentQuotes = createRecentQuotes();
    const sagas = createSagas(context, recent);
    return {
      implementations: [
        implement(
          CheckoutService,
          checkoutHandlers({
            clock,
            newId,
            entropy,
            guestSecret,
            cart,
            inventory: context.client(InventoryService),
            shipping,
            promotion: context.client(PromotionService),
            payment: context.client(PaymentService),
            taxes,
            ...context.config,
            saga: sagas.checkout,
            recent,
            recentQuotes,
          }),
        ),
        implement(OrderService, {
          ...orderHandlers({ clock, guestSecret, live, ...sagas }),
          ...returnHandlers({ clock, newId }),
          ...exchangeHandlers({ clock, newId, entropy, guestSecret, taxes, catalog: context.client(CatalogService) }),
          ...changeHandlers({ clock, newId, ...sagas }),
        }),
        implement(OrderAdminService, {
          ...adminHandlers({ clock, newId, ...sagas }),
          ...returnAdminHandlers({ clock, newId, ...sagas }),
          ...refundHandlers({ clock, newId, refunds: sagas.refunds }),
          ...workHandlers({ clock, shipping: context.client(ShippingAdminService), ...sagas }),
          ...taxHandlers({ clock, taxes }),
        }),
      ],
      owners: {
        order: findOrderOwner,
        order_group: findGroupOwner,
        quote: (id, sql) => findQuoteOwner(id, sql, recentQuotes.find),
        return: findReturnOwner,
      },
      consumers: orderConsumers(sagas, clock),
      workers: [
        worker(RunDueSchema, async ({ purpose }) => {
          if (purpose === "close-orders") await closeOrders(context);
          else while ((await sweepQuotes(sql, clock() - QUOTES_KEPT_MS, SWEEP_BATCH)) === SWEEP_BATCH);
        }),
      ],
    };
  },
});
