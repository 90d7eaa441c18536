import type { SagaDriver, Tx } from "@shopmesh/mesh";
import type { Order } from "../order.ts";

/** Wakes the returns that wait for orders that replace their goods, after the transaction's commit. */
export async function wakeExchanges(
  returns: Pick<SagaDriver<unknown>, "signal">,
  tx: Tx,
  orders: readonly Order[],
): Promise<void> {
  for (const { exchangeOf } of orders) if (exchangeOf !== undefined) await returns.signal(tx, exchangeOf.returnId);
}
