import { createHmac } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Database } from "./database.ts";
import type { FaultKind, Faults } from "./faults.ts";

export type WebhookProvider = "stripe" | "fedex";

/** Where a provider posts its events, and the header by which it signs them. */
export type WebhookEndpoint = {
  readonly url: string;
  readonly signature: (body: string) => Readonly<Record<string, string>>;
};

export type WebhookEvent = {
  readonly provider: WebhookProvider;
  readonly eventId: string;
  readonly eventType: string;
  readonly body: string;
};

export type WebhookDelivery = {
  readonly id: number;
  readonly provider: WebhookProvider;
  readonly eventId: string;
  readonly eventType: string;
  readonly state: "pending" | "delivered" | "refused" | "withheld";
  readonly isForged: boolean;
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
};

export type Webhooks = {
  /** Stores the event for delivery, in the caller's transaction, with the faults that are switched on for it. */
  readonly enqueue: (event: WebhookEvent) => void;
  readonly list: () => readonly WebhookDelivery[];
  readonly stop: () => void;
};

type DeliveryRow = {
  readonly id: number;
  readonly provider: WebhookProvider;
  readonly event_id: string;
  readonly event_type: string;
  readonly body: string;
  readonly is_forged: 0 | 1;
  readonly state: WebhookDelivery["state"];
  readonly attempts: number;
  readonly last_status: number | null;
  readonly last_error: string | null;
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
const longestRetryMs = 30_000;
const attemptTimeoutMs = 10_000;
const maxInFlight = 8;

/** `Stripe-Signature` as Stripe makes it: HMAC-SHA256 over `<seconds>.<body>`. */
export function stripeSignature(secret: string, body: string, atSeconds: number): Readonly<Record<string, string>> {
  const digest = createHmac("sha256", secret).update(`${atSeconds}.${body}`).digest("hex");
  return { "stripe-signature": `t=${atSeconds},v1=${digest}` };
}

/** `fdx-signature` as FedEx makes it: HMAC-SHA256 over the raw body, in hexadecimal. */
export function fedexSignature(secret: string, body: string): Readonly<Record<string, string>> {
  return { "fdx-signature": createHmac("sha256", secret).update(body).digest("hex") };
}

/**
 * Posts stored events until they are answered with 2xx, with backoff, also those that an earlier process left.
 * Several may be on their way at once, so that, as in reality, no order is promised.
 */
export function startWebhooks(
  database: Database,
  faults: Faults,
  endpoints: Readonly<Record<WebhookProvider, WebhookEndpoint | undefined>>,
): Webhooks {
  const stopped = new AbortController();
  const inFlight = new Set<number>();
  let timer: NodeJS.Timeout | undefined;

  function enqueue(event: WebhookEvent): void {
    const fault = faults.take(event.provider, webhookKinds, event.eventType);
    const isWithheld = endpoints[event.provider] === undefined || fault?.kind === "webhookMissing";
    const isHeld = fault?.kind === "webhookOutOfOrder";
    const delayMs = fault?.kind === "webhookLate" ? (fault.delayMs ?? defaultLateMs) : isHeld ? longestHoldMs : 0;
    insert(event, { state: isWithheld ? "withheld" : "pending", delayMs, isHeld });
    if (fault?.kind === "webhookDuplicate" && !isWithheld) insert(event, { state: "pending" });
    if (fault?.kind === "webhookForged" && !isWithheld) {
      insert({ ...event, eventId: `${event.eventId}_forged` }, { state: "pending", isForged: true });
    }
    // The event is stored in a transaction that is still open: look for it once that has ended.
    setImmediate(pump);
  }

  function insert(
    event: WebhookEvent,
    how: { readonly state: WebhookDelivery["state"]; delayMs?: number; isHeld?: boolean; isForged?: boolean },
  ): void {
    const body = how.isForged ? event.body.replace(event.eventId.replace(/_forged$/, ""), event.eventId) : event.body;
    database.run(
      `INSERT INTO webhook_deliveries (provider, event_id, event_type, body, is_forged, state, due_ms, is_held)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      event.provider,
      event.eventId,
      event.eventType,
      body,
      how.isForged ? 1 : 0,
      how.state,
      Date.now() + (how.delayMs ?? 0),
      how.isHeld ? 1 : 0,
    );
  }

  function pump(): void {
    clearTimeout(timer);
    if (stopped.signal.aborted) return;
    const pending = database.all<DeliveryRow & { readonly due_ms: number }>(
      "SELECT * FROM webhook_deliveries WHERE state = 'pending' ORDER BY due_ms, id LIMIT 50",
    );
    for (const delivery of pending) {
      if (inFlight.size >= maxInFlight) return;
      if (inFlight.has(delivery.id)) continue;
      if (delivery.due_ms > Date.now()) {
        timer = setTimeout(pump, delivery.due_ms - Date.now());
        return;
      }
      inFlight.add(delivery.id);
      void attempt(delivery);
    }
  }

  async function attempt(delivery: DeliveryRow): Promise<void> {
    const endpoint = endpoints[delivery.provider];
    const signed = endpoint?.signature(delivery.body) ?? {};
    const headers = delivery.is_forged ? spoil(signed) : signed;
    const result = await post(endpoint?.url ?? "", headers, delivery.body, stopped.signal);
    if (stopped.signal.aborted) return;
    inFlight.delete(delivery.id);
    record(delivery, result);
    pump();
  }

  function record(delivery: DeliveryRow, { status, error }: PostResult): void {
    const isDelivered = status !== null && status >= 200 && status < 300;
    // A forger does not insist: its one attempt is expected to be refused.
    const state = isDelivered ? "delivered" : delivery.is_forged ? "refused" : "pending";
    const waitMs = Math.min(firstRetryMs * 2 ** Math.min(delivery.attempts, 10), longestRetryMs);
    database.run(
      "UPDATE webhook_deliveries SET state = ?, attempts = attempts + 1, due_ms = ?, last_status = ?, last_error = ? WHERE id = ?",
      state,
      Date.now() + waitMs,
      status,
      error,
      delivery.id,
    );
    if (!isDelivered) return;
    database.run(
      "UPDATE webhook_deliveries SET is_held = 0, due_ms = ? WHERE provider = ? AND is_held = 1 AND state = 'pending' AND id < ?",
      Date.now(),
      delivery.provider,
      delivery.id,
    );
  }

  pump();
  return {
    enqueue,
    list: () => database.all<DeliveryRow>("SELECT * FROM webhook_deliveries ORDER BY id").map(toDelivery),
    stop() {
      stopped.abort();
      clearTimeout(timer);
    },
  };
}

function toDelivery(row: DeliveryRow): WebhookDelivery {
  return {
    id: row.id,
    provider: row.provider,
    eventId: row.event_id,
    eventType: row.event_type,
    state: row.state,
    isForged: row.is_forged === 1,
    attempts: row.attempts,
    lastStatus: row.last_status,
    lastError: row.last_error,
  };
}

/** The headers with a signature that no secret made. */
function spoil(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace(/[0-9a-f]{64}/, "0".repeat(64))]),
  );
}

type PostResult = { readonly status: number | null; readonly error: string | null };

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  stopped: AbortSignal,
): Promise<PostResult> {
  return await new Promise<PostResult>((resolve) => {
    const open = url.startsWith("https:") ? httpsRequest : httpRequest;
    const outgoing = open(url, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body), ...headers },
      signal: AbortSignal.any([stopped, AbortSignal.timeout(attemptTimeoutMs)]),
    });
    outgoing.on("response", (response) => {
      response.on("error", (error) => resolve({ status: null, error: error.message }));
      response.on("end", () => resolve({ status: response.statusCode ?? null, error: null }));
      response.resume();
    });
    outgoing.on("error", (error) => resolve({ status: null, error: error.message }));
    outgoing.end(body);
  });
}
