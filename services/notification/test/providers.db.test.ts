import { createHmac } from "node:crypto";
import { Channel, DeliveryState, Topic } from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import {
  NotificationAdminService,
  NotificationService,
} from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import test from "ava";
import { deliver } from "../src/effects/deliver.ts";
import { ofCustomer, PHONE, settings, shipped, type World } from "./steps.ts";
import { MAIL_SECRET, notificationWorld, ORDERS, SHOP_URL, TWILIO } from "./support.ts";

const { listDeliveries, resendDelivery, listSuppressions, liftSuppressions } = NotificationAdminService.method;
const { setPreference, unsubscribe } = NotificationService.method;
const { receiveUnsubscribe, receiveTwilioEvent, receiveMailEvent } = NotificationService.method;
const HOUR_MS = 3_600_000;

async function wantsSms(world: World): Promise<void> {
  ofCustomer(world);
  await world.ask(setPreference, {
    settings,
    preferences: [{ topic: Topic.SHIPMENTS, channel: Channel.SMS, enabled: true }],
  });
  // How a number is proved is told in phone.db.test.ts.
  await world.database.sql.execute("UPDATE person_settings SET phone_verified_ms = 1");
}

const smsOf = async ({ ask }: World) =>
  (await ask(listDeliveries, {})).deliveries.find(({ channel }) => channel === Channel.SMS);

test("an SMS goes to who asked for it", async (t) => {
  const world = await notificationWorld(t);
  await wantsSms(world);
  await shipped(world);
  await world.tryAll();
  const [sms] = await world.texts();
  t.like(sms, { to: PHONE, body: "A parcel of your order E000000000001 is on its way: FEDEX 7946." });
  t.like(await smsOf(world), { state: DeliveryState.DELIVERED, recipient: PHONE, providerReference: sms?.sid });
});

test("an SMS whose answer was lost is looked for, and not sent twice", async (t) => {
  const world = await notificationWorld(t);
  await wantsSms(world);
  await world.breakIt({ provider: "twilio", kind: "resetAfter" });
  await shipped(world);
  await world.tryAll();
  const lost = await smsOf(world);
  t.like(lost, { state: DeliveryState.PENDING, failureReason: "SMS_PROVIDER_SILENT" });
  await deliver(world.delivering, { id: lost?.id ?? "", attempt: 2 }, {} as never);
  const sent = await world.texts();
  t.is(sent.length, 1);
  t.like(await smsOf(world), { state: DeliveryState.DELIVERED, attemptCount: 2, providerReference: sent[0]?.sid });
});

/** Posts as the SMS provider does. */
async function twilio(world: World, fields: Readonly<Record<string, string>>, authToken: string = TWILIO.authToken) {
  const body = new URLSearchParams(fields);
  const signed = `${SHOP_URL}/webhooks/twilio${Object.keys(fields)
    .sort()
    .map((name) => name + fields[name])
    .join("")}`;
  const signature = createHmac("sha1", authToken).update(signed).digest("base64");
  await world.ask(receiveTwilioEvent, {
    body: Buffer.from(body.toString()),
    headers: { "x-twilio-signature": signature },
  });
}

test("STOP ends every SMS, START brings them back, HELP is answered", async (t) => {
  const world = await notificationWorld(t);
  await wantsSms(world);
  await twilio(world, { MessageSid: "SM1", From: PHONE, Body: "Stop" });
  await shipped(world);
  await world.tryAll();
  t.deepEqual(await world.texts(), []);
  t.like(await smsOf(world), { state: DeliveryState.WITHHELD, failureReason: "STOP" });
  await twilio(world, { MessageSid: "SM2", From: PHONE, Body: "START" });
  t.deepEqual((await world.ask(listSuppressions, { recipient: PHONE })).suppressions, []);
  await twilio(world, { MessageSid: "SM1", From: PHONE, Body: "Stop" });
  t.deepEqual((await world.ask(listSuppressions, { recipient: PHONE })).suppressions, [], "an old answer counts once");
  await twilio(world, { MessageSid: "SM3", From: PHONE, Body: "HELP" });
  await twilio(world, { MessageSid: "SM3", From: PHONE, Body: "HELP" });
  await world.tryAll();
  t.deepEqual(
    (await world.texts()).map(({ to }) => to),
    [PHONE],
  );
});

test("an SMS that did not arrive after all has failed, and its number gets no more", async (t) => {
  const world = await notificationWorld(t);
  await wantsSms(world);
  await shipped(world);
  await world.tryAll();
  const sid = (await world.texts())[0]?.sid ?? "";
  await twilio(world, { MessageSid: sid, MessageStatus: "undelivered", ErrorCode: "30005" });
  await twilio(world, { MessageSid: sid, MessageStatus: "sent" });
  t.like(await smsOf(world), { state: DeliveryState.FAILED, failureReason: "PHONE_UNREACHABLE" });
  t.like((await world.ask(listSuppressions, { recipient: PHONE })).suppressions, [{ reason: "PHONE_UNREACHABLE" }]);
});

function mailEvent(told: object, { secret = MAIL_SECRET, atMs = Date.now() } = {}) {
  const [timestamp, token] = [String(Math.floor(atMs / 1_000)), "token"];
  const signature = createHmac("sha256", secret)
    .update(timestamp + token)
    .digest("hex");
  return {
    body: Buffer.from(JSON.stringify({ signature: { timestamp, token, signature }, "event-data": told })),
    headers: {},
  };
}

test("forged webhooks are refused, and change nothing", async (t) => {
  const world = await notificationWorld(t);
  const denied = { kind: "denied", reason: "SIGNATURE_INVALID" };
  t.like(await t.throwsAsync(twilio(world, { MessageSid: "SM1", From: PHONE, Body: "STOP" }, "forged")), denied);
  const unsigned = world.ask(receiveTwilioEvent, { body: Buffer.from("MessageSid=SM1&Body=STOP"), headers: {} });
  t.like(await t.throwsAsync(unsigned), denied);
  const told = { id: "m1", event: "complained", recipient: "mira@example.org" };
  t.like(await t.throwsAsync(world.ask(receiveMailEvent, mailEvent(told, { secret: "forged" }))), denied);
  const replayed = world.ask(receiveMailEvent, mailEvent(told, { atMs: Date.now() - HOUR_MS }));
  t.like(await t.throwsAsync(replayed), { reason: "EVENT_TOO_OLD" });
  const malformed = world.ask(receiveMailEvent, { body: Buffer.from("{"), headers: {} });
  t.like(await t.throwsAsync(malformed), { reason: "EVENT_MALFORMED" });
  const token = `${world.links.tokenOf(ORDERS[0]).split(".")[0]}.${"A".repeat(22)}`;
  t.like(await t.throwsAsync(world.ask(unsubscribe, { token })), { reason: "UNSUBSCRIBE_LINK_INVALID" });
  for (const recipient of [PHONE, "mira@example.org"]) {
    t.deepEqual((await world.ask(listSuppressions, { recipient })).suppressions, []);
  }
});

test("suppression: after a bounce nothing more is sent to a mailbox, until a person lets it", async (t) => {
  const world = await notificationWorld(t);
  await shipped(world);
  await world.tryAll();
  const messageId = (await world.mails())[0]?.headers["message-id"]?.slice(1, -1);
  const bounce = {
    id: "m1",
    event: "failed",
    severity: "permanent",
    recipient: "Mira@example.org",
    message: { headers: { "message-id": messageId } },
  };
  await world.ask(receiveMailEvent, mailEvent(bounce));
  await world.ask(receiveMailEvent, mailEvent(bounce));
  t.like((await world.ask(listDeliveries, {})).deliveries, [
    { state: DeliveryState.FAILED, failureReason: "MAILBOX_NOT_FOUND" },
  ]);
  await world.confirmed(ORDERS[0]);
  await world.tryAll();
  t.is((await world.mails()).length, 1);
  const [withheld] = (await world.ask(listDeliveries, { states: [DeliveryState.WITHHELD] })).deliveries;
  t.is(withheld?.failureReason, "MAILBOX_NOT_FOUND");
  await world.ask(liftSuppressions, { recipient: "mira@example.org" });
  await world.ask(resendDelivery, { requestId: "r", deliveryId: withheld?.id ?? "" });
  await world.tryAll();
  t.is((await world.mails()).length, 2);
});

test("one click ends a topic: a guest's by the address, a customer's by the preference", async (t) => {
  const world = await notificationWorld(t);
  await shipped(world);
  await world.tryAll();
  const [mail] = await world.mails();
  t.is(mail?.headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
  const link = /<(.*)>/.exec(mail?.headers["list-unsubscribe"] ?? "")?.[1] ?? "";
  t.true(mail?.text.includes(`${SHOP_URL}/unsubscribe?token=`));
  const headers = { "webhook-query": new URL(link).search.slice(1) };
  const body = Buffer.from("List-Unsubscribe=One-Click");
  await world.ask(receiveUnsubscribe, { body, headers });
  await world.ask(receiveUnsubscribe, { body, headers });
  t.like((await world.ask(listSuppressions, { recipient: "mira@example.org" })).suppressions, [
    { topic: Topic.SHIPMENTS, reason: "UNSUBSCRIBED" },
  ]);
  await world.confirmed(ORDERS[0]);
  await world.tryAll();
  const [confirmation] = await world.mails();
  t.is(confirmation?.headers["list-unsubscribe"], undefined, "what has to be said has no way out");
});
