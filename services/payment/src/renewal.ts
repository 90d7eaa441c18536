import { isPromised, KEEP_BEFORE_MS, type Payment, transition } from "./payment.ts";
import { withPromise } from "./intent.ts";
import type { ProviderIntent } from "./provider.ts";

/** Whether a promise is about to lapse that is still wanted. */
export function isLapsing(payment: Payment, nowMs: number): boolean {
  const { authorizationExpireMs: expireMs } = payment;
  if (!isWanted(payment) || expireMs === undefined) return false;
  return expireMs - KEEP_BEFORE_MS <= nowMs && nowMs < expireMs;
}

/** Whether the money of a promise that is still wanted is no more sure to be there, though it has not lapsed. */
export function isWearing(payment: Payment, nowMs: number): boolean {
  const { renewFromMs } = payment.authorization;
  return isWanted(payment) && renewFromMs !== undefined && renewFromMs <= nowMs;
}

function isWanted(payment: Payment): boolean {
  return isPromised(payment) && !payment.isClosed && payment.voidReason === undefined;
}

/** The payment with another promise being asked for, under a key of its own. */
export function beginRenewal(payment: Payment): Payment {
  const { authorization } = payment;
  if (authorization.renewing > 0) return payment;
  return { ...payment, authorization: { ...authorization, renewing: authorization.attempt + 1 } };
}

/** The payment of which the promise is not to be renewed before it lapses. */
export function leaveUnrenewed(payment: Payment): Payment {
  const { authorization } = payment;
  const { renewing, renewFromMs } = authorization;
  if (renewing > 0) return endRenewal(payment, renewing, undefined);
  return renewFromMs === undefined
    ? payment
    : { ...payment, authorization: { ...authorization, renewFromMs: undefined } };
}

/** The payment after the answer to the renewal of this number: promised anew, or as before, and then by another key next time. */
export function endRenewal(payment: Payment, renewing: number, intent: ProviderIntent | undefined): Payment {
  const { authorization } = payment;
  if (authorization.renewing !== renewing) return payment;
  const ended = { ...authorization, attempt: renewing, renewing: 0, renewFromMs: undefined };
  const isUseful = isPromised(payment) || payment.state === "expired";
  if (intent?.status !== "authorized") return { ...payment, authorization: ended };
  // Whoever ended meanwhile has no use for it.
  if (!isUseful) return { ...payment, authorization: { ...ended, stray: intent.reference } };
  const stray = isPromised(payment) && payment.reference !== intent.reference ? payment.reference : "";
  return {
    ...transition(payment, isPromised(payment) ? payment.state : "authorized"),
    reference: intent.reference,
    failureReason: "",
    authorizationExpireMs: intent.authorizationExpireMs,
    isMulticapture: intent.isMulticapture,
    authorization: withPromise({ ...ended, stray }, intent),
  };
}
