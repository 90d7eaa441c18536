import type { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import type { Clock } from "@shopmesh/kernel";
import { type Call, cutPage, type Handlers, idPart, personIdOf, readPage } from "@shopmesh/mesh";
import { changeAftersale } from "../effects/aftersale.ts";
import { escalateReturn } from "../return.ts";
import { changeReturn, requestReturn, returnIn } from "../returning.ts";
import { findOrder } from "../store/orders.ts";
import { findReturn, listReturns } from "../store/returns.ts";
import { isStaff } from "./proto.ts";
import { returnReasonName, returnStateNames, returnToProto } from "./return-proto.ts";

/** How lists of returns are paged. */
export const returnPages = { standard: 50, most: 200, key: [idPart] } as const;

/** What buyers need to send goods back. */
export type ReturnHandlerDeps = { readonly clock: Clock; readonly newId: () => string };

/** What of the service is answered here. */
export type ReturnMethod = "requestReturn" | "getReturn" | "listReturns" | "escalateReturn";

/** Returns, as their buyers see them. */
export function returnHandlers({ clock, newId }: ReturnHandlerDeps): Handlers<typeof OrderService, ReturnMethod> {
  return {
    async requestReturn({ orderId, lines, note }, call) {
      const { order } = await findOrder(call.sql, orderId);
      const id = newId();
      const nowMs = clock();
      const wishes = lines.map((line) => ({ ...line, reason: returnReasonName(line.reason) }));
      const { after } = await call.transaction((tx) =>
        changeAftersale(tx, { groupId: order.groupId, orderId: order.id }, nowMs, (present) =>
          requestReturn(present, wishes, { id, note }, nowMs),
        ),
      );
      return { return: returnToProto(returnIn(after, id), after) };
    },
    async getReturn({ returnId }, call) {
      const { one, order } = await findReturn(call.sql, returnId);
      return { return: returnToProto(one, order, await isSeller(call, order.groupId, order.id)) };
    },
    async listReturns(request, call) {
      const page = readPage(request, returnPages);
      const order = request.orderId === "" ? undefined : (await findOrder(call.sql, request.orderId)).order;
      // Who shows a guest's token was let in by the order; a person sees its own.
      const personId = call.actor.kind === "person" ? personIdOf(call.actor) : undefined;
      const filter = { personId, orderId: order?.id, states: returnStateNames(request.states) };
      const found = await listReturns(call.sql, filter, { limit: page.limit, afterId: page.after?.[0] });
      const { rows, nextPageToken } = cutPage(found, page, ({ one }) => [one.id]);
      return { returns: rows.map(({ one, order: of }) => returnToProto(one, of)), nextPageToken };
    },
    async escalateReturn({ returnId }, call) {
      const nowMs = clock();
      const { order } = await findReturn(call.sql, returnId);
      const { after } = await call.transaction((tx) =>
        changeAftersale(tx, { groupId: order.groupId, orderId: order.id }, nowMs, (present) =>
          changeReturn(present, returnId, (one) => escalateReturn(one, nowMs), nowMs),
        ),
      );
      return { return: returnToProto(returnIn(after, returnId), after) };
    },
  };
}

/** Whether the actor reads it as the seller, and neither as its buyer nor as staff. */
async function isSeller({ actor, sql }: Call, groupId: string, orderId: string): Promise<boolean> {
  if (actor.kind !== "person" || isStaff(actor)) return false;
  const { placed } = await findOrder(sql, orderId);
  return placed.group.id === groupId && placed.group.personId !== actor.id;
}
