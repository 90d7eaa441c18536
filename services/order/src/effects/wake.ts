import type { Tx } from "@shopmesh/mesh";
import type { Order } from "../order.ts";
import { isEnded } from "../parcel.ts";
import { parcelsOf } from "../parcels.ts";
import type { OrderSagas } from "./sagas.ts";

/** Wakes whatever waits to send these orders, after the transaction's commit. */
export async function wakeOrders(
  { fulfilment, delivery, parcels }: OrderSagas,
  tx: Tx,
  orders: readonly Order[],
): Promise<void> {
  for (const order of orders) {
    await fulfilment.signal(tx, order.id);
    await delivery.signal(tx, order.id);
    for (const parcel of parcelsOf(order)) if (!isEnded(parcel)) await parcels.signal(tx, parcel.id);
  }
}
