import { Role } from "@shopmesh/contracts/shop/auth/v1/auth_pb.ts";
import type { TellStaff } from "@shopmesh/contracts/shop/notification/v1/notification_tasks_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Origin } from "@shopmesh/mesh";
import { newDelivery, onceKeyOf } from "../delivery.ts";
import { messageNamed } from "../message.ts";
import { insertDeliveries } from "../store/deliveries.ts";
import { type DeliverDeps, enqueueDelivery } from "./deliver.ts";

/** Makes a delivery for everybody who works for a seller, or for every administrator; once for each, however often it is asked. */
export async function tellStaff(deps: DeliverDeps, task: TellStaff, origin: Origin): Promise<void> {
  const { about, eventId, sellerId, facts } = task;
  const template = messageNamed(task.template);
  if (template === undefined) throw new DomainError("internal", "MESSAGE_UNREADABLE", { template: task.template });
  const asked = sellerId === "" ? { role: Role.ADMIN } : { sellerId };
  const { contacts } = await deps.accounts.listContacts(asked, origin);
  const nowMs = deps.clock();
  const deliveries = contacts.map(({ accountId: customerId }) => {
    const onceKey = onceKeyOf(template, about, customerId);
    return newDelivery({ id: deps.newId(), onceKey, template, eventId, facts, customerId, nowMs });
  });
  await deps.transaction(async (tx) => {
    for (const delivery of await insertDeliveries(tx, deliveries)) enqueueDelivery(tx, delivery);
  });
}
