import { setTimeout as delay } from "node:timers/promises";
import { type Order, OrderState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import type { ExecutionContext } from "ava";
import { card, type Deed, startShop } from "./shop.ts";

type Orders = Awaited<ReturnType<typeof startShop>>["orders"];

/** The parcels of all of them, in order. */
export function parcelIds(orders: readonly Order[]): readonly string[] {
  return orders.flatMap(({ parcels }) => parcels.map(({ id }) => id));
}

/** Resolves once the order's explanation says `part`, as an entry's reason or summary, so often. */
export async function untilExplained(orders: Orders, orderId: string, part: string, times = 1): Promise<void> {
  const limit = Date.now() + 20_000;
  for (;;) {
    const { entries } = await orders().explainOrder({ orderId });
    if (entries.filter(({ reason, summary }) => reason === part || summary === part).length >= times) return;
    if (Date.now() > limit) throw new Error(`nobody says ${part}`);
    await delay(20);
  }
}

/** A placed group of two orders in a shop whose clock runs a hundred times as fast; `ended`: their states, once final. */
export async function orderAll(t: ExecutionContext, deeds: Readonly<Record<string, Deed>> = {}, tenders = card()) {
  const shop = await startShop(t, deeds, 100);
  const placed = await shop.checkout.placeOrder({ requestId: "r1", quoteId: shop.quoteId, tenders });
  const orderGroupId = placed.group?.id ?? "";
  type Group = NonNullable<typeof placed.group>;
  const final: ReadonlySet<OrderState> = new Set([OrderState.COMPLETED, OrderState.CANCELLED]);
  async function until(isSo: (group: Group) => boolean): Promise<Group["orders"]> {
    for await (const { group } of shop.orders(AbortSignal.timeout(20_000)).watchOrder({ orderGroupId }))
      if (group !== undefined && isSo(group)) return group.orders;
    return [];
  }
  const ended = async () =>
    (await until(({ orders }) => orders.every(({ state }) => final.has(state)))).map(({ state }) => state);
  let wakes = 0;
  const wake = () => shop.admin.retryCheckout({ requestId: `wake-${wakes++}`, orderGroupId });
  return { ...shop, placed, ended, until, wake, total: placed.group?.totals?.total?.minorUnits ?? 0n };
}
