import type { NotificationAdminService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { cutPage, type Handlers, idPart, readPage, type ServiceContext } from "@shopmesh/mesh";
import { resend } from "../delivery.ts";
import { enqueueDelivery } from "../effects/deliver.ts";
import { hashOf } from "../effects/addresses.ts";
import { findDelivery, insertDeliveries, listDeliveries } from "../store/deliveries.ts";
import { lift, listSuppressions } from "../store/suppressions.ts";
import { deliveryToProto, statesFromProto, suppressionToProto } from "./proto.ts";
import { type TemplateDeps, templateHandlers } from "./templates.ts";

const pages = { standard: 50, most: 200, key: [idPart] } as const;

/** What was sent to whom, sending it again, and how it is worded. */
export function adminHandlers({
  clock,
  newId,
  wordings,
}: TemplateDeps & Pick<ServiceContext, "newId">): Handlers<typeof NotificationAdminService> {
  return {
    ...templateHandlers({ clock, wordings }),
    async listSuppressions({ recipient }, call) {
      return { suppressions: (await listSuppressions(call.sql, hashOf(recipient))).map(suppressionToProto) };
    },
    async liftSuppressions({ recipient }, call) {
      await call.transaction((tx) => lift(tx, hashOf(recipient)));
      return {};
    },
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
        await insertDeliveries(tx, [again]);
        enqueueDelivery(tx, again);
        return again;
      });
      return { delivery: deliveryToProto(delivery) };
    },
  };
}
