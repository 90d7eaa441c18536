import type { OrderAdminService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import { type Actor, type Call, cutPage, type Handlers, readPage, type Tx } from "@shopmesh/mesh";
import { changeAftersale, type OrderKey } from "../effects/aftersale.ts";
import { creditReturned, orderReplacement } from "../effects/exchange.ts";
import type { OrderSagas } from "../effects/sagas.ts";
import { concludeInspection } from "../exchanging.ts";
import type { Order } from "../order.ts";
import { approveReturn, declineReturn, inspectReturn, receiveReturn, type Return, type Verdict } from "../return.ts";
import { changeReturn, returnIn } from "../returning.ts";
import { findReturn, listReturns } from "../store/returns.ts";
import { returnStateNames, returnToProto } from "./return-proto.ts";
import { returnPages } from "./returns.ts";

/** What sellers and administrators need to take goods back. */
export type ReturnAdminDeps = Pick<OrderSagas, "returns" | "refunds" | "checkout"> & {
  readonly clock: Clock;
  readonly newId: () => string;
};

/** What of the service is answered here. */
export type ReturnAdminMethod =
  | "listSellerReturns"
  | "approveReturn"
  | "declineReturn"
  | "receiveReturn"
  | "inspectReturn";

/** Returns, as those see them who take the goods back. */
export function returnAdminHandlers(deps: ReturnAdminDeps): Handlers<typeof OrderAdminService, ReturnAdminMethod> {
  const { returns, checkout } = deps;
  return {
    async listSellerReturns(request, call) {
      const page = readPage(request, returnPages);
      const { states, escalated } = request;
      const sellerId = sellerOf(call.actor, request.sellerId);
      const filter = { sellerId, states: returnStateNames(states), isEscalated: escalated };
      const found = await listReturns(call.sql, filter, { limit: page.limit, afterId: page.after?.[0] });
      const { rows, nextPageToken } = cutPage(found, page, ({ one }) => [one.id]);
      return { returns: rows.map(({ one, order }) => shown(one, order, call.actor)), nextPageToken };
    },
    approveReturn: ({ returnId }, call) =>
      change(deps, returnId, call, {
        to: (one, nowMs) => approveReturn(one, nowMs, { isAdministrator: isOf(call.actor, "admin") }),
        and: (tx, { groupId, orderId }) =>
          returns.begin(tx, returnId, {
            groupId,
            orderId,
            returnId,
            refundId: returnId,
            transferId: returnId,
            label: undefined,
            sentMs: 0,
          }),
      }),
    declineReturn: ({ returnId, reason, note }, call) =>
      change(deps, returnId, call, { to: (one, nowMs) => declineReturn(one, reason, note, nowMs) }),
    receiveReturn: ({ returnId, lines }, call) =>
      change(deps, returnId, call, {
        to: (one, nowMs) => receiveReturn(one, lines, nowMs),
        and: (tx) => returns.signal(tx, returnId),
      }),
    inspectReturn: ({ requestId, returnId, lines, refundShipping, note }, call) =>
      change(deps, returnId, call, {
        to: (one, nowMs) => ({ ...inspectReturn(one, lines.map(verdictOf), nowMs), endNote: note }),
        onward: (order, nowMs) => concludeInspection(order, returnId, refundShipping, nowMs),
        and: async (tx, _key, { after: order, placed, nowMs }) => {
          await orderReplacement(tx, checkout, { order, placed, returnId, requestId }, nowMs);
          await creditReturned(tx, deps, order, nowMs);
          await returns.signal(tx, returnId);
        },
      }),
  };
}

type Change = {
  readonly to: (one: Return, nowMs: number) => Return;
  /** What follows from it for the order. */
  readonly onward?: (order: Order, nowMs: number) => Order;
  /** What follows from it for its saga, in the same transaction. */
  readonly and?: (tx: Tx, key: OrderKey, changed: Changed) => Promise<void>;
};

type Changed = Awaited<ReturnType<typeof changeAftersale>> & { readonly nowMs: number };

async function change({ clock }: ReturnAdminDeps, returnId: string, call: Call, { to, onward, and }: Change) {
  const nowMs = clock();
  const { order } = await findReturn(call.sql, returnId);
  const key = { groupId: order.groupId, orderId: order.id };
  const { after } = await call.transaction(async (tx) => {
    const changed = await changeAftersale(tx, key, nowMs, (present) => {
      const moved = changeReturn(present, returnId, (one) => to(one, nowMs), nowMs);
      return onward === undefined ? moved : onward(moved, nowMs);
    });
    await and?.(tx, key, { ...changed, nowMs });
    return changed;
  });
  return { return: shown(returnIn(after, returnId), after, call.actor) };
}

function verdictOf(said: {
  readonly lineId: string;
  readonly resellableQuantity: number;
  readonly damagedQuantity: number;
  readonly refusedQuantity: number;
}): Verdict {
  const { lineId, resellableQuantity, damagedQuantity, refusedQuantity } = said;
  return { lineId, resellable: resellableQuantity, damaged: damagedQuantity, refused: refusedQuantity };
}

function shown(one: Return, order: Order, actor: Actor) {
  return returnToProto(one, order, !isOf(actor, "admin") && !isOf(actor, "support"));
}

/** Whose returns: a member's own seller's, for staff those of the seller it names, or all. Throws SELLER_MISSING. */
function sellerOf(actor: Actor, asked: string): string | undefined {
  if (isOf(actor, "admin") || isOf(actor, "support")) return asked === "" ? undefined : asked;
  const own = actor.kind === "person" ? actor.sellerId : undefined;
  if (own === undefined) throw new DomainError("invalid", "SELLER_MISSING", { field: "seller_id" });
  return own;
}

function isOf(actor: Actor, role: "admin" | "support"): boolean {
  return actor.kind === "person" && actor.roles.includes(role);
}
