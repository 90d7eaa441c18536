import type { KeyObject } from "node:crypto";
import type { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { type Clock, DomainError, isRefusal } from "@shopmesh/kernel";
import { type Actor, type Call, cutPage, type Handlers, idPart, type Live, personIdOf, readPage } from "@shopmesh/mesh";
import type { OrderSagas } from "../effects/sagas.ts";
import { type Group, notCancellable } from "../group.ts";
import { type Order, wasConfirmed } from "../order.ts";
import { findOrders, findOrdersOfGroup, listOrders } from "../store/lists.ts";
import { findGroup, findGroups, findOrder, isGroupOfEmail } from "../store/orders.ts";
import { listLastEntries, listTimeline } from "../store/timeline.ts";
import { cancelOrder } from "./cancel.ts";
import { guestToken } from "./checkout.ts";
import { explain, EXPLAINED_ENTRIES } from "./explain.ts";
import type { ReturnMethod } from "./returns.ts";
import { entryToProto, groupToProto, isStaff, orderForActor, orderToProto } from "./proto.ts";
import { orderStateNames } from "./states.ts";

/** What the holders of orders need. */
export type OrderHandlerDeps = OrderSagas & {
  readonly clock: Clock;
  readonly guestSecret: KeyObject;
  readonly live: Live;
};

/** How lists of orders are paged. */
export const orderPages = { standard: 50, most: 200, key: [idPart] } as const;

/** Everything but returns and changes. */
type Own = Exclude<keyof (typeof OrderService)["method"], ReturnMethod | "requestChange" | "requestExchange">;

export function orderHandlers(deps: OrderHandlerDeps): Handlers<typeof OrderService, Own> {
  return {
    async getOrder({ orderId }, call) {
      const { order, placed } = await findOrder(call.sql, orderId);
      requireShown(order, placed.group, call.actor);
      return { order: orderForActor(order, placed.group, call.actor) };
    },
    async batchGetOrders({ orderIds, orderGroupId }, call) {
      if (orderGroupId !== "") {
        const ofGroup = await findOrdersOfGroup(call.sql, orderGroupId);
        const found = ofGroup.map((order) => ({ order, groupId: orderGroupId }));
        return { orders: await withGroups(found, call) };
      }
      if (orderIds.length === 0) throw new DomainError("invalid", "ORDER_IDS_MISSING", { field: "order_ids" });
      const found = await findOrders(call.sql, orderIds);
      const orders = found.map(({ order, group }) => orderForActor(order, group, call.actor));
      return { orders: orderIds.flatMap((id) => orders.find((order) => order.id === id) ?? []) };
    },
    async listOrders(request, call) {
      const page = readPage(request, orderPages);
      const found = await listOrders(
        call.sql,
        { column: "person_id", value: personIdOf(call.actor) ?? "" },
        { limit: page.limit, afterId: page.after?.[0], states: orderStateNames(request.states) },
      );
      const { rows, nextPageToken } = cutPage(found, page, ({ order }) => [order.id]);
      return { orders: await withGroups(rows, call), nextPageToken };
    },
    findGuestOrder: (request, call) => findGuestOrder(deps, request, call),
    watchOrder({ orderGroupId, cursor }, call) {
      return deps.live.follow(call, orderGroupId, {
        cursor,
        read: (from) => readChanges(call, orderGroupId, from),
        heartbeat: (at) => ({ cursor: at }),
      });
    },
    async cancelOrder({ orderId, reason }, call) {
      const { order, placed } = await findOrder(call.sql, orderId);
      await cancelOrder(deps, { orderId: order.id, groupId: placed.group.id, reason }, call);
      const after = await findOrder(call.sql, order.id);
      // All of it left before the wish was heard of.
      if (after.order.cancelRequestMs === undefined) throw notCancellable(after.order);
      return { order: orderToProto(after.order, after.placed.group) };
    },
    async explainOrder({ orderId }, call) {
      const { order, placed } = await findOrder(call.sql, orderId);
      requireShown(order, placed.group, call.actor);
      return explain(deps, {
        order,
        placed,
        entries: await listLastEntries(call.sql, order, EXPLAINED_ENTRIES),
      });
    },
  };
}

/** An order before its confirmation is its buyer's and the shop's alone. Throws ORDER_NOT_FOUND to its seller. */
export function requireShown(order: Order, group: Group, actor: Actor): void {
  if (actor.kind !== "person" || actor.id === group.personId || isStaff(actor) || wasConfirmed(order)) return;
  throw new DomainError("not-found", "ORDER_NOT_FOUND", { order_id: order.id });
}

/** Orders with their groups' shared part. */
export async function withGroups(found: Awaited<ReturnType<typeof listOrders>>, call: Call) {
  const groups = await findGroups(call.sql, [...new Set(found.map(({ groupId }) => groupId))]);
  return found.flatMap(({ order, groupId }) => {
    const group = groups.get(groupId);
    return group === undefined ? [] : [orderForActor(order, group, call.actor)];
  });
}

/** What changed since `cursor`, as one message with the present state; nothing where nothing did. */
async function readChanges(call: Call, groupId: string, cursor: string) {
  const since = cursor === "" ? -1 : Number(cursor);
  if (!Number.isSafeInteger(since)) throw new DomainError("invalid", "CURSOR_INVALID", { field: "cursor" });
  const entries = await listTimeline(call.sql, groupId, since);
  const last = entries.at(-1);
  if (last === undefined) return { messages: [], cursor };
  // Read after the entries: the state is at least as new as what they tell.
  const placed = await findGroup(call.sql, groupId);
  const next = String(last.sequence);
  return {
    messages: [{ cursor: next, group: groupToProto(placed), entries: entries.map(entryToProto) }],
    cursor: next,
  };
}

/** The group of a number and the e-mail address it was ordered with; one answer for every mismatch. */
async function findGuestOrder(
  deps: OrderHandlerDeps,
  { orderNumber, email }: { orderNumber: string; email: string },
  call: Call,
) {
  const notFound = new DomainError("not-found", "ORDER_NOT_FOUND", { order_number: orderNumber });
  const found = await findOrder(call.sql, orderNumber).catch((error: unknown) => {
    if (isRefusal(error, "ORDER_NOT_FOUND")) return undefined;
    throw error;
  });
  if (found === undefined || found.order.id === orderNumber) throw notFound;
  const { placed } = found;
  if (placed.group.personId !== undefined || !(await isGroupOfEmail(call.sql, placed.group.id, email))) throw notFound;
  return {
    group: groupToProto(placed),
    accessToken: guestToken(deps.guestSecret, placed.group.id),
  };
}
