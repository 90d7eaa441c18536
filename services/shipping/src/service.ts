import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { ShippingAdminService, ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { defineService, implement, integer, text, url, worker } from "@shopmesh/mesh";
import type { Desk } from "./effects/change.ts";
import { workOffDue } from "./effects/due.ts";
import { createFedex } from "./effects/fedex.ts";
import { shippingAdminHandlers, shippingHandlers } from "./handlers/shipping.ts";
import { Shipments1760000000000 } from "./migrations/0001-shipments.ts";
import { Returns1795300000000 } from "./migrations/0002-returns.ts";
import { CarrierEventTable, ScanTable, ShipmentTable } from "./schema.ts";
import type { Address } from "./shipment.ts";
import { findOrderOwner, findShipmentOwner } from "./store/shipments.ts";

/** Prices, sends and follows parcels. */
export const shipping = defineService({
  name: "shipping",
  contracts: [ShippingService, ShippingAdminService],
  database: {
    tables: [ShipmentTable, ScanTable, CarrierEventTable],
    migrations: [Shipments1760000000000, Returns1795300000000],
  },
  config: {
    fedexUrl: url("FEDEX_URL", ["http:", "https:"], "https://apis.fedex.com"),
    fedexClientId: text("FEDEX_CLIENT_ID"),
    fedexClientSecret: text("FEDEX_CLIENT_SECRET"),
    fedexWebhookSecret: text("FEDEX_WEBHOOK_SECRET"),
    fedexAccountNumber: text("FEDEX_ACCOUNT_NUMBER", "510087000"),
    fedexTimeoutMs: integer("FEDEX_TIMEOUT_MS", { min: 100, max: 60_000 }, 3_000),
    fromName: text("SHIP_FROM_NAME", "Shopmesh"),
    fromLine: text("SHIP_FROM_LINE", "Am Westhafen 1"),
    fromCity: text("SHIP_FROM_CITY", "Berlin"),
    fromPostalCode: text("SHIP_FROM_POSTAL_CODE", "13353"),
    fromCountry: text("SHIP_FROM_COUNTRY", "DE"),
  },
  schedules: [{ name: "ask-carriers", cron: "* * * * *" }],
  start(context) {
    const { clock, config, entropy, live, newId, sql, storage } = context;
    const origin: Address = {
      name: config.fromName,
      line1: config.fromLine,
      line2: "",
      city: config.fromCity,
      region: "",
      postalCode: config.fromPostalCode,
      countryCode: config.fromCountry,
      phone: "",
    };
    const carrier = createFedex({
      url: config.fedexUrl,
      clientId: config.fedexClientId,
      clientSecret: config.fedexClientSecret,
      accountNumber: config.fedexAccountNumber,
      realTime: Date.now,
      log: context.log,
    });
    const timeoutMs = config.fedexTimeoutMs;
    const desk: Desk = { carrier, origin, storage, clock, realTime: Date.now, newId, entropy, timeoutMs };
    const deps = { desk, live, storage, webhookSecret: config.fedexWebhookSecret };
    return {
      implementations: [
        implement(ShippingService, shippingHandlers(deps)),
        implement(ShippingAdminService, shippingAdminHandlers(deps)),
      ],
      owners: { shipment: findShipmentOwner, order: findOrderOwner },
      workers: [
        worker(RunDueSchema, (_task, _meta, { deadlineMs }) =>
          workOffDue(desk, { sql, transaction: context.transaction, deadlineMs }, context.log),
        ),
      ],
    };
  },
});
