import { randomBytes, randomUUID } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  BuyLabelRequestSchema,
  CancelShipmentRequestSchema,
  GetShipmentRequestSchema,
  ListShipmentsRequestSchema,
  ListZonesRequestSchema,
  MarkDeliveredRequestSchema,
  MarkPackedRequestSchema,
  MarkPickingRequestSchema,
  MarkShippedRequestSchema,
  ReceiveFedexEventRequestSchema,
  ReceiveUpsEventRequestSchema,
  SetZoneRequestSchema,
  TakeFromShipmentRequestSchema,
  TrackShipmentRequestSchema,
  WatchShipmentRequestSchema,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import type { ZoneSchema } from "@shopmesh/contracts/shop/shipping/v1/zone_pb.ts";
import { uuidv7 } from "@shopmesh/kernel";
import { type Actor, type Call, createThrottle, keep, type Live } from "@shopmesh/mesh";
import { type Received, silentLog, startInbox, testDatabase } from "@shopmesh/mesh/testing";
import { createClock, startSandbox } from "@shopmesh/sandbox";
import type { ExecutionContext } from "ava";
import type { Desk } from "../src/effects/change.ts";
import { workOffDue } from "../src/effects/due.ts";
import { createFedex } from "../src/effects/fedex.ts";
import { CARRIER_WINDOW_MS, throttledCarrier } from "../src/effects/throttled.ts";
import { createUps } from "../src/effects/ups.ts";
import { readZone } from "../src/effects/zone-words.ts";
import { shippingAdminHandlers } from "../src/handlers/admin.ts";
import { type ShippingDeps, shippingHandlers } from "../src/handlers/shipping.ts";
import { shipping } from "../src/service.ts";
import { findZones } from "../src/store/zones.ts";
import { createMemory, readEvents, tellsScan } from "./outside.ts";
import { ada, type Create, createOf, type Quote, quoteOf, returnOf, sellerId } from "./requests.ts";

export { ada, sellerId };

export const secrets = {
  stripeSecretKey: "unused",
  stripeWebhookSecret: "unused",
  fedexClientId: "world_client",
  fedexClientSecret: "world_secret",
  fedexWebhookSecret: "world_fedex_webhook",
  upsClientId: "world_ups",
  upsClientSecret: "world_ups_secret",
};
export const upsCredential = "world_ups_credential";

export const hourMs = 3_600_000;

export const seller = person({ roles: ["seller"], sellerId });
export const order: Actor = { kind: "service", name: "order" };

export function person(fields: Partial<Extract<Actor, { kind: "person" }>>): Actor {
  return { kind: "person", id: randomUUID(), roles: ["customer"], sellerId: undefined, sessionId: "s", ...fields };
}

/** A seller's warehouse in another country than the dock. */
export const lyon = {
  name: "Lyon, Saint-Priest",
  line1: "12 rue du Dauphiné",
  city: "Saint-Priest",
  postalCode: "69800",
  countryCode: "FR",
};

const origin = { ...ada, name: "Dock", line2: "", region: "", phone: "", postalCode: "13353" };

export type World = Awaited<ReturnType<typeof startWorld>>;

/** The service's handlers on a real database, with a sandbox as the carrier; all ended with the test. */
export async function startWorld(
  t: ExecutionContext,
  { timeoutMs = 5_000, url: otherUrl = "", hasUps = false, isThrottled = false } = {},
) {
  const clock = createClock();
  const inbox = await startInbox(t, tellsScan);
  const sandbox = await startSandbox({
    gatewayUrl: inbox.url,
    clock,
    ...secrets,
  });
  t.teardown(() => sandbox.stop());
  const database = await testDatabase(t, {
    service: shipping,
    clock: clock.now,
  });
  const url = `http://127.0.0.1:${sandbox.httpPort}`;
  const stored = new Map<string, Uint8Array>();
  const api = { url: otherUrl || url, realTime: Date.now, log: silentLog };
  const fedex = createFedex({
    ...api,
    clientId: secrets.fedexClientId,
    clientSecret: secrets.fedexClientSecret,
    accountNumber: "510087000",
  });
  const ups = createUps({
    ...api,
    clientId: secrets.upsClientId,
    clientSecret: secrets.upsClientSecret,
    accountNumber: "A1B2C3",
    webhook: { url: `${inbox.url}/webhooks/ups`, credential: upsCredential },
  });
  const throttle = createThrottle({ windowMs: CARRIER_WINDOW_MS, random: () => 0 });
  const carriers = [isThrottled ? throttledCarrier(fedex, throttle) : fedex, ...(hasUps ? [ups] : [])];
  const { sql, transaction } = database;
  const desk: Desk = {
    carriers: new Map(carriers.map((carrier) => [carrier.name, carrier])),
    zones: keep(async () => (await findZones(sql)).map(readZone), clock.now),
    cache: createMemory(),
    origin,
    storage: { put: async (key, bytes) => void stored.set(key, bytes) },
    clock: clock.now,
    realTime: Date.now,
    newId: () => uuidv7(clock.now(), (length) => randomBytes(length)),
    entropy: (length) => randomBytes(length),
    timeoutMs,
  };
  const storage = { publicUrl: (key: string) => `/media/${key}` };
  const deps = { desk, live, storage, webhookSecret: secrets.fedexWebhookSecret, upsCredential };
  return {
    url,
    desk,
    clock,
    database,
    inbox,
    stored,
    ...clientOf(deps, (actor = order) => callOn({ sql, transaction }, actor)),
    /** What the schedule does every minute. */
    runDue: () => workOffDue(desk, { sql, transaction, deadlineMs: Date.now() + 60_000 }, silentLog),
    events: () => readEvents(sql),
    switchOn: async (fault: Readonly<Record<string, unknown>>) => {
      await fetch(`${url}/sandbox/faults`, { method: "POST", body: JSON.stringify({ provider: "fedex", ...fault }) });
    },
  };
}

function callOn(ground: Pick<Call, "sql" | "transaction">, actor: Actor): Call {
  return {
    ...ground,
    actor,
    caller: actor.kind === "service" ? actor.name : "gateway",
    deadlineMs: Date.now() + 20_000,
    signal: AbortSignal.timeout(20_000),
    isInTransaction: false,
  } as Call;
}

function clientOf(deps: ShippingDeps, call: (actor?: Actor) => Call) {
  const service = shippingHandlers(deps);
  const admin = shippingAdminHandlers(deps);
  return {
    quote: (fields: Quote = {}) => service.quoteRates(quoteOf(fields), call()),
    create: async (fields: Create = {}) => (await service.createShipments(createOf(fields), call())).shipments ?? [],
    bringBack: async (orderId: string, returnId: string) =>
      (await service.createReturnLabel(returnOf(orderId, returnId), call())).shipment,
    cancel: (orderId: string, key: string) =>
      service.cancelShipment(create(CancelShipmentRequestSchema, { requestId: "r", orderId, key }), call()),
    takeOut: (orderId: string, removalId: string, goods: readonly { sku: string; quantity: number }[], key = "a") =>
      service.takeFromShipment(
        create(TakeFromShipmentRequestSchema, { requestId: "r", orderId, key, removalId, goods: [...goods] }),
        call(),
      ),
    get: async (shipmentId: string, actor?: Actor) =>
      (await service.getShipment(create(GetShipmentRequestSchema, { shipmentId }), call(actor))).shipment,
    list: async (orderId: string, actor?: Actor) =>
      (await service.listShipments(create(ListShipmentsRequestSchema, { orderId }), call(actor))).shipments ?? [],
    track: (trackingNumber: string, postalCode: string) =>
      service.trackShipment(create(TrackShipmentRequestSchema, { trackingNumber, postalCode }), call()),
    watch: (shipmentId: string, cursor = "") =>
      service.watchShipment(create(WatchShipmentRequestSchema, { shipmentId, cursor }), call()),
    receive: (received: Received) =>
      service.receiveFedexEvent(create(ReceiveFedexEventRequestSchema, received), call()),
    receiveUps: (received: Received) => service.receiveUpsEvent(create(ReceiveUpsEventRequestSchema, received), call()),
    buyLabel: async (shipmentId: string, rateOptionId = "", actor = seller) =>
      (await admin.buyLabel(create(BuyLabelRequestSchema, { requestId: "r", shipmentId, rateOptionId }), call(actor)))
        .shipment,
    markPicking: async (shipmentId: string) =>
      (await admin.markPicking(create(MarkPickingRequestSchema, { requestId: "r", shipmentId }), call(seller)))
        .shipment,
    markPacked: async (shipmentId: string) =>
      (await admin.markPacked(create(MarkPackedRequestSchema, { requestId: "r", shipmentId }), call(seller))).shipment,
    zones: async (pageSize = 0) => {
      const { zones = [], nextPageToken = "" } = await admin.listZones(
        create(ListZonesRequestSchema, { pageSize }),
        call(),
      );
      return { zones, nextPageToken };
    },
    setZone: async (zone: MessageInitShape<typeof ZoneSchema>) =>
      (await admin.setZone(create(SetZoneRequestSchema, { requestId: "r", zone }), call())).zone,
    markShipped: (shipmentId: string, trackingNumber = "") =>
      admin.markShipped(create(MarkShippedRequestSchema, { requestId: "r", shipmentId, trackingNumber }), call(seller)),
    markDelivered: (shipmentId: string, actor = seller) =>
      admin.markDelivered(create(MarkDeliveredRequestSchema, { requestId: "r", shipmentId }), call(actor)),
  };
}

/** A live stream that reads once, as the mesh does when a client comes. */
const live: Live = {
  async *follow(_call, _topic, { cursor, read }) {
    yield* (await read(cursor)).messages;
  },
};
