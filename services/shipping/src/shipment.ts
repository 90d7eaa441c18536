import { DomainError } from "@shopmesh/kernel";
import { type DeliveryTerms, estimate } from "./estimate.ts";
import { type Service, wishOf } from "./rate.ts";
import { follow, hasLeft, isFinal, type Scan, type ShipmentState } from "./scan.ts";

export type Address = {
  readonly name: string;
  readonly line1: string;
  readonly line2: string;
  readonly city: string;
  readonly region: string;
  readonly postalCode: string;
  readonly countryCode: string;
  readonly phone: string;
};

export type ShipmentLine = {
  readonly sku: string;
  /** How many are in it now. */
  readonly quantity: number;
  readonly title: string;
  /** How many were taken out, by the removal's id; absent where nothing was. */
  readonly taken?: Readonly<Record<string, number>>;
};

/** One parcel on its way from a seller to a buyer, or back. */
export type Shipment = {
  readonly id: string;
  /** The caller's name of it, unique in its order. */
  readonly key: string;
  readonly orderId: string;
  readonly orderGroupId: string;
  readonly personId: string | undefined;
  readonly guestTokenHash: string | undefined;
  readonly sellerId: string;
  readonly locationId: string;
  readonly version: number;
  readonly state: ShipmentState;
  readonly carrier: string;
  /** What the customer reads. */
  readonly service: string;
  /** The carrier's own name of the service. */
  readonly serviceType: string;
  readonly trackingNumber: string;
  /** Where the label is kept; empty before it was bought. */
  readonly labelKey: string;
  /** How many labels were asked for before the one that is wanted now: tells their names at carriers apart. */
  readonly labelAttempt: number;
  /** Whether the carrier holds a label that nobody wants. */
  readonly isLabelStray: boolean;
  readonly weightGrams: number;
  readonly lines: readonly ShipmentLine[];
  readonly destination: Address;
  readonly direction: "outbound" | "return";
  /** Where it is picked up; undefined: where the shop hands its parcels over. */
  readonly sender: Address | undefined;
  /** Why it will not arrive; empty while it may. */
  readonly failureReason: string;
  readonly estimateMs: number | undefined;
  /** What the carrier said of its arrival when it sold the label. */
  readonly promiseMs: number | undefined;
  readonly shipMs: number | undefined;
  readonly deliverMs: number | undefined;
  /** When the carrier is to be asked; undefined: there is nothing to ask. */
  readonly askMs: number | undefined;
  readonly createMs: number;
  readonly updateMs: number;
};

/** A label that a carrier sold. */
export type Label = {
  readonly trackingNumber: string;
  readonly key: string;
  readonly estimateMs: number | undefined;
};

/** A label that was asked for and that nobody wants, by whom it may have been sold; its number may be unknown. */
export type Stray = Pick<Shipment, "carrier" | "serviceType" | "trackingNumber" | "labelAttempt">;

/** Who carries what its seller sent under a number of their own: nobody who could be asked. */
export const OTHER_CARRIER = "other";
/** How often a carrier is asked where a parcel is that it does not report by itself. */
export const POLL_MS = 3 * 3_600_000;
/** How long a carrier rests that did not answer. */
export const ASK_AGAIN_MS = 60_000;
/** How long it rests at most that has not sold a label for long. */
const SOON_MS = 15 * 60_000;
/** A question that nobody answered may still be carried out for so long. */
export const STRAY_WATCH_MS = 24 * 3_600_000;

/** Whether the carrier may still be asked for its label. */
export function wantsLabel({ state, trackingNumber }: Shipment): boolean {
  return (state === "planned" || state === "picking" || state === "packed") && trackingNumber === "";
}

/** The shipment with its label; one called off meanwhile has a stray one instead. */
export function addLabel(shipment: Shipment, label: Label): Shipment {
  if (shipment.trackingNumber !== "") return shipment;
  const labelled = {
    ...shipment,
    trackingNumber: label.trackingNumber,
    labelKey: label.key,
    promiseMs: label.estimateMs,
  };
  const estimateMs = estimate(termsOf(labelled), []);
  if (shipment.state === "cancelled") return { ...labelled, isLabelStray: true };
  return { ...labelled, state: "labelled", estimateMs };
}

/** The shipment with another label to be asked for, perhaps of another service: the former one is not wanted any more. */
export function plannedBy(shipment: Shipment, by: Pick<Service, "carrier" | "type" | "name">): Shipment {
  const labelAttempt = shipment.labelAttempt + 1;
  return { ...shipment, carrier: by.carrier, service: by.name, serviceType: by.type, labelAttempt };
}

/** What a carrier calls a label; the first one of a shipment by its id alone. */
export function labelName({ id, labelAttempt }: Pick<Shipment, "id" | "labelAttempt">): string {
  return labelAttempt === 0 ? id : `${id}-${labelAttempt.toString(36)}`;
}

/** The shipment on its way through the warehouse; what is further stays as it is. Throws SHIPMENT_STATE once called off. */
export function prepare(shipment: Shipment, to: "picking" | "packed"): Shipment {
  if (shipment.state === "cancelled") throw wrongState(shipment, to);
  const isBefore = shipment.state === "planned" || (to === "packed" && shipment.state === "picking");
  return isBefore ? { ...shipment, state: to } : shipment;
}

/** The shipment refused by the carrier. */
export function reject(shipment: Shipment, failureReason: string): Shipment {
  return wantsLabel(shipment) ? { ...shipment, state: "cancelled", isLabelStray: false, failureReason } : shipment;
}

/**
 * The shipment called off. Throws SHIPMENT_STATE once it left. A label that may have been bought is given back; `isReturned`
 * says that it was.
 */
export function cancel(shipment: Shipment, isReturned: boolean): Shipment {
  if (shipment.state === "cancelled") return shipment;
  if (hasLeft(shipment.state) || isFinal(shipment.state)) throw wrongState(shipment, "cancelled");
  return { ...shipment, state: "cancelled", isLabelStray: !isReturned, failureReason: "CANCELLED" };
}

/**
 * The shipment without goods that nobody wants any more; a removal is done once. Throws SHIPMENT_STATE once it left,
 * SHIPMENT_GOODS (more than is in it). Of one that was called off there is nothing to take.
 */
export function takeOut(
  shipment: Shipment,
  removalId: string,
  goods: readonly { readonly sku: string; readonly quantity: number }[],
): Shipment {
  const isKnown = shipment.lines.some(({ taken }) => taken?.[removalId] !== undefined);
  if (shipment.state === "cancelled" || isKnown) return shipment;
  if (hasLeft(shipment.state) || isFinal(shipment.state)) throw wrongState(shipment, "changed");
  const left = new Map(goods.map(({ sku, quantity }) => [sku, quantity]));
  const lines = shipment.lines.map((line) => {
    const count = Math.min(line.quantity, left.get(line.sku) ?? 0);
    if (count === 0) return line;
    left.set(line.sku, (left.get(line.sku) ?? 0) - count);
    return { ...line, quantity: line.quantity - count, taken: { ...line.taken, [removalId]: count } };
  });
  const missing = [...left].find(([, count]) => count > 0);
  if (missing !== undefined)
    throw new DomainError("precondition", "SHIPMENT_GOODS", { shipment_id: shipment.id, sku: missing[0] });
  return { ...shipment, lines };
}

/** What is in it now. */
export function goodsOf({ lines }: Shipment): Pick<ShipmentLine, "sku" | "quantity" | "title">[] {
  return lines.filter(({ quantity }) => quantity > 0).map(({ sku, quantity, title }) => ({ sku, quantity, title }));
}

/**
 * The shipment handed to the carrier; by "other" where the number is not its label's. A number may be corrected until a carrier has
 * reported more. Throws SHIPMENT_STATE, TRACKING_NUMBER_REQUIRED (there is no label to go by).
 */
export function markShipped(shipment: Shipment, trackingNumber: string, nowMs: number): Shipment {
  if (shipment.state === "cancelled") throw wrongState(shipment, "shipped");
  const isOther = trackingNumber !== "" && trackingNumber !== shipment.trackingNumber;
  const isOpen = !hasLeft(shipment.state) || (isOther && shipment.state === "shipped");
  if (!isOpen) return shipment;
  const sent = isOther ? sentByOther(shipment, trackingNumber) : shipment;
  if (sent.trackingNumber === "") {
    throw new DomainError("precondition", "TRACKING_NUMBER_REQUIRED", { shipment_id: shipment.id });
  }
  const shipped = { ...sent, state: "shipped" as const, shipMs: shipment.shipMs ?? nowMs };
  return { ...shipped, estimateMs: sent.estimateMs ?? estimate(termsOf(shipped), []) };
}

/** The shipment under a number of its seller's; what the label was and promised counts no more. */
function sentByOther(shipment: Shipment, trackingNumber: string): Shipment {
  const label = { labelKey: "", promiseMs: undefined, estimateMs: undefined };
  return { ...shipment, ...label, carrier: OTHER_CARRIER, service: "", serviceType: "", trackingNumber };
}

/** The shipment arrived. Throws SHIPMENT_STATE (it has not left, or came to another end). */
export function markDelivered(shipment: Shipment, nowMs: number): Shipment {
  if (shipment.state === "delivered") return shipment;
  if (!hasLeft(shipment.state) || isFinal(shipment.state)) throw wrongState(shipment, "delivered");
  return { ...shipment, state: "delivered", shipMs: shipment.shipMs ?? nowMs, deliverMs: nowMs };
}

/** The shipment after all that was scanned of it: forward only, whatever the order of arrival. */
export function applyScans(shipment: Shipment, scans: readonly Scan[]): Shipment {
  const state = follow(shipment.state, scans);
  const earliest = (known: number | undefined, times: readonly number[]) =>
    times.length === 0 ? known : Math.min(known ?? Number.POSITIVE_INFINITY, ...times);
  const timesOf = (is: (scan: Scan) => boolean) => scans.filter(is).map(({ timeMs }) => timeMs);
  const shipMs = hasLeft(state)
    ? earliest(
        shipment.shipMs,
        timesOf((scan) => hasLeft(scan.state)),
      )
    : shipment.shipMs;
  const isThere = state === "delivered";
  const deliverMs = isThere
    ? earliest(
        shipment.deliverMs,
        timesOf((scan) => scan.state === "delivered"),
      )
    : shipment.deliverMs;
  const estimateMs = estimate(termsOf({ ...shipment, shipMs }), scans);
  const isSame =
    state === shipment.state &&
    shipMs === shipment.shipMs &&
    deliverMs === shipment.deliverMs &&
    estimateMs === shipment.estimateMs;
  if (isSame) return shipment;
  return { ...shipment, state, shipMs, deliverMs, estimateMs, failureReason: failures[state] ?? "" };
}

/** What its estimate is made from. */
function termsOf({ carrier, serviceType, promiseMs, shipMs, createMs }: Shipment): DeliveryTerms {
  return { carrier, promiseMs, startMs: shipMs ?? createMs, mostDays: wishOf({ carrier, serviceType }).mostDays };
}

const failures: Readonly<Partial<Record<ShipmentState, string>>> = {
  lost: "LOST",
  "return-to-sender": "RETURNED",
};

/** When the carrier is to be asked about it by itself. */
export function nextAsk(shipment: Shipment, nowMs: number): number | undefined {
  if (wantsLabel(shipment)) return nowMs + soonOf(shipment.createMs, nowMs);
  if (shipment.isLabelStray) return nowMs + ASK_AGAIN_MS;
  return isFinal(shipment.state) || shipment.carrier === OTHER_CARRIER ? undefined : nowMs + POLL_MS;
}

/** When one that is looked for since `sinceMs` is looked for again: the longer ago, the later. */
export function nextLook(sinceMs: number, nowMs: number): number {
  return nowMs + Math.min(Math.max(ASK_AGAIN_MS, Math.trunc((nowMs - sinceMs) / 4)), POLL_MS);
}

// Not much later than the carrier is there again; far apart enough that the names of labels stay short.
function soonOf(createMs: number, nowMs: number): number {
  return Math.min(Math.max(ASK_AGAIN_MS, Math.trunc((nowMs - createMs) / 8)), SOON_MS);
}

/** Whether two postal codes are one, as people write them. */
export function isSamePostalCode(left: string, right: string): boolean {
  return plain(left) === plain(right);
}

function plain(postalCode: string): string {
  return postalCode.replaceAll(/[\s-]/g, "").toUpperCase();
}

function wrongState({ id, state }: Shipment, wanted: string): DomainError {
  return new DomainError("precondition", "SHIPMENT_STATE", { shipment_id: id, state, wanted });
}
