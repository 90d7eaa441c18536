import type { Capture, Order } from "./orders-store.ts";
import { textAt } from "./fields.ts";
import { notFound, refused } from "./refusal.ts";
import { moneyOf } from "./units.ts";
import { timeOf } from "./views.ts";
import { announce, newPayPalId, type PayPalCall, type PayPalWorld } from "./world.ts";

/** How long the shop may answer. */
const answerMs = 10 * 24 * 3_600_000;

/** A dispute as it is kept, which is as PayPal shows it. */
type Dispute = {
  readonly dispute_id: string;
  readonly status: "WAITING_FOR_SELLER_RESPONSE" | "UNDER_REVIEW" | "RESOLVED";
  readonly evidences: readonly object[];
  readonly dispute_outcome?: { readonly outcome_code: string };
} & Readonly<Record<string, unknown>>;

/** The payer wants a capture back: PayPal decides between them and the shop. */
export function openDispute(world: PayPalWorld, order: Order, capture: Capture): Dispute {
  const nowMs = world.clock.now();
  const dispute: Dispute = {
    dispute_id: `PP-D-${newPayPalId()}`,
    create_time: timeOf(nowMs),
    update_time: timeOf(nowMs),
    disputed_transactions: [
      { seller_transaction_id: capture.id, custom: order.customId, transaction_status: "COMPLETED" },
    ],
    reason: "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
    status: "WAITING_FOR_SELLER_RESPONSE",
    dispute_amount: moneyOf(order.currency, capture.amount),
    dispute_life_cycle_stage: "CHARGEBACK",
    seller_response_due_date: timeOf(nowMs + answerMs),
    evidences: [],
  };
  return keep(world, dispute, "CUSTOMER.DISPUTE.CREATED");
}

/** Opens a dispute over the latest capture of an order. */
export function disputeOrder(world: PayPalWorld, orderId: string): Dispute {
  const order = world.orders.get(orderId);
  const capture = order.captures.at(-1);
  if (capture === undefined) throw notFound();
  return openDispute(world, order, capture);
}

/** PayPal's list of disputes since a time, oldest first, of each no more than its name and state. */
export function listDisputes(world: PayPalWorld, { query }: PayPalCall): object {
  const size = Number(query.get("page_size") ?? 10);
  const skipped = Number(query.get("next_page_token") ?? 0);
  const rows = world.database.all<{ readonly body: string }>(
    `SELECT body FROM paypal_disputes WHERE json_extract(body, '$.create_time') >= ?
     ORDER BY json_extract(body, '$.create_time'), id LIMIT ? OFFSET ?`,
    timeOf(Date.parse(query.get("start_time") ?? "1970-01-01T00:00:00Z")),
    size + 1,
    skipped,
  );
  const disputes = rows.slice(0, size).map(({ body }): Dispute => JSON.parse(body));
  const items = disputes.map(({ dispute_id, create_time, update_time, reason, status, dispute_amount }) => ({
    dispute_id,
    create_time,
    update_time,
    reason,
    status,
    dispute_amount,
  }));
  const next = `${world.publicUrl}/v1/customer/disputes?next_page_token=${skipped + size}&page_size=${size}`;
  return { items, links: rows.length > size ? [{ rel: "next", method: "GET", href: next }] : [] };
}

export function findDispute(world: PayPalWorld, id: string): Dispute {
  const row = world.database.first<{ readonly body: string }>("SELECT body FROM paypal_disputes WHERE id = ?", id);
  if (row === undefined) throw notFound();
  return JSON.parse(row.body);
}

/** Takes evidence in: `winning_evidence` wins and `losing_evidence` loses, as at Stripe; any other waits for a decision. */
export function provideEvidence(world: PayPalWorld, { params, body }: PayPalCall): Dispute {
  const dispute = findDispute(world, params["id"] ?? "");
  if (dispute.status !== "WAITING_FOR_SELLER_RESPONSE") {
    throw refused("INVALID_DISPUTE_STATUS", "The dispute no longer waits for the seller.");
  }
  const evidence = { ...body, source: "SUBMITTED_BY_SELLER" };
  const after = keep(
    world,
    { ...dispute, status: "UNDER_REVIEW", evidences: [...dispute.evidences, evidence] },
    "CUSTOMER.DISPUTE.UPDATED",
  );
  const notes = textAt(body, "evidences", 0, "notes");
  if (!/winning_evidence|losing_evidence/.test(notes)) return after;
  return decideDispute(world, after.dispute_id, notes.includes("winning_evidence"));
}

/** PayPal decides. */
export function decideDispute(world: PayPalWorld, id: string, hasWon: boolean): Dispute {
  const dispute = findDispute(world, id);
  if (dispute.status === "RESOLVED") return dispute;
  const outcome = hasWon ? "RESOLVED_SELLER_FAVOUR" : "RESOLVED_BUYER_FAVOUR";
  return keep(
    world,
    { ...dispute, status: "RESOLVED", dispute_outcome: { outcome_code: outcome } },
    "CUSTOMER.DISPUTE.RESOLVED",
  );
}

function keep(world: PayPalWorld, dispute: Dispute, type: string): Dispute {
  world.database.run(
    "INSERT INTO paypal_disputes (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
    dispute.dispute_id,
    JSON.stringify(dispute),
  );
  announce(world, { type, resource: dispute, resourceType: "dispute" });
  return dispute;
}
