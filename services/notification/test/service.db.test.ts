import { create } from "@bufbuild/protobuf";
import { NotificationAdminService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { OrderConfirmedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { type Actor, url } from "@shopmesh/mesh";
import { testService } from "@shopmesh/mesh/testing";
import test, { type ExecutionContext } from "ava";
import { notification } from "../src/service.ts";
import { ORDERS } from "./support.ts";

const person = (...roles: Extract<Actor, { kind: "person" }>["roles"]): Actor => ({
  kind: "person",
  id: "p",
  roles,
  sellerId: undefined,
  sessionId: "s",
});

/** The service as the mesh runs it, with one delivery asked for. */
async function startService(t: ExecutionContext) {
  const config = {
    ...notification.config,
    smtpUrl: url("SMTP_URL", ["smtp:"], "smtp://127.0.0.1:9"),
    publicUrl: url("PUBLIC_URL", ["http:"], "http://shop.test/"),
  };
  const { as, parts, database } = await testService(
    t,
    { ...notification, config },
    { clients: new Map(), nowMs: Date.now },
  );
  const consumer = parts.consumers?.[0];
  const reaction = consumer?.kind === "shared" ? consumer.reactions[0] : undefined;
  const event = create(OrderConfirmedSchema, {
    orderId: ORDERS[0],
    orderGroupId: ORDERS[1],
    groupOrderIds: [ORDERS[0]],
  });
  const meta = { id: "event-1", timeMs: Date.now(), region: "eu", aggregateId: "", version: 1n, attempt: 1 };
  await database.transaction(async (tx) => reaction?.react(event as never, meta, tx));
  return as;
}

test("only staff see what was sent to whom", async (t) => {
  const as = await startService(t);
  for (const actor of [person("customer"), person("customer", "seller"), { kind: "service", name: "order" } as const]) {
    await t.throwsAsync(as(actor)(NotificationAdminService).listDeliveries({}), { message: /access denied/ });
  }
  for (const actor of [person("support"), person("admin")]) {
    t.is((await as(actor)(NotificationAdminService).listDeliveries({})).deliveries.length, 1);
  }
});

test("the same request sends a delivery again once", async (t) => {
  const client = (await startService(t))(person("support"))(NotificationAdminService);
  const [first] = (await client.listDeliveries({})).deliveries;
  const request = { requestId: "r", deliveryId: first?.id ?? "" };
  const { delivery } = await client.resendDelivery(request);
  t.is((await client.resendDelivery(request)).delivery?.id, delivery?.id);
  t.is((await client.listDeliveries({})).deliveries.length, 2);
});
