import { DomainError } from "@shopmesh/kernel";
import type { Exchange } from "./exchange.ts";

/** Where a return is. */
export type ReturnState =
  | "requested"
  | "approved"
  | "declined"
  | "label-sent"
  | "in-transit"
  | "received"
  | "partially-received"
  | "inspected"
  | "refunded"
  | "exchanged"
  | "rejected";

/** Why something comes back. */
export type ReturnReason = "changed-mind" | "defective" | "damaged" | "wrong-item" | "not-as-described" | "late";

/** What comes back of one line of the order. */
export type ReturnLine = {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly reason: ReturnReason;
  /** What the seller says came in. */
  readonly received: number;
  /** Of what came in: fit to be sold again, accepted though it is not, and not accepted. */
  readonly resellable: number;
  readonly damaged: number;
  readonly refused: number;
};

/** The label that brings it back; without a number while its carrier has not answered. */
export type ReturnLabel = {
  readonly shipmentId: string;
  readonly carrier: string;
  readonly trackingNumber: string;
  readonly labelUrl: string;
};

/** One return of one order; it lives in its order's snapshot, so that it changes under the same lock. */
export type Return = {
  readonly id: string;
  readonly state: ReturnState;
  readonly lines: readonly ReturnLine[];
  readonly note: string;
  /** Why it was declined or rejected; empty otherwise. */
  readonly endReason: string;
  /** What the seller says to it. */
  readonly endNote: string;
  readonly escalateMs: number | undefined;
  readonly label: ReturnLabel | undefined;
  /** The refund that it ended in. */
  readonly refundId: string | undefined;
  readonly exchange?: Exchange | undefined;
  readonly createMs: number;
  readonly updateMs: number;
};

/** Received, inspected: what people say of one line. */
export type Receipt = { readonly lineId: string; readonly quantity: number };
export type Verdict = {
  readonly lineId: string;
  readonly resellable: number;
  readonly damaged: number;
  readonly refused: number;
};

/** A return can be asked for this long after the goods were delivered. */
export const RETURN_WINDOW_MS = 30 * 24 * 3_600_000;
/** An approved return that is not sent for this long is over. */
export const SEND_WITHIN_MS = 30 * 24 * 3_600_000;

/**
 * States each state may turn into. A declined return is taken up again only by an administrator, after its buyer
 * escalated it; goods may be handed in before a carrier says so.
 */
export const nextReturnStates: Readonly<Record<ReturnState, readonly ReturnState[]>> = {
  requested: ["approved", "declined"],
  approved: ["label-sent", "in-transit", "received", "partially-received", "rejected"],
  declined: ["approved"],
  "label-sent": ["in-transit", "received", "partially-received", "rejected"],
  "in-transit": ["received", "partially-received", "rejected"],
  "partially-received": ["received", "inspected"],
  received: ["inspected"],
  inspected: ["refunded", "exchanged", "rejected"],
  refunded: [],
  exchanged: [],
  rejected: [],
};

/** The return in state `to`. Repeating a transition is a no-op. Throws RETURN_STATE. */
export function moveReturn(one: Return, to: ReturnState, nowMs: number): Return {
  if (one.state === to) return one;
  if (!nextReturnStates[one.state].includes(to)) throw wrongState(one, to);
  return { ...one, state: to, updateMs: nowMs };
}

/** Taken up: by the seller, or by an administrator where the buyer did not leave it at a "no". Throws RETURN_STATE. */
export function approveReturn(one: Return, nowMs: number, { isAdministrator }: { isAdministrator: boolean }): Return {
  const isOverruled = one.state === "declined" && isAdministrator && one.escalateMs !== undefined;
  if (one.state === "declined" && !isOverruled) throw wrongState(one, "approved");
  if (one.state !== "requested" && one.state !== "declined") return one.state === "approved" ? one : refuse(one);
  return { ...moveReturn(one, "approved", nowMs), endReason: "", endNote: "" };
}

/** Refused, with the seller's reason. Throws RETURN_STATE. */
export function declineReturn(one: Return, reason: string, note: string, nowMs: number): Return {
  if (one.state === "declined") return one;
  return { ...moveReturn(one, "declined", nowMs), endReason: reason, endNote: note };
}

/** The buyer asks the shop to look at it: while nothing happens, or after a "no". Repeating it is a no-op. Throws RETURN_STATE. */
export function escalateReturn(one: Return, nowMs: number): Return {
  if (one.escalateMs !== undefined) return one;
  if (!isEscalatable(one)) throw wrongState(one, "escalated");
  return { ...one, escalateMs: nowMs, updateMs: nowMs };
}

/** Whether its buyer may ask the shop to look at it. */
export function isEscalatable({ state, escalateMs }: Return): boolean {
  return escalateMs === undefined && !["approved", "inspected", "refunded", "exchanged"].includes(state);
}

/**
 * The goods came in, all of them or a part; what comes later is added by telling the new sums. Throws RETURN_STATE,
 * RETURN_LINE_UNKNOWN, RECEIVED_TOO_MANY (more than was to come), RECEIVED_NOTHING.
 */
export function receiveReturn(one: Return, receipts: readonly Receipt[], nowMs: number): Return {
  const lines = one.lines.map((line) => {
    const said = receipts.find(({ lineId }) => lineId === line.lineId)?.quantity ?? line.received;
    if (said > line.quantity)
      throw new DomainError("invalid", "RECEIVED_TOO_MANY", {
        line_id: line.lineId,
        expected: String(line.quantity),
        received: String(said),
      });
    return { ...line, received: said };
  });
  refuseUnknown(one, receipts);
  if (lines.every(({ received }) => received === 0)) throw new DomainError("invalid", "RECEIVED_NOTHING");
  const isWhole = lines.every(({ received, quantity }) => received === quantity);
  const to = isWhole ? "received" : "partially-received";
  const isSame = lines.every((line, index) => line.received === one.lines[index]?.received);
  if (one.state === to && isSame) return one;
  return { ...moveReturn(one, to, nowMs), lines, updateMs: nowMs };
}

/**
 * What was found in the parcel: each piece that came in is resellable, damaged but accepted, or refused. Throws
 * RETURN_STATE, RETURN_LINE_UNKNOWN, INSPECTION_INCOMPLETE (a line's verdict does not add up to what came in).
 */
export function inspectReturn(one: Return, verdicts: readonly Verdict[], nowMs: number): Return {
  refuseUnknown(one, verdicts);
  const lines = one.lines.map((line) => {
    const { resellable, damaged, refused } = verdicts.find(({ lineId }) => lineId === line.lineId) ?? nothing;
    if (resellable + damaged + refused !== line.received)
      throw new DomainError("invalid", "INSPECTION_INCOMPLETE", {
        line_id: line.lineId,
        received: String(line.received),
        inspected: String(resellable + damaged + refused),
      });
    return { ...line, resellable, damaged, refused };
  });
  if (one.state === "inspected") throw wrongState(one, "inspected");
  return { ...moveReturn(one, "inspected", nowMs), lines };
}

/** How many pieces of a line are paid for. */
export function acceptedOf({ resellable, damaged }: ReturnLine): number {
  return resellable + damaged;
}

/** How many pieces of its order's line a return takes up: those asked for, and once looked at those that came in. */
export function takenBy(one: Return, lineId: string): number {
  const line = one.lines.find((candidate) => candidate.lineId === lineId);
  if (line === undefined || one.state === "declined") return 0;
  return isSettledState.has(one.state) ? line.received : line.quantity;
}

const isSettledState: ReadonlySet<ReturnState> = new Set(["inspected", "refunded", "exchanged", "rejected"]);

/** Whether goods of it came in, and no money or replacement went out for them yet. */
export function hasCome({ state }: Return): boolean {
  return state === "received" || state === "partially-received" || state === "inspected";
}

/** Whether anything can still become of it. */
export function isReturnOpen({ state }: Return): boolean {
  return nextReturnStates[state].length > 0 && state !== "declined";
}

const nothing = { resellable: 0, damaged: 0, refused: 0 };

function refuseUnknown(one: Return, said: readonly { readonly lineId: string }[]): void {
  const unknown = said.find(({ lineId }) => one.lines.every((line) => line.lineId !== lineId));
  if (unknown !== undefined)
    throw new DomainError("invalid", "RETURN_LINE_UNKNOWN", { return_id: one.id, line_id: unknown.lineId });
}

function refuse(one: Return): never {
  throw wrongState(one, "approved");
}

function wrongState({ id, state }: Return, to: string): DomainError {
  return new DomainError("precondition", "RETURN_STATE", { return_id: id, from: state, to });
}
