import { timestampMs } from "@bufbuild/protobuf/wkt";
import { CartAbandonedSchema } from "@shopmesh/contracts/shop/cart/v1/cart_events_pb.ts";
import { StockLowSchema } from "@shopmesh/contracts/shop/inventory/v1/inventory_events_pb.ts";
import { Channel, DeliveryState, Topic } from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import {
  NotificationAdminService,
  NotificationService,
} from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { TellStaffSchema } from "@shopmesh/contracts/shop/notification/v1/notification_tasks_pb.ts";
import { OrderRefundedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { OrderPaymentState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import {
  GiftCardIssuedSchema,
  PaymentActionRequiredSchema,
} from "@shopmesh/contracts/shop/payment/v1/payment_events_pb.ts";
import { RoleGrantedSchema } from "@shopmesh/contracts/shop/auth/v1/auth_events_pb.ts";
import { ScheduleSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import test from "ava";
import { deliver } from "../src/effects/deliver.ts";
import { messageNames } from "../src/message.ts";
import { locales } from "../src/templates/template.ts";
import { ofCustomer, settings, SHIPMENT, shipped } from "./steps.ts";
import { cart, CODE, CUSTOMER, notificationWorld, ORDERS, order, STAFF, START_MS } from "./support.ts";

const { listDeliveries, listTemplates, updateTemplate } = NotificationAdminService.method;
const { setPreference, listNotifications, markRead } = NotificationService.method;
const HOUR_MS = 3_600_000;

test("de-dup: the same event twice, and two events of one matter, bring one message to each recipient", async (t) => {
  const world = await notificationWorld(t);
  ofCustomer(world);
  await shipped(world, "event-9");
  await shipped(world, "event-9");
  await shipped(world, "event-10");
  await world.tryAll();
  await world.tryAll();
  t.is((await world.mails()).length, 1);
  t.is((await world.ask(listNotifications, {})).notifications.length, 1);
  await world.hear(StockLowSchema, { sku: "LAMP", sellerId: "kade", available: 2, threshold: 5 });
  for (const task of await world.outbox(TellStaffSchema)) {
    await world.work(TellStaffSchema, task);
    await world.work(TellStaffSchema, task);
  }
  await world.tryAll();
  const told = (await world.mails()).filter(({ subject }) => subject.includes("LAMP"));
  t.deepEqual(
    told.flatMap(({ envelope }) => envelope.to).sort(),
    STAFF.map((id) => `${id.slice(-4)}@example.org`),
  );
});

test("a message names its parcel, and comes in the recipient's language", async (t) => {
  const world = await notificationWorld(t);
  ofCustomer(world);
  await world.ask(setPreference, { settings: { ...settings, locale: "de" } });
  await shipped(world);
  await world.tryAll();
  const [mail] = await world.mails();
  t.is(mail?.subject, "Ein Paket deiner Bestellung E000000000001 ist unterwegs");
  t.true(mail?.text.includes("FEDEX, Nummer 7946"));
  t.true(mail?.html.includes('<html lang="de">'));
  t.true(mail?.html.includes("Lamp &amp; shade (Brass)"));
});

const written = test.macro({
  exec: async (t, locale: string, subject: string) => {
    const world = await notificationWorld(t);
    for (const id of ORDERS) world.orders.set(id, order(id, { locale }));
    await shipped(world);
    await world.tryAll();
    t.is((await world.mails())[0]?.subject, subject);
  },
  title: (_, locale) =>
    `a guest whose browser said "${locale}" at the checkout is written to so, else in the shop's own`,
});
test(written, "de-AT", "Ein Paket deiner Bestellung E000000000001 ist unterwegs");
test(written, "fr", "A parcel of your order E000000000001 is on its way");
test(written, "", "A parcel of your order E000000000001 is on its way");

test("quiet hours defer a mail to their end, without counting as a failed try", async (t) => {
  const world = await notificationWorld(t);
  ofCustomer(world);
  await world.ask(setPreference, { settings: { ...settings, quietHours: { start: "22:00", end: "07:00" } } });
  await shipped(world);
  await world.tryAll();
  t.deepEqual(await world.mails(), []);
  t.is((await world.ask(listNotifications, {})).notifications.length, 1, "the shop's own page wakes nobody");
  const [retry] = await world.outbox(ScheduleSchema);
  const { deliveries } = await world.ask(listDeliveries, {});
  const mail = deliveries.find(({ channel }) => channel === Channel.EMAIL);
  t.like(mail, { state: DeliveryState.PENDING, failureReason: "" });
  t.is(mail?.nextAttemptTime && timestampMs(mail.nextAttemptTime), START_MS + 7 * HOUR_MS);
  world.time.nowMs = START_MS + 7 * HOUR_MS;
  await deliver(world.delivering, { id: mail?.id ?? "", attempt: Number(retry?.parameters["attempt"]) }, {} as never);
  t.is((await world.mails()).length, 1);
});

test("security mail comes at any hour", async (t) => {
  const world = await notificationWorld(t);
  await world.ask(setPreference, { settings: { ...settings, quietHours: { start: "22:00", end: "07:00" } } });
  await world.hear(RoleGrantedSchema, { accountId: CUSTOMER, role: 3 });
  await world.tryAll();
  t.is((await world.mails())[0]?.subject, "Your account may do more now");
});

test("a preference switches a topic off by one channel and leaves the others", async (t) => {
  const world = await notificationWorld(t);
  ofCustomer(world);
  await world.ask(setPreference, { preferences: [{ topic: Topic.SHIPMENTS, channel: Channel.EMAIL, enabled: false }] });
  await shipped(world);
  await world.tryAll();
  t.deepEqual(await world.mails(), []);
  t.is((await world.ask(listNotifications, {})).unreadCount, 1);
  t.like((await world.ask(listDeliveries, { states: [DeliveryState.WITHHELD] })).deliveries, [
    { failureReason: "NOT_WANTED", channel: Channel.EMAIL },
  ]);
});

test("what was read is told again to who follows, and counted no more", async (t) => {
  const world = await notificationWorld(t);
  ofCustomer(world);
  await shipped(world);
  await world.tryAll();
  world.time.nowMs += 1;
  await world.confirmed(ORDERS[0]);
  await world.tryAll();
  const { notifications, unreadCount } = await world.ask(listNotifications, {});
  t.is(unreadCount, 2);
  t.like(notifications[0], { template: "order-confirmed", read: false, link: "/orders/E000000000001" });
  t.is((await world.ask(markRead, { notificationIds: [notifications[0]?.id ?? ""] })).unreadCount, 1);
  t.is((await world.ask(markRead, {})).unreadCount, 0);
  const rows = await world.database.sql.rows<{ sequence: string }>("SELECT sequence FROM notice ORDER BY sequence");
  t.deepEqual(
    rows.map(({ sequence }) => sequence),
    ["3", "4"],
  );
});

test("a second mail server takes what the first cannot", async (t) => {
  const smtpUrls = (port: number) => ["smtp://127.0.0.1:9", `smtp://127.0.0.1:${port}`];
  const world = await notificationWorld(t, { smtpUrls });
  await world.confirmed(ORDERS[0]);
  await world.tryAll();
  t.is((await world.mails()).length, 1);
  t.like((await world.ask(listDeliveries, {})).deliveries, [{ state: DeliveryState.DELIVERED, attemptCount: 1 }]);
});

test("the code of a gift card is made at sending, and kept nowhere", async (t) => {
  const world = await notificationWorld(t);
  const amount = { currencyCode: "EUR", minorUnits: 2_500n };
  await world.hear(GiftCardIssuedSchema, { giftCardId: SHIPMENT, personId: CUSTOMER, amount });
  await world.tryAll();
  t.true((await world.mails())[0]?.text.includes(CODE));
  t.deepEqual(world.minted, [SHIPMENT]);
  for (const table of ["delivery", "notice", "mesh_outbox"]) {
    const rows = await world.database.sql.rows(`SELECT * FROM ${table}`);
    t.false(
      JSON.stringify(rows, (_key, value: unknown) => (Buffer.isBuffer(value) ? value.toString() : value)).includes(
        CODE,
      ),
      table,
    );
  }
});

test("a cart that was left is told only to who asked for it, and only while it is as it was left", async (t) => {
  const world = await notificationWorld(t);
  const left = { cartId: SHIPMENT, version: 3n, customerId: CUSTOMER, skus: ["LAMP"] };
  world.carts.set(SHIPMENT, cart({ id: SHIPMENT, version: 3n, lines: [{ sku: "LAMP", title: "Lamp", quantity: 1 }] }));
  await world.hear(CartAbandonedSchema, left);
  await world.tryAll();
  t.deepEqual(await world.mails(), []);
  await world.ask(setPreference, { preferences: [{ topic: Topic.REMINDERS, channel: Channel.EMAIL, enabled: true }] });
  world.time.nowMs += 1;
  await world.hear(CartAbandonedSchema, { ...left, version: 4n });
  await world.tryAll();
  t.like((await world.ask(listDeliveries, {})).deliveries[0], { failureReason: "OUT_OF_DATE" });
  world.carts.set(SHIPMENT, cart({ id: SHIPMENT, version: 5n, lines: [{ sku: "LAMP", title: "Lamp", quantity: 1 }] }));
  await world.hear(CartAbandonedSchema, { ...left, version: 5n });
  await world.tryAll();
  t.is((await world.mails())[0]?.subject, "You left something in your cart");
  await world.hear(CartAbandonedSchema, { ...left, customerId: "", version: 6n });
  t.is((await world.mails()).length, 1, "a guest's cart has no address");
});

test("a payer who confirms in time gets no mail, who forgets does", async (t) => {
  const world = await notificationWorld(t);
  for (const [group, paymentState] of [
    [SHIPMENT, OrderPaymentState.AUTHORIZED],
    [CUSTOMER, OrderPaymentState.REQUIRES_ACTION],
  ] as const) {
    for (const id of ORDERS) world.orders.set(id, order(id, { paymentState }));
    await world.hear(PaymentActionRequiredSchema, { orderGroupId: group });
    t.deepEqual(await world.mails(), [], "not at once");
    const [wanted] = (await world.ask(listDeliveries, { states: [DeliveryState.PENDING] })).deliveries;
    await deliver(world.delivering, { id: wanted?.id ?? "", attempt: 1 }, {} as never);
  }
  const mails = await world.mails();
  t.is(mails.length, 1);
  t.regex(mails[0]?.subject ?? "", /confirm the payment/);
});

test("a wording that was changed is used from then on, and who changes an older one is told", async (t) => {
  const world = await notificationWorld(t);
  const amount = { currencyCode: "EUR", minorUnits: 500n };
  const text = { subject: "Back: {{ amount | money }}", text: "x", html: "<b>{{ order.seller }}</b>", short: "x" };
  const asked = { requestId: "r", name: "order-refunded", locale: "en", text, version: 0 };
  t.like(await world.ask(updateTemplate, asked), { template: { version: 1 } });
  t.like(await t.throwsAsync(world.ask(updateTemplate, asked)), { kind: "aborted", reason: "TEMPLATE_CHANGED" });
  const broken = { ...asked, version: 1, text: { ...text, html: "<p>\n{{ oder.seller }}" } };
  t.like(await t.throwsAsync(world.ask(updateTemplate, broken)), {
    reason: "TEMPLATE_INVALID",
    metadata: { field: "text.html", part: "html", line: "2", column: "4" },
  });
  await world.hear(OrderRefundedSchema, { orderId: ORDERS[0], refundId: SHIPMENT, amount });
  await world.tryAll();
  t.is((await world.mails())[0]?.subject, "Back: €5.00");
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await world.ask(listTemplates, { pageSize: 7, pageToken });
    seen.push(...page.templates.map(({ name, locale, version }) => `${name}/${locale}/${version}`));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  t.is(seen.length, messageNames.length * locales.length);
  t.is(new Set(seen).size, seen.length);
  t.true(seen.includes("order-refunded/en/1"));
});
