import type { Clock } from "../clock.ts";
import type { Database } from "../database.ts";
import { newId } from "../ids.ts";
import type { Ledger, LedgerOperation } from "../ledger.ts";
import type { Webhooks } from "../webhooks.ts";
import type { Form } from "./form.ts";
import { publicView, type PaymentIntent, type StripeObject } from "./objects.ts";
import type { ObjectStore } from "./store.ts";

/** The version whose shapes the sandbox makes; the SDK of the shop is pinned to it. */
export const apiVersion = "2026-10-28.endive";

/** What Stripe's operations act upon. */
export type StripeWorld = {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly webhooks: Pick<Webhooks, "enqueue">;
  /** Where a payer's browser finds the sandbox; undefined: where the shop does. */
  readonly publicUrl: string | undefined;
};

/** One request, or (without a key) something that Stripe did by itself. */
export type StripeCall = {
  readonly params: Readonly<Record<string, string>>;
  readonly form: Form;
  readonly requestId: string | null;
  readonly idempotencyKey: string | null;
  readonly path: string;
  /** The sandbox's address as the caller knows it, for links. */
  readonly origin: string;
};

/** What Stripe does by itself, or for a payer at the card issuer's page. */
export const ownCall: StripeCall = {
  params: {},
  form: new Map(),
  requestId: null,
  idempotencyKey: null,
  path: "",
  origin: "",
};

export type Outcome = {
  readonly status: number;
  readonly body: object;
  /** The work is done but the answer gets lost. */
  readonly silence?: "hang" | "reset";
};

export type Operation = (world: StripeWorld, call: StripeCall) => Outcome;

export function nowSeconds(world: StripeWorld): number {
  return Math.floor(world.clock.now() / 1000);
}

/** Records that something happened, and sends it to the shop's webhook. */
export function emit(world: StripeWorld, call: StripeCall, type: string, object: StripeObject): void {
  const event = {
    id: newId("evt"),
    object: "event",
    api_version: apiVersion,
    created: nowSeconds(world),
    data: { object: publicView(object) },
    livemode: false,
    pending_webhooks: 1,
    request: { id: call.requestId, idempotency_key: call.idempotencyKey },
    type,
  } as const;
  world.store.save(event);
  world.webhooks.enqueue({
    provider: "stripe",
    eventId: event.id,
    eventType: type,
    body: JSON.stringify(event),
  });
}

/** Writes a movement of the intent's money into the sandbox's ledger. */
export function book(
  world: StripeWorld,
  call: StripeCall,
  entry: {
    readonly operation: LedgerOperation;
    readonly intent: PaymentIntent;
    readonly amount: number;
    readonly chargeId: string | null;
    readonly refundId?: string;
    readonly metadata?: Readonly<Record<string, string>>;
  },
): void {
  world.ledger.append({
    provider: "stripe",
    operation: entry.operation,
    intentId: entry.intent.id,
    chargeId: entry.chargeId,
    refundId: entry.refundId ?? null,
    amount: entry.amount,
    currency: entry.intent.currency,
    metadata: { ...entry.intent.metadata, ...entry.metadata },
    idempotencyKey: call.idempotencyKey,
    requestId: call.requestId,
  });
}
