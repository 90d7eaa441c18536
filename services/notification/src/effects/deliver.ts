import { trace } from "@opentelemetry/api";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Channel } from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import {
  NotificationDeliveredSchema,
  NotificationFailedSchema,
} from "@shopmesh/contracts/shop/notification/v1/notification_events_pb.ts";
import { SendDeliverySchema } from "@shopmesh/contracts/shop/notification/v1/notification_tasks_pb.ts";
import type { Order } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import type { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { MisfirePolicy } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_pb.ts";
import { ScheduleSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Client, Origin, ServiceContext, Tx } from "@shopmesh/mesh";
import { beginAttempt, type Delivery, endDelivered, endFailed, type Failure } from "../delivery.ts";
import { confirmationOf, recipientOf } from "../handlers/proto.ts";
import { isOneAddress } from "../mail.ts";
import { renderOrderConfirmed } from "../order-confirmed.ts";
import { lockDelivery, updateDelivery } from "../store/deliveries.ts";
import type { Mailer } from "./mailer.ts";

export type DeliverDeps = Pick<ServiceContext, "transaction" | "clock"> & {
  readonly orders: Pick<Client<typeof OrderService>, "batchGetOrders">;
  readonly mailer: Pick<Mailer, "send" | "messageIdOf">;
  /** Where the shop is, without a slash at its end. */
  readonly publicUrl: string;
};

/** The purpose of the scheduler's runs that try a delivery again. */
export const RETRY_PURPOSE = "retry-delivery";

/**
 * Makes try number `attempt` of a delivery, unless it was made: begins it, reads the orders, sends the mail, writes what came
 * of it, each committed before the next. A crash between the last two sends the same mail, under the same Message-ID, again.
 */
export async function deliver(
  deps: DeliverDeps,
  { id, attempt }: { readonly id: string; readonly attempt: number },
  origin: Origin,
): Promise<void> {
  const begun = await deps.transaction(async (tx) => {
    const next = beginAttempt(await lockDelivery(tx, id), attempt, deps.clock());
    if (next !== undefined) await updateDelivery(tx, next);
    return next;
  });
  if (begun === undefined) return;
  const outcome = await send(deps, begun, origin);
  const ended =
    "reason" in outcome ? endFailed(begun, outcome, deps.clock()) : endDelivered(begun, outcome, deps.clock());
  await deps.transaction((tx) => writeEnd(tx, ended));
}

type Sent = Pick<Delivery, "recipient" | "subject" | "providerReference">;

async function send(
  { orders, mailer, publicUrl }: DeliverDeps,
  delivery: Delivery,
  origin: Origin,
): Promise<Sent | Failure> {
  const read = await readOrders(orders, delivery, origin);
  if ("reason" in read) return read;
  const to = recipientOf(read, delivery.recipient);
  if (to === undefined) return { reason: "RECIPIENT_MISSING", isFinal: true };
  if (!isOneAddress(to.address)) return { reason: "RECIPIENT_INVALID", isFinal: true };
  const attributes = { "order.number": read[0]?.number ?? "", "notification.template": delivery.template };
  trace.getActiveSpan()?.setAttribute("order.number", attributes["order.number"]);
  const mail = renderOrderConfirmed(confirmationOf(read, publicUrl));
  const messageId = mailer.messageIdOf(delivery.id);
  const failure = await mailer.send({ ...mail, to, messageId, attributes });
  return failure ?? { recipient: to.address, subject: mail.subject, providerReference: messageId };
}

/** The orders as they are now, or why they cannot be read. */
async function readOrders(
  orders: DeliverDeps["orders"],
  { orderIds }: Delivery,
  origin: Origin,
): Promise<readonly Order[] | Failure> {
  try {
    const read = await orders.batchGetOrders({ orderIds: [...orderIds] }, origin);
    return read.orders.length < orderIds.length ? { reason: "ORDER_NOT_FOUND", isFinal: true } : read.orders;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { reason: "ORDER_UNREACHABLE", isFinal: false };
  }
}

/** Writes how a try ended, says so where that is final, and asks the scheduler for the next one where it is not. */
async function writeEnd(tx: Tx, delivery: Delivery): Promise<void> {
  // Another try has begun meanwhile: this one took too long, and the other tells how it ends.
  if (!(await updateDelivery(tx, delivery))) return;
  const { id, version, template, customerId, state, nextAttemptMs } = delivery;
  const about = { deliveryId: id, channel: Channel.EMAIL, template, orderId: delivery.orderIds[0] ?? "", customerId };
  if (state === "delivered") tx.emit(NotificationDeliveredSchema, about, { id, version });
  if (state === "failed")
    tx.emit(NotificationFailedSchema, { ...about, reason: delivery.failureReason }, { id, version });
  if (nextAttemptMs !== undefined) scheduleRetry(tx, delivery, nextAttemptMs);
}

function scheduleRetry(tx: Tx, { id, attemptCount }: Delivery, atMs: number): void {
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
