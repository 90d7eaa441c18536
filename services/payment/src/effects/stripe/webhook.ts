import { DomainError } from "@shopmesh/kernel";
import type Stripe from "stripe";
import type { ProviderMessage, RawMessage } from "../../provider.ts";

/** Stripe's own limit for the age of a signature. */
const MAX_AGE_MS = 5 * 60_000;

/**
 * Reads a message of Stripe's. Throws WEBHOOK_SIGNATURE_INVALID, WEBHOOK_TOO_OLD (by the mesh's clock, backwards and
 * forwards), WEBHOOK_MALFORMED (no event of Stripe's, though it is signed).
 */
export function readStripeMessage(
  stripe: Stripe,
  secret: string,
  { body, headers, nowMs }: RawMessage,
): ProviderMessage {
  const signature = headers["stripe-signature"] ?? "";
  const event = verified(stripe, { body: Buffer.from(body), signature, secret });
  const signedMs = Number(/(?:^|,)t=(\d+)/.exec(signature)?.[1] ?? 0) * 1000;
  if (Math.abs(nowMs - signedMs) > MAX_AGE_MS) {
    throw new DomainError("denied", "WEBHOOK_TOO_OLD", { max_age_ms: String(MAX_AGE_MS) });
  }
  if (!isEvent(event))
    throw new DomainError("invalid", "WEBHOOK_MALFORMED", { expected: "id, type, created, data.object" });
  const object = event.data.object as unknown as Readonly<Record<string, unknown>>;
  const metadata = (object["metadata"] ?? {}) as Readonly<Record<string, string>>;
  const reference = object["object"] === "payment_intent" ? object["id"] : object["payment_intent"];
  return {
    id: event.id,
    type: event.type,
    tells: tellsOf(event.type),
    reference: typeof reference === "string" ? reference : "",
    paymentId: metadata["payment_id"] ?? "",
    disputeReference: object["object"] === "dispute" && typeof object["id"] === "string" ? object["id"] : "",
    happenMs: event.created * 1000,
  };
}

const outcomes: Readonly<Record<string, ProviderMessage["tells"]>> = {
  "payment_intent.amount_capturable_updated": "promised",
  "payment_intent.canceled": "ended",
  "payment_intent.payment_failed": "outcome",
  "payment_intent.succeeded": "outcome",
};

function tellsOf(type: string): ProviderMessage["tells"] {
  if (type.startsWith("charge.dispute.")) return "dispute";
  return outcomes[type] ?? (/^(?:charge|refund)[.]/.test(type) ? "movement" : "other");
}

// A signature says who sent it, not that it is what its type says.
function isEvent(event: Partial<Stripe.Event>): boolean {
  const { id, type, created, data } = event;
  const isNamed = typeof id === "string" && id !== "" && typeof type === "string";
  return isNamed && Number.isSafeInteger(created) && typeof data?.object === "object" && data.object !== null;
}

function verified(
  stripe: Stripe,
  { body, signature, secret }: { readonly body: Buffer; readonly signature: string; readonly secret: string },
): Stripe.Event {
  try {
    // Tolerance 0: the age is measured by the mesh's clock.
    return stripe.webhooks.constructEvent(body, signature, secret, 0);
  } catch (error) {
    throw new DomainError("denied", "WEBHOOK_SIGNATURE_INVALID", {}, { cause: error });
  }
}
