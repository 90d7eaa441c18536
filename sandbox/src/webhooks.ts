import type { Database } from "./database.ts";
import type { Fault, FaultKind, Faults } from "./faults.ts";
import { forgedHeaders, post } from "./webhook-post.ts";
import {
  insertDelivery,
  latestDeliveries,
  pendingDeliveries,
  recordAttempt,
  releaseHeld,
  type AttemptResult,
  type WebhookDelivery,
  type WebhookEvent,
  type WebhookProvider,
} from "./webhook-queue.ts";

/** Where a provider posts its events, and the header by which it signs them. */
export type WebhookEndpoint = {
  readonly url: string;
  readonly signature: (body: string, secret: string | undefined) => Readonly<Record<string, string>>;
};

export type WebhookEndpoints = Readonly<Record<WebhookProvider, WebhookEndpoint | undefined>>;

export type Webhooks = {
  /** Stores the event for delivery, in the caller's transaction, with the faults that are switched on for it. */
  readonly enqueue: (event: WebhookEvent) => void;
  /** The latest 200, newest first. */
  readonly list: () => readonly WebhookDelivery[];
  readonly stop: () => void;
};

const webhookKinds: readonly FaultKind[] = [
  "webhookDuplicate",
  "webhookLate",
  "webhookOutOfOrder",
  "webhookForged",
  "webhookMissing",
];
const defaultLateMs = 5000;
const longestHoldMs = 5000;
const firstRetryMs = 250;
const longestRetryMs = 5000;
const maxInFlight = 8;
const mostListed = 200;

/**
 * Posts stored events until they are answered with 2xx, with backoff, also those that an earlier process left.
 * Several may be on their way at once, so that, as in reality, no order is promised.
 */
export function startWebhooks(database: Database, faults: Faults, endpoints: WebhookEndpoints): Webhooks {
  const stopped = new AbortController();
  const inFlight = new Set<number>();
  let timer: NodeJS.Timeout | undefined;

  function pump(): void {
    clearTimeout(timer);
    if (stopped.signal.aborted) return;
    // Those in flight are among the pending: ask for enough to see beyond them.
    for (const delivery of pendingDeliveries(database, 2 * maxInFlight)) {
      if (inFlight.has(delivery.id)) continue;
      if (inFlight.size >= maxInFlight) return;
      if (delivery.dueMs > Date.now()) {
        timer = setTimeout(pump, delivery.dueMs - Date.now());
        return;
      }
      inFlight.add(delivery.id);
      void attempt(delivery);
    }
  }

  async function attempt(delivery: WebhookDelivery): Promise<void> {
    const endpoint = endpoints[delivery.provider];
    const signed = endpoint?.signature(delivery.body, delivery.secret) ?? {};
    const headers = delivery.isForged ? forgedHeaders(signed) : signed;
    const result = await post(endpoint?.url ?? "", { headers, body: delivery.body }, stopped.signal);
    if (stopped.signal.aborted) return;
    inFlight.delete(delivery.id);
    settle(database, delivery, result);
    pump();
  }

  pump();
  return {
    enqueue(event) {
      const fault = faults.take(event.provider, webhookKinds, event.eventType);
      store(database, event, endpoints[event.provider] === undefined ? "unwanted" : fault);
      // The event is stored in a transaction that is still open: look for it once that has ended.
      setImmediate(pump);
    },
    list: () => latestDeliveries(database, mostListed),
    stop() {
      stopped.abort();
      clearTimeout(timer);
    },
  };
}

/** Stores the deliveries that come of an event: usually one. */
function store(database: Database, event: WebhookEvent, fault: Fault | "unwanted" | undefined): void {
  const kind = fault === "unwanted" ? "webhookMissing" : fault?.kind;
  const delayMs = fault === "unwanted" ? undefined : fault?.delayMs;
  switch (kind) {
    case "webhookMissing":
      return insertDelivery(database, event, { state: "withheld" });
    case "webhookLate":
      return insertDelivery(database, event, {
        state: "pending",
        delayMs: delayMs ?? defaultLateMs,
      });
    case "webhookOutOfOrder":
      return insertDelivery(database, event, {
        state: "pending",
        delayMs: delayMs ?? longestHoldMs,
        isHeld: true,
      });
    case "webhookDuplicate":
      insertDelivery(database, event, { state: "pending" });
      return insertDelivery(database, event, { state: "pending" });
    case "webhookForged":
      insertDelivery(database, event, { state: "pending" });
      return insertDelivery(database, forgeryOf(event), { state: "pending", isForged: true });
    default:
      return insertDelivery(database, event, { state: "pending" });
  }
}

/** The same event under an id that its provider never gave, so that only the signature tells them apart. */
function forgeryOf(event: WebhookEvent): WebhookEvent {
  const eventId = `${event.eventId}_forged`;
  return { ...event, eventId, body: event.body.replace(event.eventId, eventId) };
}

function settle(database: Database, delivery: WebhookDelivery, result: AttemptResult): void {
  const isDelivered = result.status !== null && result.status >= 200 && result.status < 300;
  // A forger does not insist: its one attempt is expected to be refused.
  const state = isDelivered ? "delivered" : delivery.isForged ? "refused" : "pending";
  const waitMs = Math.min(firstRetryMs * 2 ** Math.min(delivery.attempts, 10), longestRetryMs);
  recordAttempt(database, delivery, { state, result, waitMs });
  if (isDelivered) releaseHeld(database, delivery);
}
