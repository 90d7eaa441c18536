import { randomUUID } from "node:crypto";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import { ShippingAdminService, ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { type Actor, contractOf, type ServiceDefinition, text, url } from "@shopmesh/mesh";
import { testService } from "@shopmesh/mesh/testing";
import { startSandbox } from "@shopmesh/sandbox";
import test, { type ExecutionContext } from "ava";
import { shipping } from "../src/service.ts";
import { ada, order, person, secrets, seller, sellerId } from "./world.ts";

const tokenHash = "a".repeat(64);
const guest = (hash: string): Actor => ({ kind: "guest", tokenHash: hash });
const storage = { put: async () => undefined, publicUrl: (key: string) => `/media/${key}` };

/** The service as the mesh runs it: validation, access, idempotency. */
async function startService(t: ExecutionContext) {
  const sandbox = await startSandbox({
    ...secrets,
  });
  t.teardown(() => sandbox.stop());
  const definition: ServiceDefinition = {
    ...shipping,
    config: {
      ...shipping.config,
      fedexUrl: url("FEDEX_URL", ["http:"], `http://127.0.0.1:${sandbox.httpPort}`),
      fedexClientId: text("FEDEX_CLIENT_ID", secrets.fedexClientId),
      fedexClientSecret: text("FEDEX_CLIENT_SECRET", secrets.fedexClientSecret),
      fedexWebhookSecret: text("FEDEX_WEBHOOK_SECRET", secrets.fedexWebhookSecret),
    },
    start: (context) => shipping.start({ ...context, storage: { ...context.storage, ...storage } }),
  };
  const { as } = await testService(t, definition, { clients: new Map(), nowMs: Date.now });
  const fields = {
    requestId: "order/create-shipments",
    orderId: randomUUID(),
    orderGroupId: randomUUID(),
    guestHash: tokenHash,
    destination: ada,
    shipments: [
      {
        key: "a",
        sellerId,
        locationId: randomUUID(),
        rateOptionId: "fedex-ground",
        lines: [{ sku: "SKU-1", quantity: 1, title: "Lamp", weightGrams: 750 }],
      },
    ],
  };
  return { as, fields };
}

test("rates are asked of carriers so often in a minute from one address, and no more", (t) => {
  t.like(contractOf(ShippingService.method.quoteRates).rateLimits, [{ max: 60, windowMs: 60_000 }]);
});

test("only order sends parcels, and a repeated request gives the same answer", async (t) => {
  const { as, fields } = await startService(t);
  await t.throwsAsync(as(seller)(ShippingService).createShipments(fields), { message: /access denied/ });
  const client = as(order, "order")(ShippingService);
  const { shipments } = await client.createShipments(fields);
  t.is(shipments[0]?.state, ShipmentState.LABELLED);
  t.deepEqual(await client.createShipments(fields).then((again) => again.shipments), shipments);
});

test("another's shipment is not found", async (t) => {
  const { as, fields } = await startService(t);
  const { shipments } = await as(order, "order")(ShippingService).createShipments(fields);
  const shipmentId = shipments[0]?.id ?? "";
  for (const owner of [guest(tokenHash), seller, person({ roles: ["support"] })]) {
    t.is((await as(owner)(ShippingService).getShipment({ shipmentId })).shipment?.id, shipmentId);
  }
  for (const stranger of [guest("b".repeat(64)), person({}), person({ roles: ["seller"], sellerId: randomUUID() })]) {
    const asked = as(stranger)(ShippingService).getShipment({ shipmentId });
    await t.throwsAsync(asked, { message: /shipment not found/ });
  }
});

test("an order without shipments is found by the mesh only", async (t) => {
  const { as, fields } = await startService(t);
  const { orderId } = fields;
  t.deepEqual((await as(order, "order")(ShippingService).listShipments({ orderId })).shipments, []);
  const asked = as(guest(tokenHash))(ShippingService).listShipments({ orderId });
  await t.throwsAsync(asked, { message: /order not found/ });
});

test("a seller marks its own parcel shipped, and the same request again changes nothing", async (t) => {
  const { as, fields } = await startService(t);
  const { shipments } = await as(order, "order")(ShippingService).createShipments(fields);
  const request = { requestId: "r-1", shipmentId: shipments[0]?.id ?? "" };
  const other = as(person({ roles: ["seller"], sellerId: randomUUID() }))(ShippingAdminService);
  await t.throwsAsync(other.markShipped(request), { message: /shipment not found/ });
  const client = as(seller)(ShippingAdminService);
  const first = await client.markShipped(request);
  t.is(first.shipment?.state, ShipmentState.SHIPPED);
  t.deepEqual(await client.markShipped(request), first);
});
