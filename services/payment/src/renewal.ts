import { isPromised, KEEP_BEFORE_MS, type Payment, transition } from "./payment.ts";
import type { ProviderIntent } from "./provider.ts";

/** Whether a promise is about to lapse that is still wanted. */
export function isLapsing(payment: Payment, nowMs: number): boolean {
  const { authorizationExpireMs: expireMs } = payment;
  if (!isPromised(payment) || expireMs === undefined || payment.isClosed || payment.voidReason !== undefined)
    return false;
  return expireMs - KEEP_BEFORE_MS <= nowMs && nowMs < expireMs;
}

/** The payment with another promise being asked for, under a key of its own. */
export function beginRenewal(payment: Payment): Payment {
  const { authorization } = payment;
  if (authorization.renewing > 0) return payment;
  return { ...payment, authorization: { ...authorization, renewing: authorization.attempt + 1 } };
}

/** The payment after the answer to the renewal of this number: promised anew, or as before, and then by another key next time. */
export function endRenewal(payment: Payment, renewing: number, intent: ProviderIntent | undefined): Payment {
  const { authorization } = payment;
  if (authorization.renewing !== renewing) return payment;
  const ended = { ...authorization, attempt: renewing, renewing: 0 };
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
    authorization: { ...ended, stray },
  };
}
