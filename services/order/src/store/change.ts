import type { Tx } from "@shopmesh/mesh";
import type { PlacedGroup } from "../group.ts";
import { orderIn } from "./orders.ts";
import type { Order } from "../order.ts";
import { describeChange } from "../timeline.ts";
import { lockGroup, updateGroup } from "./orders.ts";
import { insertTimeline } from "./timeline.ts";

/** Locks a group, changes it by a pure function, writes what moved and its timeline; nothing where nothing moved. */
export async function changeGroup(
  tx: Tx,
  groupId: string,
  nowMs: number,
  change: (placed: PlacedGroup) => PlacedGroup,
): Promise<{ before: PlacedGroup; after: PlacedGroup }> {
  const before = await lockGroup(tx, groupId);
  const after = change(before);
  if (after === before) return { before, after };
  await updateGroup(tx, before, after);
  insertTimeline(tx, groupId, describeChange(before, after, nowMs));
  return { before, after };
}

/** As changeGroup for one of its orders. */
export async function changeOrder(
  tx: Tx,
  groupId: string,
  orderId: string,
  nowMs: number,
  change: (order: Order, placed: PlacedGroup) => Order,
): Promise<{ before: Order; after: Order; placed: PlacedGroup }> {
  const { before, after } = await changeGroup(tx, groupId, nowMs, (placed) => {
    const order = orderIn(placed, orderId);
    const changed = change(order, placed);
    return changed === order
      ? placed
      : { ...placed, orders: placed.orders.map((other) => (other === order ? changed : other)) };
  });
  return { before: orderIn(before, orderId), after: orderIn(after, orderId), placed: after };
}
