import { DomainError } from "@shopmesh/kernel";
import { DisputeState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { PaymentDisputedSchema } from "@shopmesh/contracts/shop/payment/v1/payment_events_pb.ts";
import { applyDispute, type Dispute, disputeMovements } from "../dispute.ts";
import { disputed } from "../payment.ts";
import type { Evidence, ProviderDispute } from "../provider.ts";
import { findDispute, writeDispute } from "../store/disputes.ts";
import { insertMovements } from "../store/ledger.ts";
import { findBook, lockBook, updateBook } from "../store/payments.ts";
import { type Desk, type Ground, patience } from "./change.ts";

export const disputeStates = {
  open: DisputeState.OPEN,
  won: DisputeState.WON,
  lost: DisputeState.LOST,
} as const satisfies Record<Dispute["state"], DisputeState>;

/** Asks the provider how a dispute stands, and writes that down. Throws PROVIDER_UNAVAILABLE. */
export async function takeDispute(desk: Desk, ground: Ground, paymentId: string, reference: string): Promise<void> {
  const book = await findBook(ground.sql, paymentId);
  if (book === undefined || book.payment.provider === "") return;
  const desks = desk.providerOf(book.payment).disputes;
  if (desks === undefined) return;
  const told = await desks.find(reference, patience(desk, ground) ?? 0);
  if (told.kind === "unanswered") throw new DomainError("unavailable", "PROVIDER_UNAVAILABLE");
  if (told.kind === "answered" && told.value !== undefined) await recordDispute(desk, ground, paymentId, told.value);
}

/**
 * Hands evidence in, once: what was answered is not answered again. Throws DISPUTE_NOT_FOUND, DISPUTE_STATE (decided),
 * EVIDENCE_REFUSED, PROVIDER_UNAVAILABLE.
 */
export async function submitEvidence(desk: Desk, ground: Ground, id: string, evidence: Evidence): Promise<Dispute> {
  const dispute = await findDispute(ground.sql, { id });
  if (dispute === undefined) throw new DomainError("not-found", "DISPUTE_NOT_FOUND", { dispute_id: id });
  if (dispute.isAnswered) return dispute;
  if (dispute.state !== "open") {
    throw new DomainError("precondition", "DISPUTE_STATE", { dispute_id: id, state: dispute.state });
  }
  const desks = desk.providerOf(dispute).disputes;
  if (desks === undefined)
    throw new DomainError("precondition", "PROVIDER_NOT_CONFIGURED", { provider: dispute.provider });
  const order = { disputeId: id, reference: dispute.reference, evidence };
  const told = await desks.answer(order, patience(desk, ground) ?? 0);
  if (told.kind === "unanswered") throw new DomainError("unavailable", "PROVIDER_UNAVAILABLE");
  if (told.kind === "refused" || told.value === undefined)
    throw new DomainError("precondition", "EVIDENCE_REFUSED", { dispute_id: id });
  return (await recordDispute(desk, ground, dispute.paymentId, told.value)) ?? dispute;
}

/** Writes down how a dispute of a payment stands, as the provider told it, in one transaction with its movements, its payment's state and its event. */
export function recordDispute(
  desk: Desk,
  { transaction }: Ground,
  paymentId: string,
  told: ProviderDispute,
): Promise<Dispute | undefined> {
  return transaction(async (tx) => {
    const nowMs = desk.clock();
    const book = await lockBook(tx, paymentId);
    const before = await findDispute(tx, { reference: told.reference });
    const after = applyDispute(before, told, { payment: book.payment, id: desk.newId(), nowMs });
    if (after === undefined || after === before) return before;
    await writeDispute(tx, after);
    const { id: transferId, orderGroupId } = after;
    const movements = disputeMovements(before, after);
    await insertMovements(tx, [{ transferId, paymentId, orderGroupId, movements }], { nowMs, newId: desk.newId });
    const payment = { ...disputed(book.payment, after.state), version: book.payment.version + 1, updateMs: nowMs };
    await updateBook(tx, book, { ...book, payment });
    if (before?.state !== after.state) {
      const { amount, reason } = after;
      const fields = { paymentId, orderGroupId, disputeId: transferId, amount, reason };
      tx.emit(
        PaymentDisputedSchema,
        { ...fields, state: disputeStates[after.state] },
        { id: paymentId, version: payment.version },
      );
    }
    return after;
  });
}
