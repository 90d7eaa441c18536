import { create } from "@bufbuild/protobuf";
import {
  NotificationAdminService,
  NotificationService,
} from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { OrderConfirmedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { type Actor, text, url } from "@shopmesh/mesh";
import { testService } from "@shopmesh/mesh/testing";
import test, { type ExecutionContext } from "ava";
import { notification } from "../src/service.ts";
import { ORDERS } from "./support.ts";

const person = (...roles: Extract<Actor, { kind: "person" }>["roles"]): Actor => ({
  kind: "person",
  id: "0198a000-0000-7000-8000-00000000000c",
  roles,
  sellerId: undefined,
  sessionId: "s",
});

/** The service as the mesh runs it, with one delivery asked for. */
async function startService(t: ExecutionContext) {
  const config = {
    ...notification.config,
    smtpUrl: url("SMTP_URL", ["smtp:"], "smtp://127.0.0.1:9"),
    twilioAccountSid: text("TWILIO_ACCOUNT_SID", "ACtest"),
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

test("the same request sends a code to a number once, only to who signed in, and a code has six digits", async (t) => {
  const as = await startService(t);
  const hers = as(person("customer"))(NotificationService);
  await hers.setPreference({ settings: { phoneNumber: "+4915112345678" } });
  const { expireTime } = await hers.sendPhoneCode({ requestId: "r" });
  t.deepEqual((await hers.sendPhoneCode({ requestId: "r" })).expireTime, expireTime);
  const { deliveries } = await as(person("support"))(NotificationAdminService).listDeliveries({
    template: "phone-code",
  });
  t.is(deliveries.length, 1);
  await t.throwsAsync(hers.verifyPhoneNumber({ code: "12345" }), { message: /code/ });
  const stranger = as({ kind: "guest", tokenHash: "a".repeat(64) })(NotificationService);
  await t.throwsAsync(stranger.sendPhoneCode({ requestId: "r" }), { message: /denied|unauthenticated/ });
});
