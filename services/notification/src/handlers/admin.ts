import type { NotificationAdminService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { cutPage, type Handlers, idPart, readPage, type ServiceContext } from "@shopmesh/mesh";
import { resend } from "../delivery.ts";
import { enqueueDelivery } from "../effects/deliver.ts";
import { findDelivery, insertDelivery, listDeliveries } from "../store/deliveries.ts";
import { deliveryToProto, statesFromProto } from "./proto.ts";

const pages = { standard: 50, most: 200, key: [idPart] } as const;

/** What was sent to whom, and sending it again. */
export function adminHandlers({
  clock,
  newId,
}: Pick<ServiceContext, "clock" | "newId">): Handlers<typeof NotificationAdminService> {
  return {
    async listDeliveries(request, call) {
      const { orderId, customerId, template, states } = request;
      const page = readPage(request, pages);
      const query = { orderId, customerId, template, states: statesFromProto(states) };
      const found = await listDeliveries(call.sql, { ...query, beforeId: page.after?.[0], limit: page.limit });
      const { rows, nextPageToken } = cutPage(found, page, ({ id }) => [id]);
      return { deliveries: rows.map(deliveryToProto), nextPageToken };
    },
    async resendDelivery({ deliveryId }, call) {
      const delivery = await call.transaction(async (tx) => {
        const again = resend(await findDelivery(tx, deliveryId), newId(), clock());
        await insertDelivery(tx, again);
        enqueueDelivery(tx, again);
        return again;
      });
      return { delivery: deliveryToProto(delivery) };
    },
  };
}
