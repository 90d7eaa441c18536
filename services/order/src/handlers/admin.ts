import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { OrderAdminService, SearchOrdersRequest } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import { type Actor, cutPage, type Handlers, readPage } from "@shopmesh/mesh";
import { collectAgain } from "../effects/collection.ts";
import type { OrderSagas } from "../effects/sagas.ts";
import { wakeOrders } from "../effects/wake.ts";
import { listOrders, searchOrders } from "../store/lists.ts";
import { findGroup, findOrder } from "../store/orders.ts";
import { orderPages, requireShown, withGroups } from "./orders.ts";
import { groupToProto, orderForActor } from "./proto.ts";
import { fulfilmentStateNames, orderStateNames, paymentStateNames } from "./states.ts";

/** What looking for orders, and waking them, needs. */
export type AdminDeps = OrderSagas & { readonly clock: Clock; readonly newId: () => string };

export function adminHandlers(
  deps: AdminDeps,
): Handlers<typeof OrderAdminService, "searchOrders" | "listSellerOrders" | "getSellerOrder" | "retryCheckout"> {
  return {
    async searchOrders(request, call) {
      const page = readPage(request, orderPages);
      const found = await searchOrders(call.sql, filterOf(request), { limit: page.limit, afterId: page.after?.[0] });
      const { rows, nextPageToken } = cutPage(found, page, ({ order }) => [order.id]);
      return { orders: await withGroups(rows, call), nextPageToken };
    },
    async listSellerOrders(request, call) {
      const page = readPage(request, orderPages);
      const sellerId = sellerOf(call.actor, request.sellerId);
      const found = await listOrders(
        call.sql,
        { column: "seller_id", value: sellerId },
        { limit: page.limit, afterId: page.after?.[0], states: sellerStates(request.states), isConfirmed: true },
      );
      const { rows, nextPageToken } = cutPage(found, page, ({ order }) => [order.id]);
      return { orders: await withGroups(rows, call), nextPageToken };
    },
    async getSellerOrder({ orderId }, call) {
      const { order, placed } = await findOrder(call.sql, orderId);
      requireShown(order, placed.group, call.actor);
      return { order: orderForActor(order, placed.group, call.actor) };
    },
    async retryCheckout({ orderGroupId }, call) {
      const placed = await findGroup(call.sql, orderGroupId);
      await call.transaction(async (tx) => {
        await deps.checkout.signal(tx, orderGroupId);
        await wakeOrders(deps, tx, placed.orders);
        await collectAgain(deps, tx, placed);
      });
      return { group: groupToProto(placed) };
    },
  };
}

/** What a seller has to do with: an order before its confirmation is its buyer's alone. Throws STATE_NOT_SHOWN. */
function sellerStates(asked: SearchOrdersRequest["states"]): readonly string[] {
  const shown = ["confirmed", "processing", "completed", "closed", "cancelled", "on-hold"];
  const names = orderStateNames(asked);
  const hidden = names.find((name) => !shown.includes(name));
  if (hidden !== undefined) throw new DomainError("invalid", "STATE_NOT_SHOWN", { field: "states", state: hidden });
  return names.length === 0 ? shown : names;
}

/** A seller sees its own; an administrator says whose. Throws SELLER_MISSING. */
function sellerOf(actor: Actor, asked: string): string {
  const isAdmin = actor.kind === "person" && actor.roles.includes("admin");
  const own = actor.kind === "person" ? actor.sellerId : undefined;
  const sellerId = isAdmin && asked !== "" ? asked : own;
  if (sellerId === undefined) throw new DomainError("invalid", "SELLER_MISSING", { field: "seller_id" });
  return sellerId;
}

function filterOf(asked: SearchOrdersRequest) {
  const { orderId, orderGroupId, email, customerId, sellerId, states, startTime, endTime } = asked;
  return {
    orderId,
    orderGroupId,
    email,
    customerId,
    sellerId,
    states: orderStateNames(states),
    paymentStates: paymentStateNames(asked.paymentStates),
    fulfilmentStates: fulfilmentStateNames(asked.fulfilmentStates),
    fromMs: startTime === undefined ? undefined : timestampMs(startTime),
    toMs: endTime === undefined ? undefined : timestampMs(endTime),
  };
}
