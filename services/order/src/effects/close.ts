import type { Clock } from "@shopmesh/kernel";
import type { ServiceContext } from "@shopmesh/mesh";
import { closeOrder } from "../closing.ts";
import { RETURN_WINDOW_MS } from "../return.ts";
import { changeOrder } from "../store/change.ts";
import { listCompleted } from "../store/lists.ts";

/** What closing needs. */
export type CloseDeps = Pick<ServiceContext, "sql" | "transaction"> & { readonly clock: Clock };

const BATCH = 200;

/** Closes every order whose time for returns is over; how many. */
export async function closeOrders({ sql, transaction, clock }: CloseDeps): Promise<number> {
  const nowMs = clock();
  let closed = 0;
  let after: { readonly createMs: number; readonly id: string } | undefined;
  for (;;) {
    const page = await listCompleted(sql, nowMs - RETURN_WINDOW_MS, { after, limit: BATCH });
    const due = page.filter(({ order }) => closeOrder(order, nowMs) !== order);
    for (const { order, groupId } of due)
      await transaction((tx) => changeOrder(tx, groupId, order.id, nowMs, (known) => closeOrder(known, nowMs)));
    closed += due.length;
    const last = page.at(-1)?.order;
    if (last === undefined || page.length < BATCH) return closed;
    after = { createMs: last.createMs, id: last.id };
  }
}
