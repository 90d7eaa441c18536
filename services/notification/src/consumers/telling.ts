import { TellStaffSchema } from "@shopmesh/contracts/shop/notification/v1/notification_tasks_pb.ts";
import type { ServiceContext, Tx } from "@shopmesh/mesh";
import { type Facts, newDelivery, onceKeyOf } from "../delivery.ts";
import { enqueueDelivery, scheduleTry } from "../effects/deliver.ts";
import type { MessageName } from "../message.ts";
import { insertDeliveries } from "../store/deliveries.ts";

export type TellDeps = Pick<ServiceContext, "clock" | "newId">;

/** Something that somebody should hear of. */
export type News = {
  readonly template: MessageName;
  /** What it is about: the same is said once. */
  readonly about: string;
  readonly eventId: string;
  /** The account that it is for; empty where only its orders tell. */
  readonly personId?: string;
  readonly orderIds?: readonly string[];
  readonly facts?: Facts;
  /** How long it can wait: perhaps it is settled by then. */
  readonly delayMs?: number;
};

/** Asks for a message, once for what it is about, in the transaction of its event. */
export async function tell({ clock, newId }: TellDeps, tx: Tx, news: News): Promise<void> {
  const { template, about, eventId, personId = "", orderIds = [], facts = {}, delayMs = 0 } = news;
  const nowMs = clock();
  const delivery = newDelivery({
    id: newId(),
    onceKey: onceKeyOf(template, about, personId),
    template,
    eventId,
    orderIds,
    facts,
    customerId: personId,
    nextAttemptMs: nowMs + delayMs,
    nowMs,
  });
  for (const written of await insertDeliveries(tx, [delivery])) {
    if (delayMs === 0) enqueueDelivery(tx, written);
    else scheduleTry(tx, written, nowMs + delayMs);
  }
}

/** Asks to tell everybody who works for a seller, or every administrator. */
export function tellStaffLater(
  tx: Tx,
  { template, about, eventId, facts = {}, sellerId }: News & { readonly sellerId: string },
): void {
  const task = { template, about, eventId, sellerId, facts: { ...facts } };
  tx.enqueue(TellStaffSchema, task, `${template}/${about}`);
}
