import type { Tx } from "@shopmesh/mesh";
import type { PlacedGroup } from "../group.ts";
import { orderIn } from "./orders.ts";
import type { Order } from "../order.ts";
import { describeChange } from "../timeline.ts";
import { lockGroup, updateGroup, updateGroupLast } from "./orders.ts";
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

/** What a group is to become: `changes` one after the other. */
export type Walk = {
  readonly groupId: string;
  /** As it is believed to be; read and locked where that is not known. */
  readonly known: PlacedGroup | undefined;
  readonly nowMs: number;
  readonly changes: readonly ((placed: PlacedGroup) => PlacedGroup)[];
};

/**
 * Changes a group several times at once: what it was, and what it became by each. It is written with the commit, which fails,
 * to be tried again, where the group is no longer as it is known.
 */
export async function walkGroup(
  tx: Tx,
  { groupId, known, nowMs, changes }: Walk,
): Promise<readonly [PlacedGroup, ...PlacedGroup[]]> {
  const first = known ?? (await lockGroup(tx, groupId));
  const walked: [PlacedGroup, ...PlacedGroup[]] = [first];
  let before = first;
  for (const change of changes) {
    const after = change(before);
    insertTimeline(tx, groupId, describeChange(before, after, nowMs));
    walked.push(after);
    before = after;
  }
  if (before === first) return walked;
  // Who is to be called off is read and changed once more in this transaction.
  if (before.orders.some(({ cancelRequestMs }) => cancelRequestMs !== undefined)) await updateGroup(tx, first, before);
  else updateGroupLast(tx, first, before);
  return walked;
}

/** What becomes of one order of a group. */
type OrderChange = (order: Order, placed: PlacedGroup) => Order;
type ChangedOrder = { readonly before: Order; readonly after: Order; readonly placed: PlacedGroup };

/** As changeGroup for one of its orders. */
export async function changeOrder(
  tx: Tx,
  groupId: string,
  orderId: string,
  nowMs: number,
  change: OrderChange,
): Promise<ChangedOrder> {
  const { before, after } = await changeGroup(tx, groupId, nowMs, ofOrder(orderId, change));
  return { before: orderIn(before, orderId), after: orderIn(after, orderId), placed: after };
}

/** As changeOrder, written with the commit: for whoever reads nothing of the group afterwards. */
export async function changeOrderLast(
  tx: Tx,
  groupId: string,
  orderId: string,
  nowMs: number,
  change: OrderChange,
): Promise<ChangedOrder> {
  const changes = [ofOrder(orderId, change)];
  const [before, after = before] = await walkGroup(tx, { groupId, known: undefined, nowMs, changes });
  return { before: orderIn(before, orderId), after: orderIn(after, orderId), placed: after };
}

function ofOrder(orderId: string, change: OrderChange): (placed: PlacedGroup) => PlacedGroup {
  return (placed) => {
    const order = orderIn(placed, orderId);
    const changed = change(order, placed);
    if (changed === order) return placed;
    return { ...placed, orders: placed.orders.map((other) => (other === order ? changed : other)) };
  };
}
