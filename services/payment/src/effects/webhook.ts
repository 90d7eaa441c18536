import { DomainError } from "@shopmesh/kernel";
import type Stripe from "stripe";
import { isOpen, isPromised } from "../payment.ts";
import { keepEvent, type ProviderEvent } from "../store/events.ts";
import { findBook, markDue } from "../store/payments.ts";
import type { Book } from "../transfer.ts";
import { type Desk, type Ground, patience } from "./change.ts";
import { resolve } from "./resolve.ts";

/** A message of Stripe's, verified. */
export type StripeEvent = ProviderEvent & { readonly paymentId: string };

/** Stripe's own limit for the age of a signature. */
const MAX_AGE_MS = 5 * 60_000;

/**
 * Reads a message. Throws WEBHOOK_SIGNATURE_INVALID, WEBHOOK_TOO_OLD (by the mesh's clock, backwards and forwards),
 * WEBHOOK_MALFORMED (no event of Stripe's, though it is signed).
 */
export function readStripeEvent(
  stripe: Stripe,
  secret: string,
  message: { readonly body: Uint8Array; readonly signature: string; readonly nowMs: number },
): StripeEvent {
  const { body, signature, nowMs } = message;
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
    reference: typeof reference === "string" ? reference : "",
    paymentId: metadata["payment_id"] ?? "",
    happenMs: event.created * 1000,
  };
}

/**
 * Takes a message in: kept once by its id, and where it may tell something new the provider is asked, for messages come in any
 * order. What it does not answer now the schedule asks for. Throws PROVIDER_UNAVAILABLE where the message must come again.
 */
export async function takeStripeEvent(desk: Desk, ground: Ground, event: StripeEvent): Promise<void> {
  const book = event.paymentId === "" ? undefined : await findBook(ground.sql, event.paymentId);
  if (book !== undefined) await giveUpStray(desk, ground, book, event);
  const isNew = book !== undefined && isNews(book, event.type);
  const isFirst = await ground.transaction(async (tx) => {
    const nowMs = desk.clock();
    if (!(await keepEvent(tx, event, nowMs))) return false;
    if (isNew) await markDue(tx, book.payment.id, nowMs);
    return true;
  });
  if (!isFirst || !isNew) return;
  await resolve(desk, ground, book, { reference: event.reference });
}

const outcomes: ReadonlySet<string> = new Set([
  "payment_intent.amount_capturable_updated",
  "payment_intent.payment_failed",
  "payment_intent.canceled",
  "payment_intent.succeeded",
]);

/** Whether an event of this type may tell of a payment what is not known of it. */
function isNews({ payment, transfers }: Book, type: string): boolean {
  const hasPending = transfers.some(({ state }) => state === "pending");
  if (hasPending) return outcomes.has(type) || /^(?:charge|refund)[.]/.test(type);
  if (isOpen(payment)) return outcomes.has(type);
  return isPromised(payment) && type === "payment_intent.canceled";
}

/** Gives up a promise that came after its payment had ended. */
async function giveUpStray(desk: Desk, ground: Ground, { payment }: Book, event: StripeEvent) {
  const isOver = ["failed", "expired", "voided"].includes(payment.state);
  const isPromise = event.type === "payment_intent.amount_capturable_updated";
  if (!isOver || !isPromise || event.reference === "") return;
  const timeoutMs = patience(desk, ground) ?? 0;
  const seen = await desk.provider.find(event.reference, timeoutMs);
  if (seen.kind === "answered" && seen.value.status !== "authorized") return;
  const { reference } = event;
  const gone =
    seen.kind === "answered" ? await desk.provider.cancel({ reference, paymentId: payment.id }, timeoutMs) : seen;
  if (gone.kind === "unanswered") throw new DomainError("unavailable", "PROVIDER_UNAVAILABLE");
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
