import { trace } from "@opentelemetry/api";
import { SendDeliverySchema } from "@shopmesh/contracts/shop/notification/v1/notification_tasks_pb.ts";
import { OrderConfirmedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { type Consumer, on, type ServiceContext, type TaskWorker, worker } from "@shopmesh/mesh";
import { confirmationKey, newDelivery } from "./delivery.ts";
import { type DeliverDeps, deliver, enqueueDelivery, RETRY_PURPOSE } from "./effects/deliver.ts";
import { insertDelivery } from "./store/deliveries.ts";

/** What people should hear of. */
export function notificationConsumers({ clock, newId }: Pick<ServiceContext, "clock" | "newId">): readonly Consumer[] {
  return [
    {
      kind: "shared",
      name: "order-news",
      order: "each",
      reactions: [
        on(OrderConfirmedSchema, async (event, { id: eventId }, tx) => {
          trace.getActiveSpan()?.setAttribute("order.number", event.orderNumber);
          const orderIds = event.groupOrderIds.length > 0 ? event.groupOrderIds : [event.orderId];
          const delivery = newDelivery({
            id: newId(),
            onceKey: confirmationKey(event.orderGroupId),
            template: "order-confirmed",
            eventId,
            orderIds,
            customerId: event.customerId,
            nowMs: clock(),
          });
          // One for each order of the group says it; the first is enough.
          if (await insertDelivery(tx, delivery)) enqueueDelivery(tx, delivery);
        }),
      ],
    },
  ];
}

/** First tries, and those that the scheduler says are due. */
export function notificationWorkers(deps: DeliverDeps): readonly TaskWorker[] {
  return [
    worker(SendDeliverySchema, ({ deliveryId, attempt }, _meta, origin) =>
      deliver(deps, { id: deliveryId, attempt }, origin),
    ),
    worker(RunDueSchema, async ({ purpose, parameters }, _meta, origin) => {
      if (purpose !== RETRY_PURPOSE) return;
      await deliver(deps, { id: parameters["deliveryId"] ?? "", attempt: Number(parameters["attempt"]) }, origin);
    }),
  ];
}
