import type { Sql, Tx } from "@shopmesh/mesh";
import { type SellerOrder, sellerToTell, takeSellerOrders } from "../store/seller-orders.ts";
import { tellStaffLater } from "./telling.ts";

export type SellersDeps = {
  readonly sql: Sql;
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
};

/** So many are told of together, and so many of them by their numbers. */
const MOST = 1_000;
const MOST_NAMED = 20;

/** Tells every seller of the orders that were confirmed since the last time: of all of them at once, of each once. */
export async function tellSellers({ sql, transaction }: SellersDeps): Promise<void> {
  for (;;) {
    const sellerId = await sellerToTell(sql);
    if (sellerId === undefined) return;
    await transaction(async (tx) => {
      const orders = await takeSellerOrders(tx, sellerId, MOST);
      const [first] = orders;
      // Another replica has just told of them.
      if (first === undefined) return;
      const news = { template: "orders-received", about: first.orderId, eventId: first.orderId } as const;
      tellStaffLater(tx, { ...news, sellerId, facts: factsOf(orders) });
    });
  }
}

function factsOf(orders: readonly SellerOrder[]) {
  const numbers = orders.slice(0, MOST_NAMED).map(({ orderNumber }) => orderNumber);
  const more = orders.length - numbers.length;
  return { count: String(orders.length), numbers: numbers.join(", "), more: more === 0 ? "" : String(more) };
}
