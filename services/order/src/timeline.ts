import { formatMoney } from "@shopmesh/kernel";
import type { PlacedGroup } from "./group.ts";
import type { FulfilmentState, Order, OrderState } from "./order.ts";
import type { LaterEnd, ParcelState } from "./parcel.ts";
import { describeAftersale } from "./return-words.ts";

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
      summary: "The payment needs your confirmation at your bank or PayPal",
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
    summary: `Order ${order.number}: ${stateWords.pending}`,
    reason: "",
  }));
}

type Entry = Omit<TimelineEntry, "sequence">;

function describeOrder(known: Order, order: Order, timeMs: number): readonly Entry[] {
  const entry = (kind: TimelineEntry["kind"], summary: string, reason = ""): Entry => ({
    timeMs,
    orderId: order.id,
    kind,
    summary: `Order ${order.number}: ${summary}`,
    reason,
  });
  const entries: Entry[] = [];
  if (order.cancelRequestMs !== known.cancelRequestMs)
    entries.push(
      order.cancelRequestMs === undefined
        ? entry("request", "it had left already and could not be cancelled")
        : entry("request", "a cancellation was asked for", order.cancelReason),
    );
  for (const { summary, reason } of describeParcels(known, order)) entries.push(entry("shipment", summary, reason));
  if (order.parcels === undefined && order.fulfilmentState !== known.fulfilmentState)
    entries.push(entry("shipment", fulfilmentWords[order.fulfilmentState]));
  const isTaken = order.paymentState !== known.paymentState || order.captured.minorUnits !== known.captured.minorUnits;
  // What is given back is told refund by refund.
  if (isTaken && order.refunded.minorUnits === known.refunded.minorUnits)
    entries.push(entry("payment", paymentWords(order), owedReasonOf(order)));
  if (order.address !== known.address) entries.push(entry("request", "its address was corrected"));
  if (order.deliveryNote !== known.deliveryNote) entries.push(entry("request", "its seller was told what to mind"));
  for (const { kind, summary, reason } of describeAftersale(known, order)) entries.push(entry(kind, summary, reason));
  if (order.state !== known.state)
    entries.push(entry("state", stateWords[order.state], order.endReason || (order.holdReason ?? "")));
  return entries;
}

/** What became of the parcels of an order, as people say it. */
function describeParcels(known: Order, order: Order): readonly { readonly summary: string; readonly reason: string }[] {
  const parcels = order.parcels ?? [];
  if (known.parcels === undefined && parcels.length > 0) {
    const summary = parcels.length === 1 ? "its parcel is planned" : `it will be sent in ${parcels.length} parcels`;
    return [{ summary, reason: "" }];
  }
  return parcels.flatMap((parcel, index) => {
    const former = known.parcels?.find(({ id }) => id === parcel.id);
    const name = parcels.length === 1 ? "the parcel" : `parcel ${index + 1} of ${parcels.length}`;
    if (former?.state !== parcel.state)
      return [{ summary: `${name} ${parcelWords[parcel.state]}`, reason: parcel.endReason }];
    if (parcel.laterEnd === undefined || former.laterEnd === parcel.laterEnd) return [];
    return [{ summary: `${name} ${laterWords[parcel.laterEnd.state]}`, reason: "" }];
  });
}

const parcelWords: Readonly<Record<ParcelState, string>> = {
  planned: "is planned",
  packed: "is packed",
  shipped: "has left",
  delivered: "has arrived",
  lost: "was lost on its way; what was paid for it is given back",
  returned: "went back to its sender; what was paid for it is given back",
  cancelling: "is being called off",
  cancelled: "was called off; what was promised for it is given back",
};

const laterWords: Readonly<Record<LaterEnd["state"], string>> = {
  delivered: "was found and has arrived after all; what was given back for it stays given back",
  returned: "went back to its sender after that",
};

const fulfilmentWords: Readonly<Record<FulfilmentState, string>> = {
  unfulfilled: "nothing is sent yet",
  planned: "its parcel is planned",
  "partially-shipped": "some of it has left",
  shipped: "everything has left",
  delivered: "everything has arrived",
  cancelled: "nothing will be sent",
  failed: "nothing arrived",
};

const stateWords: Readonly<Record<OrderState, string>> = {
  pending: "it was received and is waiting for its payment",
  placed: "the payment is promised, the goods are being set aside",
  rejected: "it could not be placed; nothing was charged and nothing is kept",
  confirmed: "it is confirmed",
  processing: "it is being prepared",
  completed: "it is complete",
  closed: "its time for returns is over",
  cancelled: "it was cancelled; nothing was charged",
  "on-hold": "it is on hold",
};

function owedReasonOf({ parcels = [] }: Order): string {
  return parcels.find(({ owedReason }) => owedReason !== undefined)?.owedReason ?? "";
}

function paymentWords({ paymentState, captured, refunded, totals }: Order): string {
  switch (paymentState) {
    case "pending":
      return "the payment is being prepared";
    case "requires-action":
      return "the payment needs your confirmation at your bank or PayPal";
    case "authorized":
      return "the payment is promised; nothing was charged yet";
    case "partially-captured":
      return `${formatMoney(captured)} of ${formatMoney(totals.total)} was charged`;
    case "captured":
      return `${formatMoney(captured)} was charged`;
    case "owed":
      return `${formatMoney(captured)} of ${formatMoney(totals.total)} was charged; the rest could not be charged`;
    case "partially-refunded":
    case "refunded":
      return `${formatMoney(refunded)} was given back`;
    case "voided":
      return "the payment was given up; nothing was charged";
    case "failed":
      return "the payment was refused; nothing was charged";
  }
}
