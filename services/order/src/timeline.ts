import type { PlacedGroup } from "./group.ts";
import type { Order } from "./order.ts";

/** One thing that happened to a group, for its buyer to read. */
export type TimelineEntry = {
  /** Rises within the group; what WatchOrder goes on from. */
  readonly sequence: number;
  readonly timeMs: number;
  readonly orderId: string | undefined;
  readonly kind: "state" | "shipment" | "payment" | "request";
  readonly summary: string;
  readonly reason: string;
};

/** Sequences of one change of a group lie this far apart from the next. */
const SEQUENCE_STEP = 1_000;

/**
 * What a change of a group is to its buyer, one entry for each order that moved. Sequences follow from the versions of
 * the group and its orders, all of which only rise, so no counter is kept.
 */
export function describeChange(before: PlacedGroup, after: PlacedGroup, nowMs: number): readonly TimelineEntry[] {
  const base = (after.group.version + after.orders.reduce((sum, { version }) => sum + version, 0)) * SEQUENCE_STEP;
  const entries: Omit<TimelineEntry, "sequence">[] = [];
  if (after.group.state !== before.group.state && after.group.state === "requires-action") {
    entries.push({
      timeMs: nowMs,
      orderId: undefined,
      kind: "payment",
      summary: "the payer must confirm the payment",
      reason: "",
    });
  }
  for (const [index, order] of after.orders.entries()) {
    const known = before.orders[index];
    if (known !== undefined && order !== known) entries.push(...describeOrder(known, order, nowMs));
  }
  return entries.map((entry, index) => ({ ...entry, sequence: base + index }));
}

/** The first entry of a group. */
export function describePlacement({ group, orders }: PlacedGroup): readonly TimelineEntry[] {
  const base = (group.version + orders.length) * SEQUENCE_STEP;
  return orders.map((order, index) => ({
    sequence: base + index,
    timeMs: group.createMs,
    orderId: order.id,
    kind: "state",
    summary: `order ${order.number} is pending`,
    reason: "",
  }));
}

function describeOrder(known: Order, order: Order, timeMs: number): Omit<TimelineEntry, "sequence">[] {
  const entry = (kind: TimelineEntry["kind"], summary: string, reason = ""): Omit<TimelineEntry, "sequence"> => ({
    timeMs,
    orderId: order.id,
    kind,
    summary,
    reason,
  });
  const entries = [];
  if (order.cancelRequestMs !== known.cancelRequestMs)
    entries.push(entry("request", `order ${order.number} is to be cancelled`));
  if (order.fulfilmentState !== known.fulfilmentState)
    entries.push(entry("shipment", `order ${order.number}: goods ${order.fulfilmentState}`));
  if (order.paymentState !== known.paymentState)
    entries.push(entry("payment", `order ${order.number}: payment ${order.paymentState}`));
  if (order.state !== known.state)
    entries.push(entry("state", `order ${order.number} is ${order.state}`, order.endReason));
  return entries;
}
