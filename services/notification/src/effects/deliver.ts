import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { trace } from "@opentelemetry/api";
import { SendDeliverySchema } from "@shopmesh/contracts/shop/notification/v1/notification_tasks_pb.ts";
import {
  NotificationDeliveredSchema,
  NotificationFailedSchema,
} from "@shopmesh/contracts/shop/notification/v1/notification_events_pb.ts";
import { MisfirePolicy } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_pb.ts";
import { ScheduleSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Origin, ServiceContext, Tx } from "@shopmesh/mesh";
import {
  beginAttempt,
  type Deferred,
  type Delivery,
  endDeferred,
  endDelivered,
  endFailed,
  endWithheld,
  type Failure,
  isLead,
  type Sent,
  siblingOf,
  type Withheld,
} from "../delivery.ts";
import { channelToProto } from "../handlers/proto.ts";
import { messageTopics } from "../message.ts";
import type { Notice } from "../notice.ts";
import { isWanted, type Settings } from "../preference.ts";
import { insertDeliveries, lockDelivery, updateDelivery } from "../store/deliveries.ts";
import { insertNotice } from "../store/notices.ts";
import { findSettings } from "../store/settings.ts";
import { suppress } from "../store/suppressions.ts";
import { hashOf } from "./addresses.ts";
import { type Content, readContent } from "./content.ts";
import { type SendDeps, send, wordFor } from "./send.ts";

export type DeliverDeps = SendDeps & Pick<ServiceContext, "transaction" | "newId">;

/** The purpose of the scheduler's runs that try a delivery again. */
export const RETRY_PURPOSE = "retry-delivery";

type End = Sent | Failure | Withheld | Deferred;
type Looked = { readonly content: Content; readonly settings: Settings };

/**
 * Makes try number `attempt` of a delivery, unless it was made: begins it, reads its content and its recipient's wishes, sends
 * it, writes what came of it, each committed before the next. The first look spreads it over the recipient's other channels.
 * A crash between the last two sends the same mail, under the same Message-ID, again; an SMS is looked for at its provider.
 */
export async function deliver(
  deps: DeliverDeps,
  { id, attempt }: { readonly id: string; readonly attempt: number },
  origin: Origin,
): Promise<void> {
  const begun = await deps.transaction(async (tx) => {
    const next = beginAttempt(await lockDelivery(tx, id), attempt, deps.clock());
    if (next !== undefined) updateDelivery(tx, next, () => overtaken(next));
    return next;
  });
  if (begun === undefined) return;
  const looked = await look(deps, begun, origin);
  const outcome = "content" in looked ? await send(deps, begun, looked) : looked;
  const spread = "content" in looked && isLead(begun) ? await spreadOf(deps, begun, looked) : undefined;
  const ended = endOf(begun, outcome, deps.clock());
  const isShown = begun.channel === "in-app" && ended.state === "delivered" && "content" in looked;
  const notice = isShown ? await noticeOf(deps, begun, looked) : undefined;
  await unlessOvertaken(begun, (otherwise) =>
    deps.transaction(async (tx) => {
      updateDelivery(tx, ended, otherwise);
      await writeEnd(tx, ended, outcome);
      if (notice !== undefined) await insertNotice(tx, notice);
      if (spread !== undefined) await writeSpread(tx, spread);
    }),
  );
}

function overtaken({ id }: Delivery): DomainError {
  return new DomainError("aborted", "DELIVERY_BUSY", { delivery_id: id });
}

/** Where another try has begun meanwhile this one took too long, and the other tells how it ends. */
async function unlessOvertaken(delivery: Delivery, write: (otherwise: () => Error) => Promise<void>): Promise<void> {
  const otherwise = overtaken(delivery);
  try {
    await write(() => otherwise);
  } catch (error) {
    if (error !== otherwise) throw error;
  }
}

/** What the delivery says, and what its recipient wants. */
async function look(deps: DeliverDeps, delivery: Delivery, origin: Origin): Promise<Looked | Failure | Withheld> {
  const content = await readContent(deps, delivery, { shopUrl: deps.shopUrl, origin });
  if ("reason" in content || "withheld" in content) return content;
  if (content.orderNumber !== "") trace.getActiveSpan()?.setAttribute("order.number", content.orderNumber);
  return { content, settings: await findSettings(deps.sql, content.personId) };
}

function endOf(begun: Delivery, outcome: End, nowMs: number): Delivery {
  if ("withheld" in outcome) return endWithheld(begun, outcome, nowMs);
  if ("deferredToMs" in outcome) return endDeferred(begun, outcome, nowMs);
  return "reason" in outcome ? endFailed(begun, outcome, nowMs) : endDelivered(begun, outcome, nowMs);
}

/** The same message by the other channels that its recipient wants; what is on the shop's own pages is there at once. */
type Spread = {
  readonly notice: Notice | undefined;
  readonly inApp: Delivery | undefined;
  readonly sms: Delivery | undefined;
};

async function spreadOf(deps: DeliverDeps, lead: Delivery, looked: Looked): Promise<Spread | undefined> {
  const { personId } = looked.content;
  const topic = messageTopics[lead.template];
  if (personId === "") return undefined;
  const isInApp = isWanted(looked.settings, topic, "in-app");
  const sms = isWanted(looked.settings, topic, "sms");
  const notice = isInApp ? await noticeOf(deps, { ...lead, id: deps.newId() }, looked) : undefined;
  return {
    notice,
    inApp: notice && shownOf(siblingOf(lead, notice.id, "in-app", personId), notice, deps.clock()),
    sms: sms ? siblingOf(lead, deps.newId(), "sms", personId) : undefined,
  };
}

function shownOf(delivery: Delivery, { title: subject, personId }: Notice, nowMs: number): Delivery {
  const begun = { ...delivery, attemptCount: 1, nextAttemptMs: undefined };
  return endDelivered(begun, { recipient: personId, subject, locale: "", providerReference: "" }, nowMs);
}

async function noticeOf(deps: DeliverDeps, delivery: Delivery, looked: Looked): Promise<Notice> {
  const { worded } = await wordFor(deps, delivery, looked);
  const { id, template } = delivery;
  const { personId, link } = looked.content;
  const told = { title: worded.subject, body: worded.short, link };
  return { id, personId, template, ...told, readMs: undefined, createMs: deps.clock() };
}

async function writeSpread(tx: Tx, { notice, inApp, sms }: Spread): Promise<void> {
  const wanted = [inApp, sms].filter((delivery) => delivery !== undefined);
  const written = await insertDeliveries(tx, wanted);
  if (notice !== undefined && inApp !== undefined && written.includes(inApp)) {
    await insertNotice(tx, notice);
    sayDelivered(tx, inApp);
  }
  if (sms !== undefined && written.includes(sms)) enqueueDelivery(tx, sms);
}

/** Writes how a try ended, says so where that is final, and asks the scheduler for the next one where it is not. */
async function writeEnd(tx: Tx, delivery: Delivery, outcome: End): Promise<void> {
  const { id, version, state, nextAttemptMs, channel, recipient } = delivery;
  if (state === "delivered") sayDelivered(tx, delivery);
  if (state === "failed") {
    tx.emit(NotificationFailedSchema, { ...aboutOf(delivery), reason: delivery.failureReason }, { id, version });
  }
  if (nextAttemptMs !== undefined) scheduleTry(tx, delivery, nextAttemptMs);
  const address = ("reason" in outcome ? outcome.refusedAddress : undefined) ?? recipient;
  const reason = suppressing[delivery.failureReason];
  if (state === "failed" && reason !== undefined && address !== "") {
    await suppress(tx, hashOf(address), { channel, topic: undefined, reason, createMs: delivery.updateMs });
  }
}

/** After which final failures nothing more is sent to an address. */
const suppressing: Readonly<Record<string, "MAILBOX_NOT_FOUND" | "STOP">> = {
  MAILBOX_NOT_FOUND: "MAILBOX_NOT_FOUND",
  STOP: "STOP",
};

function sayDelivered(tx: Tx, delivery: Delivery): void {
  tx.emit(NotificationDeliveredSchema, aboutOf(delivery), { id: delivery.id, version: delivery.version });
}

/** What events tell of a delivery: ids only. */
export function aboutOf({ id, channel, template, orderIds, customerId }: Delivery) {
  return { deliveryId: id, channel: channelToProto(channel), template, orderId: orderIds[0] ?? "", customerId };
}

/** Asks the scheduler for the next try. */
export function scheduleTry(tx: Tx, { id, attemptCount }: Delivery, atMs: number): void {
  const attempt = String(attemptCount + 1);
  tx.enqueue(
    ScheduleSchema,
    {
      scheduleId: `${RETRY_PURPOSE}/${id}`,
      service: "notification",
      purpose: RETRY_PURPOSE,
      timing: { timing: { case: "runTime", value: timestampFromMs(atMs) } },
      misfirePolicy: MisfirePolicy.ONCE,
      parameters: { deliveryId: id, attempt },
    },
    `${RETRY_PURPOSE}/${id}/${attempt}`,
  );
}

/** Asks for the first try of a new delivery. */
export function enqueueDelivery(tx: Tx, { id }: Pick<Delivery, "id">): void {
  tx.enqueue(SendDeliverySchema, { deliveryId: id, attempt: 1 }, id);
}
