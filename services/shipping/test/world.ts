import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { create, fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import * as events from "@shopmesh/contracts/shop/shipping/v1/shipping_events_pb.ts";
import {
  CancelShipmentRequestSchema,
  CreateReturnLabelRequestSchema,
  CreateShipmentsRequestSchema,
  GetShipmentRequestSchema,
  ListShipmentsRequestSchema,
  MarkShippedRequestSchema,
  QuoteRatesRequestSchema,
  ReceiveFedexEventRequestSchema,
  TakeFromShipmentRequestSchema,
  TrackShipmentRequestSchema,
  WatchShipmentRequestSchema,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { uuidv7 } from "@shopmesh/kernel";
import type { Actor, Call, Live, Sql } from "@shopmesh/mesh";
import { silentLog, testDatabase } from "@shopmesh/mesh/testing";
import { createClock, startSandbox } from "@shopmesh/sandbox";
import type { ExecutionContext } from "ava";
import type { Desk } from "../src/effects/change.ts";
import { workOffDue } from "../src/effects/due.ts";
import { createFedex } from "../src/effects/fedex.ts";
import { type ShippingDeps, shippingAdminHandlers, shippingHandlers } from "../src/handlers/shipping.ts";
import { Shipments1760000000000 } from "../src/migrations/0001-shipments.ts";
import { Returns1795300000000 } from "../src/migrations/0002-returns.ts";

export const secrets = {
  stripeSecretKey: "unused",
  stripeWebhookSecret: "unused",
  fedexClientId: "world_client",
  fedexClientSecret: "world_secret",
  fedexWebhookSecret: "world_fedex_webhook",
};

export const hourMs = 3_600_000;
export const sellerId = "018f0000-0000-7000-8000-000000000001";

export const seller = person({ roles: ["seller"], sellerId });
export const order: Actor = { kind: "service", name: "order" };

export function person(fields: Partial<Extract<Actor, { kind: "person" }>>): Actor {
  return { kind: "person", id: randomUUID(), roles: ["customer"], sellerId: undefined, sessionId: "s", ...fields };
}

export const ada = {
  name: "Ada Byron",
  line1: "Invalidenstraße 1",
  city: "Berlin",
  postalCode: "10115",
  countryCode: "DE",
};

/** A seller's warehouse in another country than the dock. */
export const lyon = {
  name: "Lyon, Saint-Priest",
  line1: "12 rue du Dauphiné",
  city: "Saint-Priest",
  postalCode: "69800",
  countryCode: "FR",
};

const origin = { ...ada, name: "Dock", line2: "", region: "", phone: "", postalCode: "13353" };

export type Received = { readonly body: Uint8Array; readonly headers: Record<string, string> };
export type World = Awaited<ReturnType<typeof startWorld>>;

/** The service's handlers on a real database, with a sandbox as the carrier; all ended with the test. */
export async function startWorld(t: ExecutionContext, { timeoutMs = 5_000, url: otherUrl = "" } = {}) {
  const clock = createClock();
  const inbox = await startInbox(t);
  const sandbox = await startSandbox({
    httpPort: 0,
    smtpPort: 0,
    dataFolder: undefined,
    gatewayUrl: inbox.url,
    clock,
    ...secrets,
  });
  t.teardown(() => sandbox.stop());
  const database = await testDatabase(t, {
    migrations: [Shipments1760000000000, Returns1795300000000],
    clock: clock.now,
  });
  const url = `http://127.0.0.1:${sandbox.httpPort}`;
  const stored = new Map<string, Uint8Array>();
  const carrier = createFedex({
    url: otherUrl || url,
    clientId: secrets.fedexClientId,
    clientSecret: secrets.fedexClientSecret,
    accountNumber: "510087000",
    realTime: Date.now,
    log: silentLog,
  });
  const desk: Desk = {
    carrier,
    origin,
    storage: { put: async (key, bytes) => void stored.set(key, bytes) },
    clock: clock.now,
    realTime: Date.now,
    newId: () => uuidv7(clock.now(), (length) => randomBytes(length)),
    entropy: (length) => randomBytes(length),
    timeoutMs,
  };
  const storage = { publicUrl: (key: string) => `/media/${key}` };
  const deps = { desk, live, storage, webhookSecret: secrets.fedexWebhookSecret };
  const { sql, transaction } = database;
  return {
    url,
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

type Create = Partial<{ readonly orderId: string; readonly keys: readonly string[]; readonly option: string }> & {
  readonly destination?: Partial<typeof ada>;
  readonly customerId?: string;
  readonly from?: typeof ada;
};

type Quote = {
  readonly destination?: Partial<typeof ada>;
  readonly currencyCode?: string;
  readonly from?: typeof ada;
};

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
    markShipped: (shipmentId: string, trackingNumber = "") =>
      admin.markShipped(create(MarkShippedRequestSchema, { requestId: "r", shipmentId, trackingNumber }), call(seller)),
  };
}

function quoteOf({ destination = {}, currencyCode = "EUR", from }: Quote) {
  const value = { currencyCode, minorUnits: 5_000n };
  return create(QuoteRatesRequestSchema, {
    destination: { ...ada, ...destination },
    parcels: [{ sellerId, weightGrams: 1_500, value, ...(from === undefined ? {} : { from }) }],
  });
}

function createOf({
  orderId = randomUUID(),
  keys = ["a"],
  option = "fedex-ground",
  destination = {},
  customerId = "",
  from,
}: Create) {
  const leaves = from === undefined ? {} : { from };
  const lines = [{ sku: "SKU-1", quantity: 2, title: "Lamp", weightGrams: 750 }];
  return create(CreateShipmentsRequestSchema, {
    requestId: `${orderId}/create-shipments`,
    orderId,
    orderGroupId: randomUUID(),
    customerId,
    destination: { ...ada, ...destination },
    shipments: keys.map((key) => ({ key, sellerId, locationId: randomUUID(), rateOptionId: option, lines, ...leaves })),
  } satisfies MessageInitShape<typeof CreateShipmentsRequestSchema>);
}

function returnOf(orderId: string, returnId: string) {
  return create(CreateReturnLabelRequestSchema, {
    requestId: `${returnId}/label`,
    returnId,
    orderId,
    orderGroupId: randomUUID(),
    sender: ada,
    sellerId,
    locationId: randomUUID(),
    lines: [{ sku: "SKU-1", quantity: 1, title: "Lamp", weightGrams: 750 }],
  });
}

/** A live stream that reads once, as the mesh does when a client comes. */
const live: Live = {
  async *follow(_call, _topic, { cursor, read }) {
    yield* (await read(cursor)).messages;
  },
};

const eventSchemas = new Map(
  [
    events.ShipmentPlannedSchema,
    events.ShipmentShippedSchema,
    events.ShipmentTrackedSchema,
    events.ShipmentDeliveredSchema,
    events.ShipmentFailedSchema,
  ].map((schema) => [schema.typeName as string, schema]),
);

/** Everything said so far: name and fields, oldest first. */
async function readEvents(sql: Sql) {
  const rows = await sql.rows<{ subject: string; payload: Buffer }>(
    "SELECT subject, payload FROM mesh_outbox ORDER BY id",
  );
  return rows.flatMap(({ subject, payload }) => {
    const schema = eventSchemas.get(subject);
    return schema === undefined ? [] : [{ name: schema.name, ...fromBinary(schema, payload) }];
  });
}

/** Keeps the webhooks that the sandbox sends, for a test to hand over. */
async function startInbox(t: ExecutionContext) {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const signature = String(request.headers["fdx-signature"]);
      received.push({ body: Buffer.concat(chunks), headers: { "fdx-signature": signature } });
      response.writeHead(200).end();
      for (const wake of waiting) wake();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  /** The first report of a scan with that code. */
  async function first(code: string): Promise<Received> {
    for (;;) {
      const found = received.find(({ body }) => Buffer.from(body).toString().includes(`"eventType":"${code}"`));
      if (found !== undefined) return found;
      await new Promise<void>((resolve, reject) => {
        AbortSignal.timeout(8_000).addEventListener("abort", () => reject(new Error(`no scan ${code}`)));
        waiting.add(resolve);
      });
    }
  }
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, received, first };
}
