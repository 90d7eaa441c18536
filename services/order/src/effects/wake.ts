import type { SagaDriver, Tx } from "@shopmesh/mesh";
import type { Order } from "../order.ts";
import { isEnded, isMissed } from "../parcel.ts";
import { parcelsOf } from "../parcels.ts";
import { isReturnOpen } from "../return.ts";

type Waiting = Pick<SagaDriver<unknown>, "signal">;
/** Who may wait for the news of an order. */
export type Aftersale = { readonly returns: Waiting; readonly refunds: Waiting };
export type Fulfilment = Aftersale & {
  readonly fulfilment: Waiting;
  readonly delivery: Waiting;
  readonly parcels: Waiting;
};

/** Wakes whatever waits to send these orders, to take them back or to pay them back, after the transaction's commit. */
export async function wakeOrders(
  { fulfilment, delivery, parcels, ...aftersale }: Fulfilment,
  tx: Tx,
  orders: readonly Order[],
): Promise<void> {
  for (const order of orders) {
    await fulfilment.signal(tx, order.id);
    await delivery.signal(tx, order.id);
    // What was paid for one that did not arrive may be waiting to be given back.
    for (const parcel of parcelsOf(order))
      if (!isEnded(parcel) || isMissed(parcel)) await parcels.signal(tx, parcel.id);
  }
  await wakeAftersale(aftersale, tx, orders);
}

/** Wakes what the returns and refunds of these orders wait for, after the transaction's commit. */
export async function wakeAftersale({ returns, refunds }: Aftersale, tx: Tx, orders: readonly Order[]): Promise<void> {
  for (const order of orders) {
    for (const one of order.returns ?? [])
      if (isReturnOpen(one) || one.exchange?.held !== undefined) await returns.signal(tx, one.id);
    for (const { id, state } of order.refunds ?? []) if (state === "pending") await refunds.signal(tx, id);
  }
}
