import type { Database } from "./database.ts";

export type WebhookProvider = "stripe" | "paypal" | "fedex" | "ups" | "twilio" | "mail";

export type WebhookEvent = {
  readonly provider: WebhookProvider;
  readonly eventId: string;
  readonly eventType: string;
  readonly body: string;
  /** What the receiver gave to be recognised by; where it gave none, the endpoint's own. */
  readonly secret?: string | undefined;
};

export type DeliveryState = "pending" | "delivered" | "refused" | "withheld";

export type WebhookDelivery = WebhookEvent & {
  readonly id: number;
  readonly state: DeliveryState;
  readonly isForged: boolean;
  readonly attempts: number;
  /** Real milliseconds of the next attempt. */
  readonly dueMs: number;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
};

type DeliveryRow = {
  readonly id: number;
  readonly provider: WebhookProvider;
  readonly event_id: string;
  readonly event_type: string;
  readonly body: string;
  readonly secret: string | null;
  readonly is_forged: 0 | 1;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly due_ms: number;
  readonly last_status: number | null;
  readonly last_error: string | null;
};

export type NewDelivery = {
  readonly state: "pending" | "withheld";
  readonly delayMs?: number;
  /** Held back until a later event of the provider was delivered, or until the delay is over. */
  readonly isHeld?: boolean;
  readonly isForged?: boolean;
};

export function insertDelivery(database: Database, event: WebhookEvent, how: NewDelivery): void {
  database.run(
    `INSERT INTO webhook_deliveries (provider, event_id, event_type, body, secret, is_forged, state, due_ms, is_held)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    event.provider,
    event.eventId,
    event.eventType,
    event.body,
    event.secret ?? null,
    how.isForged ? 1 : 0,
    how.state,
    Date.now() + (how.delayMs ?? 0),
    how.isHeld ? 1 : 0,
  );
}

/** The deliveries that are to be attempted next, the soonest first. */
export function pendingDeliveries(database: Database, limit: number): readonly WebhookDelivery[] {
  const sql = "SELECT * FROM webhook_deliveries WHERE state = 'pending' ORDER BY due_ms, id LIMIT ?";
  return database.all<DeliveryRow>(sql, limit).map(toDelivery);
}

/** The latest deliveries, newest first. */
export function latestDeliveries(database: Database, limit: number): readonly WebhookDelivery[] {
  return database.all<DeliveryRow>("SELECT * FROM webhook_deliveries ORDER BY id DESC LIMIT ?", limit).map(toDelivery);
}

export type AttemptResult = { readonly status: number | null; readonly error: string | null };

/** Writes down how an attempt went, and when the next one is due. A delivered body is let go: events are kept elsewhere. */
export function recordAttempt(
  database: Database,
  delivery: WebhookDelivery,
  { state, result, waitMs }: { readonly state: DeliveryState; readonly result: AttemptResult; readonly waitMs: number },
): void {
  database.run(
    `UPDATE webhook_deliveries SET state = ?, attempts = attempts + 1, due_ms = ?, last_status = ?, last_error = ?,
       body = CASE WHEN ? = 'pending' THEN body ELSE '' END WHERE id = ?`,
    state,
    Date.now() + waitMs,
    result.status,
    result.error,
    state,
    delivery.id,
  );
}

/** Makes due what was held back until something later was delivered. */
export function releaseHeld(database: Database, delivered: WebhookDelivery): void {
  database.run(
    `UPDATE webhook_deliveries SET is_held = 0, due_ms = ?
     WHERE provider = ? AND is_held = 1 AND state = 'pending' AND id < ?`,
    Date.now(),
    delivered.provider,
    delivered.id,
  );
}

function toDelivery(row: DeliveryRow): WebhookDelivery {
  return {
    id: row.id,
    provider: row.provider,
    eventId: row.event_id,
    eventType: row.event_type,
    body: row.body,
    secret: row.secret ?? undefined,
    state: row.state,
    isForged: row.is_forged === 1,
    attempts: row.attempts,
    dueMs: row.due_ms,
    lastStatus: row.last_status,
    lastError: row.last_error,
  };
}
