import { Channel, DeliveryState, Topic } from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import {
  NotificationAdminService,
  NotificationService,
} from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { contractOf } from "@shopmesh/mesh";
import test from "ava";
import { ofCustomer, PHONE, settings, shipped, type World } from "./steps.ts";
import { notificationWorld } from "./support.ts";

const { getPreferences, sendPhoneCode, setPreference, verifyPhoneNumber } = NotificationService.method;
const { listDeliveries } = NotificationAdminService.method;
const TEN_MINUTES_MS = 600_000;

/** She wants parcels by SMS, to a number that nobody has proved. */
async function asks(t: Parameters<typeof notificationWorld>[0]): Promise<World> {
  const world = await notificationWorld(t);
  ofCustomer(world);
  const preferences = [{ topic: Topic.SHIPMENTS, channel: Channel.SMS, enabled: true }];
  await world.ask(setPreference, { settings, preferences });
  return world;
}

/** The code that came by SMS. */
async function codeFor(world: World): Promise<string> {
  await world.ask(sendPhoneCode, { requestId: "r" });
  await world.tryAll();
  const sent = await world.texts();
  return /\d{6}/.exec(sent.find(({ body }) => body.includes("code, good"))?.body ?? "")?.[0] ?? "";
}

test("nothing goes to a number before it is proved by the code that was sent to it", async (t) => {
  const world = await asks(t);
  await shipped(world);
  await world.tryAll();
  t.deepEqual(await world.texts(), []);
  const sms = (await world.ask(listDeliveries, {})).deliveries.find(({ channel }) => channel === Channel.SMS);
  t.like(sms, { state: DeliveryState.WITHHELD, failureReason: "PHONE_NOT_VERIFIED" });
  const code = await codeFor(world);
  const proved = await world.ask(verifyPhoneNumber, { code });
  t.true(proved.preferences?.settings?.phoneVerified);
  await shipped(world, "event-later");
  t.deepEqual(
    (await world.texts()).map(({ to }) => to),
    [PHONE],
  );
  const rows = JSON.stringify(await world.database.sql.rows("SELECT * FROM phone_code"));
  t.false(rows.includes(code) || rows.includes(PHONE), "neither code nor number is kept with it");
});

test("a code that is proved, or a number that is, is asked for no more; another number is to be proved anew", async (t) => {
  const world = await asks(t);
  const code = await codeFor(world);
  await world.ask(verifyPhoneNumber, { code });
  await world.ask(verifyPhoneNumber, { code });
  t.is((await world.ask(sendPhoneCode, { requestId: "again" })).expireTime, undefined);
  await world.ask(setPreference, { settings: { ...settings, locale: "de" } });
  t.true((await world.ask(getPreferences, {})).preferences?.settings?.phoneVerified);
  await world.ask(setPreference, { settings: { ...settings, phoneNumber: "+4915198765432" } });
  t.false((await world.ask(getPreferences, {})).preferences?.settings?.phoneVerified);
  t.like(await t.throwsAsync(world.ask(verifyPhoneNumber, { code })), { reason: "PHONE_CODE_NOT_SENT" });
});

test("wrong codes are counted, and the fifth ends the code", async (t) => {
  const world = await asks(t);
  const code = await codeFor(world);
  const wrong = code === "000000" ? "000001" : "000000";
  for (const left of ["4", "3", "2", "1", "0"]) {
    const refused = await t.throwsAsync(world.ask(verifyPhoneNumber, { code: wrong }));
    t.like(refused, { kind: "invalid", reason: "PHONE_CODE_WRONG", metadata: { tries_left: left } });
  }
  t.like(await t.throwsAsync(world.ask(verifyPhoneNumber, { code })), { reason: "PHONE_CODE_TRIES_EXHAUSTED" });
  world.time.nowMs += 1_000;
  await world.ask(sendPhoneCode, { requestId: "another" });
  t.like(await t.throwsAsync(world.ask(verifyPhoneNumber, { code })), { reason: "PHONE_CODE_WRONG" });
});

test("a code is good for ten minutes, and a number gets five in a day", async (t) => {
  const world = await asks(t);
  const code = await codeFor(world);
  world.time.nowMs += TEN_MINUTES_MS;
  t.like(await t.throwsAsync(world.ask(verifyPhoneNumber, { code })), { reason: "PHONE_CODE_EXPIRED" });
  for (const requestId of ["2", "3", "4", "5"]) await world.ask(sendPhoneCode, { requestId });
  const refused = await t.throwsAsync(world.ask(sendPhoneCode, { requestId: "6" }));
  t.like(refused, { kind: "exhausted", reason: "PHONE_CODE_LIMIT" });
  t.like(contractOf(sendPhoneCode).rateLimits, [{ max: 3, windowMs: 60_000 }]);
});

test("no code goes where there is no number, nor to one that said STOP", async (t) => {
  const world = await notificationWorld(t);
  t.like(await t.throwsAsync(world.ask(sendPhoneCode, { requestId: "r" })), { reason: "PHONE_NUMBER_MISSING" });
  await world.ask(setPreference, { settings });
  await world.database.sql.execute(
    "INSERT INTO suppression (address_hash, channel, topic, reason, create_ms) VALUES (SHA2(?, 256), 'sms', '', 'STOP', 0)",
    [PHONE],
  );
  const refused = await t.throwsAsync(world.ask(sendPhoneCode, { requestId: "r" }));
  t.like(refused, { reason: "PHONE_NUMBER_STOPPED", metadata: { reason: "STOP" } });
});
