import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { ShippingAdminService, ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { createThrottle, defineService, implement, integer, keep, text, url, worker } from "@shopmesh/mesh";
import type { Carrier } from "./carrier.ts";
import type { Desk } from "./effects/change.ts";
import { workOffDue } from "./effects/due.ts";
import { createFedex, type FedexOptions } from "./effects/fedex.ts";
import { CARRIER_WINDOW_MS, throttledCarrier } from "./effects/throttled.ts";
import { createUps } from "./effects/ups.ts";
import { readZone } from "./effects/zone-words.ts";
import { shippingAdminHandlers } from "./handlers/admin.ts";
import { shippingHandlers } from "./handlers/shipping.ts";
import { Shipments1760000000000 } from "./migrations/0001-shipments.ts";
import { Returns1795300000000 } from "./migrations/0002-returns.ts";
import { Zones1795600000000 } from "./migrations/0003-zones.ts";
import { LabelAttempts1795700000000 } from "./migrations/0004-label-attempts.ts";
import { CarrierEventTable, GivenUpTable, MethodTable, ScanTable, ShipmentTable, ZoneTable } from "./schema.ts";
import type { Address } from "./shipment.ts";
import { findOrderOwner, findShipmentOwner } from "./store/shipments.ts";
import { findZones } from "./store/zones.ts";

/** Prices, sends and follows parcels. */
export const shipping = defineService({
  name: "shipping",
  contracts: [ShippingService, ShippingAdminService],
  database: {
    tables: [ShipmentTable, ScanTable, CarrierEventTable, ZoneTable, MethodTable, GivenUpTable],
    migrations: [Shipments1760000000000, Returns1795300000000, Zones1795600000000, LabelAttempts1795700000000],
  },
  config: {
    fedexUrl: url("FEDEX_URL", ["http:", "https:"], "https://apis.fedex.com"),
    fedexClientId: text("FEDEX_CLIENT_ID"),
    fedexClientSecret: text("FEDEX_CLIENT_SECRET"),
    fedexWebhookSecret: text("FEDEX_WEBHOOK_SECRET"),
    fedexAccountNumber: text("FEDEX_ACCOUNT_NUMBER", "510087000"),
    fedexTimeoutMs: integer("FEDEX_TIMEOUT_MS", { min: 100, max: 60_000 }, 3_000),
    upsUrl: url("UPS_URL", ["http:", "https:"], "https://onlinetools.ups.com"),
    // Without credentials UPS carries nothing.
    upsClientId: text("UPS_CLIENT_ID", ""),
    upsClientSecret: text("UPS_CLIENT_SECRET", ""),
    upsAccountNumber: text("UPS_ACCOUNT_NUMBER", "A1B2C3"),
    publicUrl: url("PUBLIC_URL", ["http:", "https:"], "http://localhost:8080"),
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
    const upsCredential = Buffer.from(context.deriveSecret("ups-webhook")).toString("hex");
    const carriers = new Map(
      carriersOf(config, { realTime: Date.now, log: context.log, upsCredential }).map((carrier) => [
        carrier.name,
        throttledCarrier(carrier, createThrottle({ windowMs: CARRIER_WINDOW_MS })),
      ]),
    );
    const desk: Desk = {
      carriers,
      origin,
      zones: keep(async () => (await findZones(sql)).map(readZone), clock),
      cache: context.cache,
      storage,
      clock,
      realTime: Date.now,
      newId,
      entropy,
      timeoutMs: config.fedexTimeoutMs,
    };
    const deps = { desk, live, storage, webhookSecret: config.fedexWebhookSecret, upsCredential };
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

type CarrierConfig = Readonly<
  Record<"fedexUrl" | "fedexClientId" | "fedexClientSecret" | "fedexAccountNumber", string> &
    Record<"upsUrl" | "upsClientId" | "upsClientSecret" | "upsAccountNumber" | "publicUrl", string>
>;

/** FedEx, and UPS where there are credentials for it. */
function carriersOf(
  config: CarrierConfig,
  { realTime, log, upsCredential }: Pick<FedexOptions, "realTime" | "log"> & { readonly upsCredential: string },
): readonly Carrier[] {
  const fedex = createFedex({
    url: config.fedexUrl,
    clientId: config.fedexClientId,
    clientSecret: config.fedexClientSecret,
    accountNumber: config.fedexAccountNumber,
    realTime,
    log,
  });
  if (config.upsClientId === "") return [fedex];
  const ups = createUps({
    url: config.upsUrl,
    clientId: config.upsClientId,
    clientSecret: config.upsClientSecret,
    accountNumber: config.upsAccountNumber,
    webhook: { url: new URL("/webhooks/ups", config.publicUrl).href, credential: upsCredential },
    realTime,
    log,
  });
  return [fedex, ups];
}
