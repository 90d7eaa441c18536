import type { Log } from "@shopmesh/mesh";
import type { Book } from "../book.ts";
import type { DisputeDesk, ProviderName } from "../provider.ts";
import type { Difference } from "../reconcile.ts";
import { markDue } from "../store/payments.ts";
import { noteDifference } from "../store/reconciliation.ts";
import type { Desk, Ground } from "./change.ts";

/** A comparison of our books with one provider's, under way. */
export type Run = {
  readonly desk: Desk;
  readonly ground: Ground;
  readonly log: Log;
  readonly provider: ProviderName;
  readonly disputes: DisputeDesk | undefined;
  /** The provider's names of what has been compared. */
  readonly seen: Set<string>;
  readonly sums: { checked: number; found: number; resolved: number };
};

/** A time in which what happened is compared. */
export type Window = { readonly fromMs: number; readonly toMs: number };

/**
 * Writes a difference down, tells of one that is news, and has the provider asked about the payment: what it can settle by itself
 * it settles so.
 */
export async function noteDown(
  { desk, ground, log, provider, sums }: Run,
  found: Difference & { readonly reference: string; readonly paymentId: string },
  book: Book | undefined,
): Promise<void> {
  const isNews = await ground.transaction(async (tx) => {
    const nowMs = desk.clock();
    const noted = await noteDifference(tx, { id: desk.newId(), provider, ...found }, nowMs);
    if (book !== undefined) await markDue(tx, book.payment.id, nowMs);
    return noted;
  });
  if (!isNews) return;
  sums.found += 1;
  log.warn("our books differ from the provider's", { provider, kind: found.kind, payment_id: found.paymentId });
}
