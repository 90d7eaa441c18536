import { DomainError } from "@shopmesh/kernel";

/** What a message says. */
export type Template = "order-confirmed";

export type DeliveryState = "pending" | "delivered" | "failed";

/** One message to one person. */
export type Delivery = {
  readonly id: string;
  readonly version: number;
  /** What is said once only: template and what it is about. */
  readonly onceKey: string;
  readonly template: Template;
  /** Known once the order was read; empty before. */
  readonly recipient: string;
  readonly subject: string;
  readonly state: DeliveryState;
  /** Tries begun. */
  readonly attemptCount: number;
  /** Since when a try is being made; undefined for none. */
  readonly claimMs: number | undefined;
  readonly failureReason: string;
  readonly eventId: string;
  /** The orders that it is about; never empty. */
  readonly orderIds: readonly string[];
  readonly customerId: string;
  /** The mail's Message-ID; empty before it was handed over. */
  readonly providerReference: string;
  readonly createMs: number;
  readonly updateMs: number;
  /** When it is tried again; undefined where it rests. */
  readonly nextAttemptMs: number | undefined;
};

/** What a new delivery is made of. */
export type DeliveryFields = Pick<Delivery, "id" | "onceKey" | "template" | "eventId" | "orderIds" | "customerId"> & {
  readonly recipient?: string;
  readonly nowMs: number;
};

/** Why a try failed, and whether another could do better. */
export type Failure = { readonly reason: string; readonly isFinal: boolean };

/** A try that was not heard of for so long died with its process. */
export const CLAIM_MS = 60_000;
/** How long after each failed try the next comes; after the last the delivery is given up: some three hours in all. */
export const RETRY_DELAYS_MS: readonly number[] = [10_000, 30_000, 90_000, 270_000, 810_000, 2_430_000, 7_290_000];

export function newDelivery({ nowMs, recipient = "", ...fields }: DeliveryFields): Delivery {
  return {
    ...fields,
    recipient,
    version: 1,
    subject: "",
    state: "pending",
    attemptCount: 0,
    claimMs: undefined,
    failureReason: "",
    providerReference: "",
    createMs: nowMs,
    updateMs: nowMs,
    nextAttemptMs: nowMs,
  };
}

/** One confirmation for each order group, however many orders it has. */
export function confirmationKey(orderGroupId: string): string {
  return `order-confirmed/${orderGroupId}`;
}

/** The same message once more, as a delivery of its own. */
export function resend(delivery: Delivery, id: string, nowMs: number): Delivery {
  const { template, eventId, orderIds, customerId, recipient } = delivery;
  return newDelivery({ id, onceKey: `resend/${id}`, template, eventId, orderIds, customerId, recipient, nowMs });
}

/**
 * The delivery with try number `attempt` begun; undefined where that try was made, or none is wanted. Throws
 * DELIVERY_BUSY while somebody makes it.
 */
export function beginAttempt(delivery: Delivery, attempt: number, nowMs: number): Delivery | undefined {
  const { state, attemptCount, claimMs } = delivery;
  if (state !== "pending") return undefined;
  if (claimMs === undefined && attemptCount >= attempt) return undefined;
  if (claimMs !== undefined && claimMs + CLAIM_MS > nowMs) {
    throw new DomainError("aborted", "DELIVERY_BUSY", { delivery_id: delivery.id });
  }
  return change(delivery, nowMs, { attemptCount: attemptCount + 1, claimMs: nowMs, nextAttemptMs: undefined });
}

/** What the delivery is once the next server has taken it. */
export function endDelivered(
  delivery: Delivery,
  sent: Pick<Delivery, "recipient" | "subject" | "providerReference">,
  nowMs: number,
): Delivery {
  return change(delivery, nowMs, { ...sent, state: "delivered", claimMs: undefined, failureReason: "" });
}

/** What the delivery is after a failed try: tried again later, or given up. */
export function endFailed(delivery: Delivery, { reason, isFinal }: Failure, nowMs: number): Delivery {
  const delayMs = isFinal ? undefined : RETRY_DELAYS_MS[delivery.attemptCount - 1];
  const ended = { claimMs: undefined, failureReason: reason };
  if (delayMs === undefined) return change(delivery, nowMs, { ...ended, state: "failed" });
  return change(delivery, nowMs, { ...ended, nextAttemptMs: nowMs + delayMs });
}

function change(delivery: Delivery, nowMs: number, fields: Partial<Delivery>): Delivery {
  return { ...delivery, ...fields, version: delivery.version + 1, updateMs: nowMs };
}
