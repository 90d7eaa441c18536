import { DomainError, type Money } from "@shopmesh/kernel";
import type { ProviderName } from "./provider.ts";
import type { GiftTender } from "./tender.ts";

export type PaymentState =
  | "created"
  | "unknown"
  | "requires-action"
  | "authorized"
  | "partially-captured"
  | "captured"
  | "failed"
  | "expired"
  | "voided"
  | "partially-refunded"
  | "refunded"
  | "disputed"
  | "won"
  | "lost";

/** What the provider is asked with; the same again under the same key for as long as nobody knows its answer. */
export type Authorization = {
  /** The provider's token of the means; empty where the payer chooses there, and once the provider has named the payment. */
  readonly paymentMethod: string;
  /** The provider's name of the person whose saved means it is, or is to become; empty for none. */
  readonly customer: string;
  /** The saved method that pays; empty for none. */
  readonly savedMethodId: string;
  /** Whether the means is to be saved. */
  readonly isSaving: boolean;
  /** Which promise stands: 1, and one more for each time that it was promised anew. */
  readonly attempt: number;
  /** The promise that is being asked for in its place; 0 for none. */
  readonly renewing: number;
  /** The provider's name of the promise that stands, where it has one of its own; else empty. */
  readonly promise: string;
  /** From when on it is to be promised anew, though it has not lapsed; undefined for not. */
  readonly renewFromMs?: number | undefined;
  /** The provider's name of a promise that another has replaced, and that is to be given up; empty for none. */
  readonly stray: string;
  readonly orderNumbers: readonly string[];
  readonly returnUrl: string;
};

/** The money of one order group. */
export type Payment = {
  readonly id: string;
  readonly orderGroupId: string;
  readonly version: number;
  readonly state: PaymentState;
  readonly amount: Money;
  /** Who promises what gift cards do not pay; empty where they pay all. */
  readonly provider: ProviderName | "";
  /** The gift cards that pay a part, in the order in which they are taken. */
  readonly gifts: readonly GiftTender[];
  /** What was taken on all tenders; above the sum of the captures where the provider took the whole at the first of them. */
  readonly taken: Money;
  readonly refunded: Money;
  /** Why it is to be given up; undefined while nobody wants that. */
  readonly voidReason: string | undefined;
  readonly failureReason: string;
  readonly actionUrl: string;
  readonly actionExpireMs: number | undefined;
  readonly authorizationExpireMs: number | undefined;
  readonly cardBrand: string;
  readonly cardLastFour: string;
  /** Whether nothing more will be captured: what is left of the promise is given up. */
  readonly isClosed: boolean;
  /** Whether the card lets the amount be taken in parts. */
  readonly isMulticapture: boolean;
  /** The provider's name of it; empty before the provider answered. */
  readonly reference: string;
  readonly authorization: Authorization;
  readonly personId: string | undefined;
  readonly guestTokenHash: string | undefined;
  /** When the provider is to be asked how it stands; undefined: there is nothing to ask. */
  readonly askMs: number | undefined;
  readonly createMs: number;
  readonly updateMs: number;
};

/** Why nothing more can be taken of a promise that lapsed. */
export const LAPSED = "AUTHORIZATION_EXPIRED";

/** States each state may turn into; an empty list is final. */
export const nextStates: Readonly<Record<PaymentState, readonly PaymentState[]>> = {
  created: ["unknown", "requires-action", "authorized", "failed", "expired", "voided"],
  unknown: ["requires-action", "authorized", "failed", "expired", "voided"],
  "requires-action": ["authorized", "failed", "expired", "voided"],
  authorized: ["partially-captured", "captured", "voided", "expired"],
  "partially-captured": ["captured", "partially-refunded", "refunded"],
  captured: ["partially-refunded", "refunded", "disputed"],
  "partially-refunded": ["refunded", "disputed"],
  disputed: ["won", "lost"],
  won: ["partially-refunded", "refunded"],
  lost: [],
  refunded: [],
  failed: [],
  // Only by a new promise of the same means.
  expired: ["authorized"],
  voided: [],
};

/** How long a payer may act. */
export const ACTION_TTL_MS = 15 * 60_000;
/** How long until the keeping of a promise is tried again. */
const KEEP_AGAIN_MS = 15 * 60_000;
/** How long the provider rests before it is asked again for what it did not answer. */
export const ASK_AGAIN_MS = 30_000;
/** What is promised is promised anew, or taken, this long before it lapses. */
export const KEEP_BEFORE_MS = 24 * 3_600_000;
/** An authorisation that lapsed is looked at this long after. */
const LAPSE_GRACE_MS = 60_000;
/** An authorisation that nobody can find this long after is held to have failed; should it turn up, it is given up. */
export const GIVE_UP_MS = 10 * 60_000;
/** An answer lost this long ago is looked for by our id before the provider is asked again. */
export const SEARCH_AFTER_MS = 60_000;

/** The payment in state `to`. Repeating a transition is a no-op. Throws PAYMENT_STATE. */
export function transition(payment: Payment, to: PaymentState): Payment {
  if (payment.state === to) return payment;
  if (!nextStates[payment.state].includes(to)) throw wrongState(payment, to);
  return { ...payment, state: to };
}

export function wrongState({ id, state }: Payment, wanted: string): DomainError {
  return new DomainError("precondition", "PAYMENT_STATE", { payment_id: id, state, wanted });
}

/** Whether nothing was promised yet, nor refused. */
export function isOpen({ state }: Payment): boolean {
  return state === "created" || state === "unknown" || state === "requires-action";
}

/** Whether something promised is still to be taken or given up. */
export function isPromised({ state }: Payment): boolean {
  return state === "authorized" || state === "partially-captured";
}

/** Whether there is a void to carry out. */
export function isVoidWanted(payment: Payment): boolean {
  return payment.voidReason !== undefined && (isOpen(payment) || payment.state === "authorized");
}

/** The payment after the provider did not answer, or thinks still. */
export function leaveUnknown(payment: Payment): Payment {
  return payment.state === "created" ? transition(payment, "unknown") : payment;
}

/** The payment refused, before anything was promised. */
export function fail(payment: Payment, failureReason: string): Payment {
  if (!isOpen(payment)) return payment;
  return { ...withoutAction(transition(payment, "failed")), failureReason };
}

/** What the provider promises: all that gift cards do not pay. */
export function providerShare({ amount, gifts }: Pick<Payment, "amount" | "gifts">): bigint {
  return gifts.reduce((rest, gift) => rest - gift.minorUnits, amount.minorUnits);
}

/** The payment wanted no more; given up at once where there is no provider to tell. Throws PAYMENT_STATE once something was taken. */
export function wantVoid(payment: Payment, reason: string): Payment {
  if (isOpen(payment) || payment.state === "authorized") {
    const unwanted = payment.voidReason === undefined ? { ...payment, voidReason: reason } : payment;
    return payment.provider === "" ? transition(unwanted, "voided") : unwanted;
  }
  const isGone = ["failed", "expired", "voided"].includes(payment.state);
  if (isGone) return payment;
  throw wrongState(payment, "voided");
}

/** A payment of which nothing more will be taken. */
export function closed(payment: Payment): Payment {
  const { taken, refunded } = payment;
  const bare = { ...payment, authorizationExpireMs: undefined };
  if (refunded.minorUnits === 0n) return transition(bare, "captured");
  const isAll = refunded.minorUnits >= taken.minorUnits;
  return transition(bare, isAll ? "refunded" : "partially-refunded");
}

/** The payment after `minorUnits` were taken; `isLast`: nothing of the promise is left. */
export function take(payment: Payment, minorUnits: bigint, isLast: boolean): Payment {
  const total = payment.taken.minorUnits + minorUnits;
  const after = { ...payment, taken: { ...payment.taken, minorUnits: total } };
  if (isLast || total >= payment.amount.minorUnits) return isPromised(after) ? closed(after) : after;
  return after.state === "authorized" ? transition(after, "partially-captured") : after;
}

/** The payment after the provider took what it had promised before anything of it was captured: it holds no promise any more. */
export function takeEarly(payment: Payment, minorUnits: bigint): Payment {
  const taken = { ...payment.taken, minorUnits: payment.taken.minorUnits + minorUnits };
  return { ...payment, taken, authorizationExpireMs: undefined };
}

/** The payment after `minorUnits` that were taken and never captured were given back. */
export function untake(payment: Payment, minorUnits: bigint): Payment {
  const total = payment.taken.minorUnits - minorUnits;
  const after = { ...payment, taken: { ...payment.taken, minorUnits: total } };
  const isAll = after.state === "partially-refunded" && after.refunded.minorUnits >= total;
  return isAll ? transition(after, "refunded") : after;
}

/** The payment after `minorUnits` were given back. */
export function giveBack(payment: Payment, minorUnits: bigint): Payment {
  const total = payment.refunded.minorUnits + minorUnits;
  const after = { ...payment, refunded: { ...payment.refunded, minorUnits: total } };
  if (["partially-captured", "disputed", "lost"].includes(after.state)) return after;
  return transition(after, total >= after.taken.minorUnits ? "refunded" : "partially-refunded");
}

/**
 * The payment after its bank took it back (open), or that was decided. One that is not taken to its end goes on as it is: the
 * dispute itself is on record.
 */
export function disputed(payment: Payment, decided: "open" | "won" | "lost"): Payment {
  const isTaken = nextStates[payment.state].includes("disputed");
  const taken = isTaken ? transition(payment, "disputed") : payment;
  return decided !== "open" && taken.state === "disputed" ? transition(taken, decided) : taken;
}

/** When the provider is to be asked about it by itself; `hasPending`: a capture or refund is not settled. */
export function nextAsk(payment: Payment, hasPending: boolean, nowMs: number): number | undefined {
  const isReplacing = payment.authorization.renewing > 0 || payment.authorization.stray !== "";
  if (hasPending || isReplacing || isVoidWanted(payment)) return nowMs + ASK_AGAIN_MS;
  if (payment.state === "created" || payment.state === "unknown") return nowMs + ASK_AGAIN_MS;
  if (payment.state === "requires-action") return payment.actionExpireMs;
  if (!isPromised(payment) || payment.authorizationExpireMs === undefined) return undefined;
  const renewMs = payment.isClosed ? undefined : payment.authorization.renewFromMs;
  const keepMs = Math.min(payment.authorizationExpireMs - KEEP_BEFORE_MS, renewMs ?? Number.POSITIVE_INFINITY);
  if (nowMs < keepMs) return keepMs;
  // What could not be kept yet is tried again until it has lapsed.
  if (nowMs < payment.authorizationExpireMs) return nowMs + KEEP_AGAIN_MS;
  return Math.max(payment.authorizationExpireMs, nowMs) + LAPSE_GRACE_MS;
}

/** The payment with nothing left for its payer to do. */
export function withoutAction(payment: Payment): Payment {
  return { ...payment, actionUrl: "", actionExpireMs: undefined };
}
