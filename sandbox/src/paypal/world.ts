import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Database } from "../database.ts";
import type { Ledger, LedgerOperation } from "../ledger.ts";
import type { Webhooks } from "../webhooks.ts";
import type { Order, OrderStore } from "./orders-store.ts";
import { resourceView } from "./views.ts";

/** What PayPal works with. */
export type PayPalWorld = {
  readonly database: Database;
  readonly orders: OrderStore;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly webhooks: Pick<Webhooks, "enqueue">;
  /** Where a payer's browser finds the sandbox, when that is not where the shop finds it. */
  readonly publicUrl: string | undefined;
};

export type PayPalCall = {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed body; an empty object where there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
  readonly origin: string;
};

/** What PayPal does of its own accord. */
export const ownCall: PayPalCall = { params: {}, query: new URLSearchParams(), body: {}, requestId: null, origin: "" };

const alphabet = "ABCDEFGHJKLMNPRSTUVWXY0123456789";

/** A fresh id as PayPal makes them: 17 capitals and digits. */
export function newPayPalId(): string {
  return Array.from(randomBytes(17), (byte) => alphabet[byte % alphabet.length]).join("");
}

/** Writes a movement of the order's money into the sandbox's ledger, and into PayPal's own list of transactions. */
export function book(
  world: PayPalWorld,
  call: PayPalCall,
  entry: {
    readonly operation: LedgerOperation;
    readonly order: Order;
    readonly amount: number;
    readonly captureId?: string;
    readonly refundId?: string;
  },
): void {
  const { operation, order, amount, captureId = null, refundId = null } = entry;
  world.ledger.append({
    provider: "paypal",
    operation,
    intentId: order.id,
    chargeId: captureId,
    refundId,
    amount,
    currency: order.currency.toLowerCase(),
    metadata: { payment_id: order.customId },
    idempotencyKey: call.requestId,
    requestId: null,
  });
}

/** PayPal's codes of what is in its list of transactions. */
export type TransactionCode = "T1300" | "T0006" | "T1107";

export function listTransaction(
  world: PayPalWorld,
  {
    id,
    code,
    order,
    amount,
  }: { readonly id: string; readonly code: TransactionCode; readonly order: Order; readonly amount: number },
): void {
  world.database.run(
    "INSERT INTO paypal_transactions (id, code, custom_id, currency, amount, at_ms) VALUES (?, ?, ?, ?, ?, ?)",
    id,
    code,
    order.customId,
    order.currency,
    amount,
    world.clock.now(),
  );
}

/** Tells the shop of an event; in the transaction of what happened. */
export function tell(world: PayPalWorld, type: string, order: Order, partId = order.id): void {
  const { resource, resourceType } = resourceView(order, partId);
  announce(world, { type, resource, resourceType });
}

export function announce(
  world: PayPalWorld,
  { type, resource, resourceType }: { readonly type: string; readonly resource: object; readonly resourceType: string },
): void {
  const eventId = `WH-${newPayPalId()}-${newPayPalId()}`;
  const body = JSON.stringify({
    id: eventId,
    event_version: "1.0",
    create_time: new Date(world.clock.now()).toISOString(),
    resource_type: resourceType,
    resource_version: "2.0",
    event_type: type,
    summary: type,
    resource,
  });
  world.webhooks.enqueue({ provider: "paypal", eventId, eventType: type, body });
}
