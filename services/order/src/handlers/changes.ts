import type { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import type { Handlers, Tx } from "@shopmesh/mesh";
import { PLANNING } from "../effects/delivery.ts";
import type { OrderSagas } from "../effects/sagas.ts";
import { correctAddress, type LineCancellation, noteDelivery, planCallingOff } from "../changing.ts";
import type { Order } from "../order.ts";
import { splitParcel } from "../parcels.ts";
import { changeOrder } from "../store/change.ts";
import { findOrder, lockGroup, orderIn } from "../store/orders.ts";
import { orderForActor } from "./proto.ts";

/** What changing an order needs. */
export type ChangeHandlerDeps = Pick<OrderSagas, "parcels" | "delivery"> & {
  readonly clock: Clock;
  readonly newId: () => string;
};

/** Changes of orders of which something is still at home. */
export function changeHandlers(deps: ChangeHandlerDeps): Handlers<typeof OrderService, "requestChange"> {
  const { clock } = deps;
  return {
    async requestChange({ orderId, change }, call) {
      const { order } = await findOrder(call.sql, orderId);
      const nowMs = clock();
      await call.transaction(async (tx) => {
        switch (change.case) {
          case "shippingAddress": {
            const { name, line1, line2, city, region, postalCode, countryCode, phone } = change.value;
            const address = { name, line1, line2, city, region, postalCode, countryCode, phone };
            await refusePlanning(deps, order);
            return changeOrder(tx, order.groupId, order.id, nowMs, (present, { group }) =>
              correctAddress(present, group, address, nowMs),
            );
          }
          case "deliveryNote":
            return changeOrder(tx, order.groupId, order.id, nowMs, (present) =>
              noteDelivery(present, change.value, nowMs),
            );
          case "cancellation":
            return cancelPieces(deps, tx, order, change.value.lines);
          default:
            throw new DomainError("invalid", "CHANGE_MISSING", { field: "change" });
        }
      });
      const after = await call.transaction((tx) => findOrder(tx, order.id));
      return { order: orderForActor(after.order, after.placed.group, call.actor) };
    },
  };
}

/** Calls pieces off: each parcel of them, or each part of one as a parcel of its own, gives stock and money back by its saga. */
async function cancelPieces(
  { clock, newId, parcels }: ChangeHandlerDeps,
  tx: Tx,
  { id: orderId, groupId, number }: Order,
  lines: readonly LineCancellation[],
): Promise<void> {
  const { whole, parts } = planCallingOff(orderIn(await lockGroup(tx, groupId), orderId), lines);
  const split = parts.map((part) => ({ ...part, id: newId() }));
  const nowMs = clock();
  await changeOrder(tx, groupId, orderId, nowMs, (order) =>
    split.reduce((present, { parcel, ...part }) => splitParcel(present, parcel.id, part, nowMs), order),
  );
  const begun = split.map(({ id, parcel }) => ({
    id,
    state: {
      ...{ groupId, orderId, parcelId: id, key: parcel.key, shipmentId: parcel.id },
      ...{ refundId: newId(), releaseId: newId() },
    },
  }));
  if (begun.length > 0) await parcels.beginAll(tx, begun);
  for (const { id } of [...whole, ...split]) {
    if ((await parcels.cancel(tx, id, "LINE_CANCELLED")) === "too-late")
      throw new DomainError("precondition", "ORDER_NOT_CHANGEABLE", { order: number, parcel_id: id });
  }
}

/** Parcels may be planned although nobody has answered yet. Throws ADDRESS_FIXED where they have been asked for. */
async function refusePlanning({ delivery }: Pick<ChangeHandlerDeps, "delivery">, { id, number, state }: Order) {
  const history = await delivery.history(id);
  const isAsked = history.some(({ step, result }) => step === PLANNING && result !== "waiting");
  if (isAsked) throw new DomainError("precondition", "ADDRESS_FIXED", { order: number, state });
}
