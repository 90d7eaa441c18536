import { json, type Route, objectIn } from "../http.ts";
import { newId } from "../ids.ts";
import { recordBalance } from "./charges.ts";
import { flagOf, mergeMetadata } from "./fields.ts";
import { formOf, toPlain } from "./form.ts";
import { type Charge, type Dispute, publicView } from "./objects.ts";
import { invalidParameter, StripeRefusal } from "./refusal.ts";
import { emit, nowSeconds, type Operation, ownCall, type StripeCall, type StripeWorld } from "./world.ts";

/** How long the shop may answer. */
const evidenceSeconds = 9 * 24 * 3_600;
const disputeFee = 1_500;

/** The payer's bank takes a captured charge back: the money and a fee leave the shop's balance at once. */
export function openDispute(world: StripeWorld, call: StripeCall, charge: Charge, reason: string): Dispute {
  const id = newId("dp");
  const amount = charge.amount_captured - charge.amount_refunded;
  const taken = recordBalance(world, {
    type: "adjustment",
    source: id,
    amount: -amount,
    currency: charge.currency,
    fee: disputeFee,
  });
  const dispute = world.store.save<Dispute>({
    id,
    object: "dispute",
    amount,
    balance_transactions: [publicView(taken)],
    charge: charge.id,
    created: nowSeconds(world),
    currency: charge.currency,
    evidence: {},
    evidence_details: {
      due_by: nowSeconds(world) + evidenceSeconds,
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason,
    status: "needs_response",
  });
  world.store.save({ ...charge, disputed: true, _isBanks: true });
  emit(world, call, "charge.dispute.created", dispute);
  emit(world, call, "charge.dispute.funds_withdrawn", dispute);
  return dispute;
}

/** Takes evidence in. Once it is submitted the bank decides: `winning_evidence` wins, `losing_evidence` loses, as at Stripe. */
export const updateDispute: Operation = (world, call) => {
  const before = world.store.get("dispute", call.params["id"] ?? "");
  if (before.status !== "needs_response") {
    throw invalidParameter("evidence", "This dispute is no longer open for evidence.", "dispute_closed");
  }
  const evidence = { ...before.evidence, ...toPlain(formOf(call.form, "evidence") ?? new Map()) };
  const isSubmitted = flagOf(call.form, "submit") ?? true;
  const after = world.store.save<Dispute>({
    ...before,
    evidence,
    evidence_details: {
      ...before.evidence_details,
      has_evidence: true,
      submission_count: before.evidence_details.submission_count + (isSubmitted ? 1 : 0),
    },
    metadata: mergeMetadata(before.metadata, call.form),
    status: isSubmitted ? "under_review" : before.status,
  });
  emit(world, call, "charge.dispute.updated", after);
  const { uncategorized_text: text } = evidence;
  if (!isSubmitted || typeof text !== "string" || !/winning_evidence|losing_evidence/.test(text))
    return { status: 200, body: publicView(after) };
  return { status: 200, body: publicView(decide(world, call, after, text.includes("winning_evidence"))) };
};

/** The shop accepts that it has lost. */
export const closeDispute: Operation = (world, call) => {
  const dispute = world.store.get("dispute", call.params["id"] ?? "");
  return { status: 200, body: publicView(decide(world, call, dispute, false)) };
};

/** `POST /sandbox/disputes { "intent", "reason"? }` opens one; `POST /sandbox/disputes/:id { "won" }` has the bank decide. */
export function disputeRoutes(world: StripeWorld): readonly Route[] {
  return [
    {
      method: "POST",
      path: "/sandbox/disputes",
      answer: (request) =>
        answering(() => {
          const { intent = "", reason = "fraudulent" } = objectIn(request);
          const { latest_charge: id } = world.store.get("payment_intent", String(intent));
          const charge = world.store.get("charge", id ?? "");
          return openDispute(world, ownCall, charge, String(reason));
        }, world),
    },
    {
      method: "POST",
      path: "/sandbox/disputes/:id",
      answer: (request) =>
        answering(() => {
          const dispute = world.store.get("dispute", request.params["id"] ?? "");
          return decide(world, ownCall, dispute, objectIn(request)["won"] === true);
        }, world),
    },
  ];
}

function decide(world: StripeWorld, call: StripeCall, dispute: Dispute, hasWon: boolean): Dispute {
  if (dispute.status === "won" || dispute.status === "lost") return dispute;
  const returned = hasWon
    ? [
        publicView(
          recordBalance(world, {
            type: "adjustment",
            source: dispute.id,
            amount: dispute.amount,
            currency: dispute.currency,
          }),
        ),
      ]
    : [];
  const decided = world.store.save<Dispute>({
    ...dispute,
    balance_transactions: [...dispute.balance_transactions, ...returned],
    status: hasWon ? "won" : "lost",
  });
  if (hasWon) {
    world.store.save({ ...world.store.get("charge", dispute.charge), _isBanks: false });
    emit(world, call, "charge.dispute.funds_reinstated", decided);
  }
  emit(world, call, "charge.dispute.closed", decided);
  return decided;
}

function answering(work: () => Dispute, world: StripeWorld) {
  try {
    return json(200, publicView(world.database.transaction(work)));
  } catch (error) {
    if (error instanceof StripeRefusal) return json(error.status, { error: error.body });
    throw error;
  }
}

/** Whether a capture of this card is taken back by its holder's bank. */
export function isDisputedCard(token: string): boolean {
  return token === "pm_card_createDispute";
}
