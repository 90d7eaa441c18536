import { NotificationFailedSchema } from "@shopmesh/contracts/shop/notification/v1/notification_events_pb.ts";
import type { NotificationService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Call, Handlers, ServiceContext, Tx } from "@shopmesh/mesh";
import { bounced, newDelivery } from "../delivery.ts";
import { hashOf, type UnsubscribeLinks } from "../effects/addresses.ts";
import { aboutOf, enqueueDelivery } from "../effects/deliver.ts";
import { type MailEvent, readMailEvent } from "../effects/mail-webhook.ts";
import { readTwilioEvent, type SmsEvent } from "../effects/twilio-webhook.ts";
import { messageTopics, type Topic } from "../message.ts";
import { choose } from "../preference.ts";
import { findDelivery, insertDeliveries, lockByReference, updateDelivery } from "../store/deliveries.ts";
import { lockSettings, updateSettings } from "../store/settings.ts";
import { keepEvent, lift, suppress } from "../store/suppressions.ts";
import { smsWish, type SuppressionReason } from "../suppression.ts";
import { topicToProto } from "./proto.ts";

export type WebhookDeps = Pick<ServiceContext, "clock" | "newId"> & {
  readonly links: UnsubscribeLinks;
  /** What signs the SMS provider's posts, and the address that it posts to. */
  readonly twilio: { readonly authToken: string; readonly url: string };
  readonly mailSecret: string;
  readonly realTime: () => number;
};

type Method = "unsubscribe" | "receiveUnsubscribe" | "receiveTwilioEvent" | "receiveMailEvent";

/** What comes from outside: from who got a mail, and from the providers. */
export function webhookHandlers(deps: WebhookDeps): Handlers<typeof NotificationService, Method> {
  const { clock, links, twilio, mailSecret, realTime } = deps;
  return {
    async unsubscribe({ token }, call) {
      return { topic: topicToProto(await unsubscribe(links.deliveryOf(token), clock(), call)) };
    },
    async receiveUnsubscribe({ headers }, call) {
      const token = new URLSearchParams(headers["webhook-query"] ?? "").get("token") ?? "";
      await unsubscribe(links.deliveryOf(token), clock(), call);
      return {};
    },
    async receiveTwilioEvent({ body, headers }, call) {
      const signature = headers["x-twilio-signature"] ?? "";
      // Without a secret anybody could sign.
      if (twilio.authToken === "") throw new DomainError("denied", "SIGNATURE_INVALID");
      const event = readTwilioEvent(twilio.authToken, { url: twilio.url, body, signature });
      await call.transaction((tx) => takeSmsEvent(deps, tx, event));
      return {};
    },
    async receiveMailEvent({ body }, call) {
      if (mailSecret === "") throw new DomainError("denied", "SIGNATURE_INVALID");
      const event = readMailEvent(mailSecret, { body, realMs: realTime() });
      await call.transaction((tx) => takeMailEvent(deps, tx, event));
      return {};
    },
  };
}

/** Ends the topic of a delivery by e-mail: an account's by its preferences, a guest's by the address. Which it was. */
async function unsubscribe(deliveryId: string, nowMs: number, call: Call): Promise<Topic> {
  const { template, customerId, recipient } = await findDelivery(call.sql, deliveryId);
  const topic = messageTopics[template];
  await call.transaction(async (tx) => {
    if (customerId === "") {
      await suppress(tx, hashOf(recipient), { channel: "email", topic, reason: "UNSUBSCRIBED", createMs: nowMs });
      return;
    }
    const settings = await lockSettings(tx, customerId, nowMs);
    const off = { preferences: [{ topic, channel: "email", enabled: false } as const], settings: undefined };
    await updateSettings(tx, customerId, choose(settings, off, []), nowMs);
  });
  return topic;
}

async function takeSmsEvent(deps: WebhookDeps, tx: Tx, event: SmsEvent): Promise<void> {
  const nowMs = deps.clock();
  if (!(await keepEvent(tx, event.id, nowMs))) return;
  if (event.kind === "status") {
    if (event.status !== "failed" && event.status !== "undelivered") return;
    const reason = smsFailures[event.code] ?? "SMS_UNDELIVERED";
    return markBounced(tx, event.reference, { reason, nowMs });
  }
  const { from, text, id } = event;
  switch (smsWish(text)) {
    case "stop":
      return suppress(tx, hashOf(from), { channel: "sms", topic: undefined, reason: "STOP", createMs: nowMs });
    case "start":
      return lift(tx, hashOf(from), "STOP");
    case "help": {
      const key = { id: deps.newId(), onceKey: `sms-help/${id}`.slice(0, 120), template: "sms-help" } as const;
      const help = newDelivery({ ...key, channel: "sms", eventId: "", customerId: "", recipient: from, nowMs });
      for (const delivery of await insertDeliveries(tx, [help])) enqueueDelivery(tx, delivery);
      return;
    }
    default:
      return;
  }
}

/** https://www.twilio.com/docs/api/errors */
const smsFailures: Readonly<Record<string, string>> = {
  "21610": "STOP",
  "30005": "PHONE_UNREACHABLE",
  "30006": "PHONE_UNREACHABLE",
};

/** After which of a provider's words nothing more is sent to an address. */
const lasting: Readonly<Record<string, SuppressionReason>> = {
  STOP: "STOP",
  PHONE_UNREACHABLE: "PHONE_UNREACHABLE",
  MAILBOX_NOT_FOUND: "MAILBOX_NOT_FOUND",
};

async function takeMailEvent({ clock }: WebhookDeps, tx: Tx, event: MailEvent): Promise<void> {
  const nowMs = clock();
  if (!(await keepEvent(tx, event.id, nowMs)) || event.kind === "other") return;
  const reason = event.kind === "bounce" ? "MAILBOX_NOT_FOUND" : "COMPLAINT";
  await suppress(tx, hashOf(event.recipient), { channel: "email", topic: undefined, reason, createMs: nowMs });
  if (event.kind === "bounce" && event.messageId !== "") {
    await markBounced(tx, event.messageId, { reason: "MAILBOX_NOT_FOUND", nowMs });
  }
}

/** A delivery that did not arrive though its first server had taken it. */
async function markBounced(
  tx: Tx,
  reference: string,
  { reason, nowMs }: { readonly reason: string; readonly nowMs: number },
): Promise<void> {
  const delivery = await lockByReference(tx, reference);
  if (delivery === undefined) return;
  const failed = bounced(delivery, reason, nowMs);
  const suppression = lasting[reason];
  if (suppression !== undefined) {
    const { channel, recipient } = delivery;
    await suppress(tx, hashOf(recipient), { channel, topic: undefined, reason: suppression, createMs: nowMs });
  }
  if (failed === delivery) return;
  updateDelivery(tx, failed, () => new DomainError("aborted", "DELIVERY_BUSY", { delivery_id: failed.id }));
  tx.emit(NotificationFailedSchema, { ...aboutOf(failed), reason }, { id: failed.id, version: failed.version });
}
