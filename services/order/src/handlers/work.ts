import { createHash } from "node:crypto";
import type { OrderAdminService, ShipOrderRequest } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import type { ShippingAdminService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import type { Call, Client, Handlers } from "@shopmesh/mesh";
import type { OrderSagas } from "../effects/sagas.ts";
import { wakeOrders } from "../effects/wake.ts";
import { type Order, resume } from "../order.ts";
import { holdByPerson } from "../owing.ts";
import { hasLeft, isAtHome } from "../parcel.ts";
import { packParcel, parcelIn, parcelsOf } from "../parcels.ts";
import { changeOrder } from "../store/change.ts";
import { findOrder } from "../store/orders.ts";
import { orderForActor } from "./proto.ts";

/** What work on orders needs. */
export type WorkHandlerDeps = OrderSagas & {
  readonly clock: Clock;
  readonly shipping: Pick<Client<typeof ShippingAdminService>, "markShipped">;
};

const ANSWER_RESERVE_MS = 500;

export function workHandlers(
  deps: WorkHandlerDeps,
): Handlers<typeof OrderAdminService, "holdOrder" | "resumeOrder" | "packOrder" | "shipOrder"> {
  return {
    holdOrder: ({ orderId, reason }, call) =>
      change(deps, orderId, call, (order, nowMs) => holdByPerson(order, reason, nowMs)),
    resumeOrder: ({ orderId }, call) => change(deps, orderId, call, resume),
    packOrder: ({ orderId, parcelIds }, call) =>
      change(deps, orderId, call, (order, nowMs) =>
        toSend(order, parcelIds).reduce((packed, id) => packParcel(packed, id, nowMs), order),
      ),
    shipOrder: (request, call) => shipOrder(deps, request, call),
  };
}

/** Changes an order and wakes what may wait for that. */
async function change(deps: WorkHandlerDeps, asked: string, call: Call, to: (order: Order, nowMs: number) => Order) {
  const { order, placed } = await findOrder(call.sql, asked);
  const nowMs = deps.clock();
  const changed = await call.transaction(async (tx) => {
    const { before, after } = await changeOrder(tx, placed.group.id, order.id, nowMs, (known) => to(known, nowMs));
    if (before.state !== after.state) await wakeOrders(deps, tx, [after]);
    return after;
  });
  return { order: orderForActor(changed, placed.group, call.actor) };
}

async function shipOrder(deps: WorkHandlerDeps, { requestId, orderId, parcels }: ShipOrderRequest, call: Call) {
  const { order } = await findOrder(call.sql, orderId);
  const ids = toSend(
    order,
    parcels.map(({ parcelId }) => parcelId),
  );
  const numbers = new Map(parcels.map(({ parcelId, trackingNumber }) => [parcelId, trackingNumber]));
  // Asked again after a crash, what has left meanwhile stays as it is; a number may be corrected back to what it was.
  const asked = createHash("sha256").update(requestId).digest("hex");
  await Promise.all(
    ids.map((shipmentId) => {
      const trackingNumber = numbers.get(shipmentId) ?? "";
      return deps.shipping.markShipped({ requestId: `ship/${shipmentId}/${asked}`, shipmentId, trackingNumber }, call);
    }),
  );
  await call.transaction(async (tx) => {
    for (const id of ids) await deps.parcels.signal(tx, id);
  });
  await Promise.all(ids.map((id) => deps.parcels.drive(id, call.deadlineMs - ANSWER_RESERVE_MS)));
  const after = await findOrder(call.sql, order.id);
  return { order: orderForActor(after.order, after.placed.group, call.actor) };
}

/** The parcels asked for, or all that are at home. Throws ORDER_ON_HOLD, PARCEL_NOT_FOUND, PARCEL_STATE, NOTHING_TO_SEND. */
function toSend(order: Order, asked: readonly string[]): readonly string[] {
  if (order.state === "on-hold")
    throw new DomainError("precondition", "ORDER_ON_HOLD", { order: order.number, reason: order.holdReason ?? "" });
  const wrong = asked.map((id) => parcelIn(order, id)).find((parcel) => !isAtHome(parcel) && !hasLeft(parcel));
  if (wrong !== undefined)
    throw new DomainError("precondition", "PARCEL_STATE", { parcel_id: wrong.id, from: wrong.state, to: "shipped" });
  const ids = asked.length > 0 ? asked : parcelsOf(order).flatMap((parcel) => (isAtHome(parcel) ? parcel.id : []));
  if (ids.length === 0) throw new DomainError("precondition", "NOTHING_TO_SEND", { order: order.number });
  return ids;
}
