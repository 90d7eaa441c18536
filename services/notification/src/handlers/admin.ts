import type { NotificationAdminService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Handlers, ServiceContext } from "@shopmesh/mesh";
import { resend } from "../delivery.ts";
import { enqueueDelivery } from "../effects/deliver.ts";
import { findDelivery, insertDelivery, listDeliveries } from "../store/deliveries.ts";
import { deliveryToProto, statesFromProto } from "./proto.ts";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 200;

/** What was sent to whom, and sending it again. */
export function adminHandlers({
  clock,
  newId,
}: Pick<ServiceContext, "clock" | "newId">): Handlers<typeof NotificationAdminService> {
  return {
    async listDeliveries({ pageSize, pageToken, orderId, customerId, template, states }, call) {
      const limit = Math.min(pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize, MAX_PAGE_SIZE);
      const query = { orderId, customerId, template, states: statesFromProto(states), beforeId: readToken(pageToken) };
      const found = await listDeliveries(call.sql, { ...query, limit: limit + 1 });
      const deliveries = found.slice(0, limit);
      const last = deliveries.at(-1);
      const hasMore = found.length > limit && last !== undefined;
      return {
        deliveries: deliveries.map(deliveryToProto),
        nextPageToken: hasMore ? Buffer.from(last.id).toString("base64url") : "",
      };
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

function readToken(pageToken: string): string | undefined {
  if (pageToken === "") return undefined;
  const id = Buffer.from(pageToken, "base64url").toString();
  if (!/^[0-9a-f-]{36}$/.test(id)) throw new DomainError("invalid", "PAGE_TOKEN_INVALID", { field: "page_token" });
  return id;
}
