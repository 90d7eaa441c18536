import type Stripe from "stripe";
import type { DisputeDesk, ListedDispute, ProviderDispute } from "../../provider.ts";
import { pageOf } from "./books.ts";
import type { Ask } from "./client.ts";
import { fromStripeAmount } from "./units.ts";

/** Disputes at Stripe. An inquiry, for which nothing is taken yet, is none. */
export function createStripeDisputes({ disputes }: Stripe, ask: Ask): DisputeDesk {
  return {
    list: (query, timeout) =>
      ask("listDisputes", async () => {
        const { data, has_more: hasMore } = await disputes.list(pageOf(query), { timeout });
        return {
          disputes: data.flatMap(listedDispute),
          cursor: hasMore ? (data.at(-1)?.id ?? "") : "",
        };
      }),
    find: (reference, timeout) =>
      ask("findDispute", async () => readDispute(await disputes.retrieve(reference, {}, { timeout }))),
    answer: ({ disputeId, reference, evidence }, timeout) =>
      ask("answerDispute", async () => {
        const params = {
          evidence: {
            uncategorized_text: evidence.explanation,
            shipping_carrier: evidence.carrier,
            shipping_tracking_number: evidence.trackingNumber,
          },
          submit: true,
        };
        const options = { idempotencyKey: `${disputeId}/evidence`, timeout };
        return readDispute(await disputes.update(reference, params, options));
      }),
  };
}

function listedDispute(dispute: Stripe.Dispute): readonly ListedDispute[] {
  const read = readDispute(dispute);
  const { payment_intent: intent } = dispute;
  const reference = typeof intent === "string" ? intent : (intent?.id ?? "");
  return read === undefined ? [] : [{ ...read, payment: { reference, id: "" } }];
}

const states: Readonly<Record<string, "won" | "lost">> = { won: "won", lost: "lost" };

function readDispute(dispute: Stripe.Dispute): ProviderDispute | undefined {
  if (dispute.status.startsWith("warning_")) return undefined;
  const [first] = dispute.balance_transactions;
  const { due_by: dueBy, submission_count: submissions } = dispute.evidence_details;
  return {
    reference: dispute.id,
    state: states[dispute.status] ?? "open",
    amount: fromStripeAmount(dispute.amount, dispute.currency),
    fee: fromStripeAmount(first?.fee ?? 0, first?.currency ?? dispute.currency),
    reason: dispute.reason,
    evidenceDueMs: dueBy === null ? undefined : dueBy * 1000,
    isAnswered: submissions > 0,
  };
}
