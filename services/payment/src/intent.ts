import {
  ACTION_TTL_MS,
  type Authorization,
  closed,
  fail,
  isOpen,
  LAPSED,
  leaveUnknown,
  type Payment,
  transition,
  withoutAction,
} from "./payment.ts";
import type { ProviderIntent } from "./provider.ts";

/** Where the provider's word leaves a payment: only ever forward, so that an old word changes nothing. */
export function applyIntent(payment: Payment, intent: ProviderIntent, nowMs: number): Payment {
  const known = learn(payment, intent);
  switch (intent.status) {
    case "authorized":
      return isOpen(known) ? promised(known, intent) : known;
    case "requires-action":
      return known.state === "created" || known.state === "unknown"
        ? {
            ...transition(known, "requires-action"),
            actionUrl: intent.actionUrl,
            actionExpireMs: nowMs + ACTION_TTL_MS,
          }
        : known;
    case "failed":
      return fail(known, intent.failureReason);
    case "cancelled":
      return cancelled(known);
    case "settled":
      if (known.state !== "partially-captured") return known;
      // A promise that still stood has lapsed with its rest; what was taken of it early is there for captures to come.
      return known.authorizationExpireMs === undefined ? closed(known) : cancelled(known);
    case "approved":
    case "processing":
      return leaveUnknown(known);
  }
}

function promised(payment: Payment, intent: ProviderIntent): Payment {
  return {
    ...withoutAction(transition(payment, "authorized")),
    authorization: withPromise(payment.authorization, intent),
    authorizationExpireMs: intent.authorizationExpireMs,
    isMulticapture: intent.isMulticapture,
  };
}

/** What is known of a promise that stands. */
export function withPromise(
  authorization: Authorization,
  { promise = "", renewFromMs }: ProviderIntent,
): Authorization {
  return { ...authorization, promise, renewFromMs };
}

function cancelled(payment: Payment): Payment {
  if (payment.state === "partially-captured") {
    return payment.isClosed ? closed(payment) : { ...closed(payment), isClosed: true, failureReason: LAPSED };
  }
  if (!isOpen(payment) && payment.state !== "authorized") return payment;
  const bare = withoutAction(payment);
  if (payment.voidReason !== undefined) return transition(bare, "voided");
  if (payment.state === "authorized") {
    return { ...transition(bare, "expired"), failureReason: LAPSED };
  }
  if (payment.state !== "requires-action") return fail(bare, "PROCESSING_ERROR");
  return { ...transition(bare, "expired"), failureReason: "ACTION_EXPIRED" };
}

function learn(payment: Payment, intent: ProviderIntent): Payment {
  const isNew = payment.reference !== intent.reference || (intent.cardLastFour !== "" && payment.cardLastFour === "");
  if (!isNew) return payment;
  return {
    ...payment,
    reference: intent.reference,
    // From now on it is asked for by its name: the card's token is needed no more.
    authorization: { ...payment.authorization, paymentMethod: "" },
    cardBrand: intent.cardBrand || payment.cardBrand,
    cardLastFour: intent.cardLastFour || payment.cardLastFour,
  };
}
