import { DomainError } from "@shopmesh/kernel";
import { type Channel, goesToAccount, type MessageName } from "./message.ts";

/** "withheld": not wanted, not allowed, or not true any more. */
export type DeliveryState = "pending" | "delivered" | "failed" | "withheld";

/** What is known of the matter when its event comes: ids, amounts, public words; no personal data, no secret. */
export type Facts = Readonly<Record<string, string>>;

/** One message to one person by one channel. */
export type Delivery = {
  readonly id: string;
  readonly version: number;
  /** What is said once only: what it is about, message, recipient and channel. */
  readonly onceKey: string;
  readonly template: MessageName;
  readonly channel: Channel;
  /** Known once the content was read; empty before. */
  readonly recipient: string;
  readonly subject: string;
  /** The language it was written in; empty before. */
  readonly locale: string;
  readonly state: DeliveryState;
  /** Tries begun. */
  readonly attemptCount: number;
  /** Of those: how many only found that it was to wait. */
  readonly deferralCount: number;
  /** Since when a try is being made; undefined for none. */
  readonly claimMs: number | undefined;
  /** Since when a try may have reached its recipient though nobody heard so; undefined for never. */
  readonly unsureSinceMs: number | undefined;
  readonly failureReason: string;
  readonly eventId: string;
  /** The orders that it is about; empty for none. */
  readonly orderIds: readonly string[];
  readonly facts: Facts;
  readonly customerId: string;
  /** The mail's Message-ID, the SMS's name at its provider; empty before it was handed over. */
  readonly providerReference: string;
  readonly createMs: number;
  readonly updateMs: number;
  /** When it is tried again; undefined where it rests. */
  readonly nextAttemptMs: number | undefined;
};

/** What a new delivery is made of. */
export type DeliveryFields = Pick<Delivery, "id" | "onceKey" | "template" | "eventId" | "customerId"> &
  Partial<Pick<Delivery, "channel" | "orderIds" | "facts" | "recipient" | "nextAttemptMs">> & {
    readonly nowMs: number;
  };

/** Why a try failed, and whether another could do better; unsure where the message may have gone all the same. */
export type Failure = {
  readonly reason: string;
  readonly isFinal: boolean;
  readonly isUnsure?: boolean;
  readonly refusedAddress?: string;
};

/** Why a message is not sent at all. */
export type Withheld = { readonly withheld: string };

/** That a message has to wait. */
export type Deferred = { readonly deferredToMs: number };

/** A try that was not heard of for so long died with its process. */
export const CLAIM_MS = 60_000;
/** How long after each failed try the next comes; after the last the delivery is given up: some three hours in all. */
export const RETRY_DELAYS_MS: readonly number[] = [10_000, 30_000, 90_000, 270_000, 810_000, 2_430_000, 7_290_000];

export function newDelivery({ nowMs, ...fields }: DeliveryFields): Delivery {
  return {
    channel: "email",
    orderIds: [],
    facts: {},
    recipient: "",
    nextAttemptMs: nowMs,
    ...fields,
    version: 1,
    subject: "",
    locale: "",
    state: "pending",
    attemptCount: 0,
    deferralCount: 0,
    claimMs: undefined,
    unsureSinceMs: undefined,
    failureReason: "",
    providerReference: "",
    createMs: nowMs,
    updateMs: nowMs,
  };
}

/**
 * The key under which a message is said once: what it is about (an order group, a parcel, a refund), the message, and its
 * recipient: whoever bought, or an account. By e-mail it has no channel in it, as those of the shop's first days.
 */
export function onceKeyOf(template: MessageName, about: string, personId: string, channel: Channel = "email"): string {
  const to = goesToAccount(template) ? [personId] : [];
  return [template, about, ...to, ...(channel === "email" ? [] : [channel])].join("/");
}

/** The same message as another by another channel: a delivery of its own. */
export function siblingOf(delivery: Delivery, id: string, channel: Channel, customerId: string): Delivery {
  const { template, eventId, orderIds, facts, onceKey, updateMs: nowMs } = delivery;
  const key = `${onceKey}/${channel}`;
  return newDelivery({ id, onceKey: key, template, channel, eventId, orderIds, facts, customerId, nowMs });
}

/** Whether its first look at the content is the one that spreads it over the other channels. */
export function isLead({ channel, onceKey }: Delivery): boolean {
  return channel === "email" && !onceKey.startsWith(RESEND);
}

const RESEND = "resend/";

/** Whether a person of the shop's asked for it once more: preferences and quiet hours do not count then. */
export function isResent({ onceKey }: Delivery): boolean {
  return onceKey.startsWith(RESEND);
}

/** The same message once more, as a delivery of its own. */
export function resend(delivery: Delivery, id: string, nowMs: number): Delivery {
  const { template, channel, eventId, orderIds, facts, customerId, recipient } = delivery;
  const same = { template, channel, eventId, orderIds, facts, customerId, recipient };
  return newDelivery({ id, onceKey: `${RESEND}${id}`, ...same, nowMs });
}

/**
 * The delivery with try number `attempt` begun; undefined where that try was made, or none is wanted. Throws
 * DELIVERY_BUSY while somebody makes it, with when that one counts as dead.
 */
export function beginAttempt(delivery: Delivery, attempt: number, nowMs: number): Delivery | undefined {
  const { state, attemptCount, claimMs, unsureSinceMs } = delivery;
  if (state !== "pending") return undefined;
  if (claimMs === undefined && attemptCount >= attempt) return undefined;
  const busyMs = claimMs === undefined ? 0 : claimMs + CLAIM_MS - nowMs;
  if (busyMs > 0) {
    const retry = { retry_after_ms: String(busyMs) };
    throw new DomainError("aborted", "DELIVERY_BUSY", { delivery_id: delivery.id, ...retry });
  }
  return change(delivery, nowMs, {
    attemptCount: attemptCount + 1,
    claimMs: nowMs,
    // Who died may have sent it.
    unsureSinceMs: unsureSinceMs ?? claimMs,
    nextAttemptMs: undefined,
  });
}

/** How a delivery went out. */
export type Sent = Pick<Delivery, "recipient" | "subject" | "locale" | "providerReference">;

/** What the delivery is once the next server has taken it. */
export function endDelivered(delivery: Delivery, sent: Sent, nowMs: number): Delivery {
  const { recipient, subject, locale, providerReference } = sent;
  const done = { recipient, subject, locale, providerReference, claimMs: undefined, failureReason: "" };
  return change(delivery, nowMs, { ...done, state: "delivered", unsureSinceMs: undefined });
}

/** What the delivery is after a failed try: tried again later, or given up. */
export function endFailed(delivery: Delivery, { reason, isFinal, isUnsure }: Failure, nowMs: number): Delivery {
  const { attemptCount, deferralCount, claimMs, unsureSinceMs } = delivery;
  const delayMs = isFinal ? undefined : RETRY_DELAYS_MS[attemptCount - deferralCount - 1];
  const since = unsureSinceMs ?? (isUnsure === true ? claimMs : undefined);
  const ended = { claimMs: undefined, unsureSinceMs: since, failureReason: reason };
  if (delayMs === undefined) return change(delivery, nowMs, { ...ended, state: "failed" });
  return change(delivery, nowMs, { ...ended, nextAttemptMs: nowMs + delayMs });
}

/** What the delivery is where it must not be sent. */
export function endWithheld(delivery: Delivery, { withheld }: Withheld, nowMs: number): Delivery {
  return change(delivery, nowMs, { state: "withheld", claimMs: undefined, failureReason: withheld });
}

/** What the delivery is where it has to wait: that is no failed try. */
export function endDeferred(delivery: Delivery, { deferredToMs }: Deferred, nowMs: number): Delivery {
  const deferralCount = delivery.deferralCount + 1;
  return change(delivery, nowMs, { deferralCount, claimMs: undefined, failureReason: "", nextAttemptMs: deferredToMs });
}

/** What a delivery is of which the provider told later that it did not arrive; the same where it had failed already. */
export function bounced(delivery: Delivery, reason: string, nowMs: number): Delivery {
  if (delivery.state !== "delivered") return delivery;
  return change(delivery, nowMs, { state: "failed", failureReason: reason });
}

function change(delivery: Delivery, nowMs: number, fields: Partial<Delivery>): Delivery {
  return { ...delivery, ...fields, version: delivery.version + 1, updateMs: nowMs };
}
