import type { Database } from "../database.ts";
import { notFound } from "./refusal.ts";

export type Authorization = {
  readonly id: string;
  /** The authorisation that it renews; null for the first. */
  readonly parentId: string | null;
  readonly status: "CREATED" | "CAPTURED" | "DENIED" | "PARTIALLY_CAPTURED" | "VOIDED" | "PENDING";
  readonly amount: number;
  readonly createMs: number;
  /** Until when the money is sure to be there. */
  readonly honorMs: number;
};

export type Capture = {
  readonly id: string;
  readonly authorizationId: string;
  readonly status: "COMPLETED" | "DECLINED" | "PARTIALLY_REFUNDED" | "PENDING" | "REFUNDED";
  readonly amount: number;
  readonly isFinal: boolean;
  readonly createMs: number;
};

export type Refund = {
  readonly id: string;
  readonly captureId: string;
  readonly amount: number;
  readonly customId: string;
  readonly createMs: number;
};

/** An order with all that was promised, taken and given back for it. Amounts are in ISO's minor unit. */
export type Order = {
  readonly id: string;
  readonly status: "PAYER_ACTION_REQUIRED" | "APPROVED" | "COMPLETED";
  readonly customId: string;
  readonly description: string;
  readonly currency: string;
  readonly amount: number;
  readonly returnUrl: string;
  readonly cancelUrl: string;
  /** The payer's e-mail address; null until they have approved. */
  readonly payer: string | null;
  readonly createMs: number;
  readonly updateMs: number;
  readonly authorizations: readonly Authorization[];
  readonly captures: readonly Capture[];
  readonly refunds: readonly Refund[];
};

export type OrderStore = {
  /** Throws RESOURCE_NOT_FOUND. */
  readonly get: (id: string) => Order;
  /** The order that an authorisation, capture or refund belongs to. Throws RESOURCE_NOT_FOUND. */
  readonly having: (partId: string) => Order;
  /** Keeps an order; `dueMs`: when time will change it. */
  readonly save: (order: Order, dueMs: number | null) => Order;
  readonly due: (nowMs: number) => readonly Order[];
  readonly nextDueMs: () => number | undefined;
};

type Row = { readonly body: string };

export function createOrderStore(database: Database): OrderStore {
  const orderOf = (row: Row | undefined): Order => {
    if (row === undefined) throw notFound();
    return JSON.parse(row.body);
  };
  return {
    get: (id) => orderOf(database.first<Row>("SELECT body FROM paypal_orders WHERE id = ?", id)),
    having: (partId) =>
      orderOf(
        database.first<Row>(
          "SELECT body FROM paypal_orders WHERE id = (SELECT order_id FROM paypal_parts WHERE id = ?)",
          partId,
        ),
      ),
    save(order, dueMs) {
      database.run(
        `INSERT INTO paypal_orders (id, due_ms, body) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET due_ms = excluded.due_ms, body = excluded.body`,
        order.id,
        dueMs,
        JSON.stringify(order),
      );
      for (const { id } of [...order.authorizations, ...order.captures, ...order.refunds]) {
        database.run("INSERT OR IGNORE INTO paypal_parts (id, order_id) VALUES (?, ?)", id, order.id);
      }
      return order;
    },
    due: (nowMs) =>
      database
        .all<Row>("SELECT body FROM paypal_orders WHERE due_ms <= ? ORDER BY due_ms", nowMs)
        .map((row) => orderOf(row)),
    nextDueMs: () =>
      database.first<{ readonly due: number | null }>("SELECT MIN(due_ms) AS due FROM paypal_orders")?.due ?? undefined,
  };
}
