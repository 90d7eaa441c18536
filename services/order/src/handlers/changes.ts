import type { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import type { Handlers, Tx } from "@shopmesh/mesh";
import type { OrderSagas } from "../effects/sagas.ts";
import { correctAddress, type LineCancellation, noteDelivery, parcelsToCancel } from "../changing.ts";
import type { Order } from "../order.ts";
import { changeOrder } from "../store/change.ts";
import { findOrder, lockGroup, orderIn } from "../store/orders.ts";
import { orderForActor } from "./proto.ts";

/** What changing an order needs. */
export type ChangeHandlerDeps = Pick<OrderSagas, "parcels"> & { readonly clock: Clock };

/** Changes of orders of which something is still at home. */
export function changeHandlers({ clock, parcels }: ChangeHandlerDeps): Handlers<typeof OrderService, "requestChange"> {
  return {
    async requestChange({ orderId, change }, call) {
      const { order } = await findOrder(call.sql, orderId);
      const nowMs = clock();
      await call.transaction(async (tx) => {
        switch (change.case) {
          case "shippingAddress": {
            const { name, line1, line2, city, region, postalCode, countryCode, phone } = change.value;
            const address = { name, line1, line2, city, region, postalCode, countryCode, phone };
            return changeOrder(tx, order.groupId, order.id, nowMs, (present, { group }) =>
              correctAddress(present, group, address, nowMs),
            );
          }
          case "deliveryNote":
            return changeOrder(tx, order.groupId, order.id, nowMs, (present) =>
              noteDelivery(present, change.value, nowMs),
            );
          case "cancellation":
            return cancelPieces(tx, parcels, order, change.value.lines);
          default:
            throw new DomainError("invalid", "CHANGE_MISSING", { field: "change" });
        }
      });
      const after = await call.transaction((tx) => findOrder(tx, order.id));
      return { order: orderForActor(after.order, after.placed.group, call.actor) };
    },
  };
}

/** Calls off the parcels that hold exactly these pieces: their own sagas give stock and money back. */
async function cancelPieces(
  tx: Tx,
  parcels: OrderSagas["parcels"],
  { id, groupId, number }: Order,
  lines: readonly LineCancellation[],
): Promise<void> {
  const present = orderIn(await lockGroup(tx, groupId), id);
  for (const parcel of parcelsToCancel(present, lines)) {
    if ((await parcels.cancel(tx, parcel.id, "LINE_CANCELLED")) === "too-late")
      throw new DomainError("precondition", "ORDER_NOT_CHANGEABLE", { order: number, parcel_id: parcel.id });
  }
}
