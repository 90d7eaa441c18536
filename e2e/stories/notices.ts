import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { cards, fillCart, place, quote } from "../order.ts";
import { type Json, list, text } from "../shop.ts";
import { emailOf, type World } from "./world.ts";

const NOTIFICATIONS = "shop.notification.v1.NotificationService";
const ADMIN = "shop.notification.v1.NotificationAdminService";
const PATIENCE_MS = 30_000;

/** A customer hears of her order on the shop's own pages as it happens, and by SMS since she asked; STOP ends that. */
export async function heard(t: ExecutionContext, world: World): Promise<void> {
  const { shop, outside, shelf, admin } = world;
  const email = emailOf("mira");
  const registered = await shop.call("shop.auth.v1.AuthService/Register", {
    requestId: randomUUID(),
    email,
    password: randomUUID(),
    name: "Mira",
  });
  const session = text(registered, "sessionToken");
  const phoneNumber = `+49151${randomInt(10_000_000, 99_999_999)}`;
  await shop.call(
    `${NOTIFICATIONS}/SetPreference`,
    {
      settings: { locale: "de", timeZone: "Europe/Berlin", phoneNumber },
      preferences: [{ topic: "TOPIC_ORDERS", channel: "CHANNEL_SMS", enabled: true }],
    },
    session,
  );
  await provePhone(world, phoneNumber, session);
  const noticed = firstNotice(world, session);
  const guest = await fillCart(shop, shelf.take(1), "", session);
  const placed = await place(shop, guest, text(await quote(shop, guest, email), "id"), cards.good);
  const number = text(placed.orders[0], "number");
  const notice = await noticed;
  t.like(notice, { template: "order-confirmed", link: `/orders/${number}` });
  t.is(text(notice, "title"), `Deine Bestellung ${number} ist bestätigt`);
  t.is(text(await outside.mail(email, number), "subject"), text(notice, "title"));
  t.true(text(await outside.sms(phoneNumber, number), "body").includes(number));
  const left = await shop.call(`${NOTIFICATIONS}/MarkRead`, { notificationIds: [text(notice, "id")] }, session);
  t.is(text(left, "unreadCount") || "0", "0");
  await outside.textBack(phoneNumber, "STOP");
  t.is(await reasonOf(world, phoneNumber, admin), "STOP");
}

/** She enters the code that came by SMS. */
async function provePhone({ shop, outside }: World, phoneNumber: string, session: string): Promise<void> {
  await shop.call(`${NOTIFICATIONS}/SendPhoneCode`, { requestId: phoneNumber }, session);
  const [code = ""] = /\d{6}/.exec(text(await outside.sms(phoneNumber, "Code"), "body")) ?? [];
  await shop.call(`${NOTIFICATIONS}/VerifyPhoneNumber`, { code }, session);
}

/** The first message on the shop's own pages that comes from now on. */
async function firstNotice({ shop }: World, token: string): Promise<Json> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for await (const message of shop.watch(`${NOTIFICATIONS}/WatchNotifications`, {}, { token, signal })) {
    const [notice] = list(message, "notifications");
    if (notice !== undefined) return notice;
  }
  throw new Error("the stream ended before");
}

/** Why a number gets no SMS, once it is known. */
async function reasonOf({ shop }: World, recipient: string, admin: string): Promise<string> {
  for (const limit = Date.now() + PATIENCE_MS; Date.now() < limit; await delay(100)) {
    const [known] = list(await shop.call(`${ADMIN}/ListSuppressions`, { recipient }, admin), "suppressions");
    if (known !== undefined) return text(known, "reason");
  }
  return "";
}
