import { DomainError } from "@shopmesh/kernel";
import type { Book } from "../book.ts";
import { isOpen, isPromised } from "../payment.ts";
import type { ProviderMessage, ProviderName } from "../provider.ts";
import { keepEvent } from "../store/events.ts";
import { takeDispute } from "./disputes.ts";
import { findBook, findBookByReference, markDue } from "../store/payments.ts";
import { type Desk, type Ground, patience } from "./change.ts";
import { resolve } from "./resolve.ts";

/**
 * Takes a provider's message in: kept once by its id, and where it may tell something new the provider is asked, for messages
 * come in any order. What it does not answer now the schedule asks for. Throws PROVIDER_UNAVAILABLE where it must come again.
 */
export async function takeMessage(
  desk: Desk,
  ground: Ground,
  provider: ProviderName,
  message: ProviderMessage,
): Promise<void> {
  const found = message.tells === "other" ? undefined : await findTold(ground, provider, message);
  // Another provider's word on a payment counts for nothing.
  const book = found?.payment.provider === provider ? found : undefined;
  if (book !== undefined) await giveUpStray(desk, ground, book, message);
  // Before the message is kept: what cannot be asked about now must come again.
  if (book !== undefined && message.tells === "dispute") {
    await takeDispute(desk, ground, book.payment.id, message.disputeReference);
  }
  const nowMs = desk.clock();
  if (book === undefined || !isNews(book, message.tells)) {
    await keepEvent(ground.sql, message, nowMs);
    return;
  }
  const isFirst = await ground.transaction(async (tx) => {
    if (!(await keepEvent(tx, message, nowMs))) return false;
    await markDue(tx, book.payment.id, nowMs);
    return true;
  });
  if (!isFirst) return;
  await resolve(desk, ground, book, { reference: message.reference });
}

/** The payment that a message tells of, by our id or by the provider's name of it. */
function findTold({ sql }: Ground, provider: ProviderName, { paymentId, reference }: ProviderMessage) {
  if (paymentId !== "") return findBook(sql, paymentId);
  return reference === "" ? undefined : findBookByReference(sql, provider, reference);
}

/** Whether such a message may tell of a payment what is not known of it. */
function isNews({ payment, transfers }: Book, tells: ProviderMessage["tells"]): boolean {
  if (tells === "other" || tells === "dispute") return false;
  const hasPending = transfers.some(({ state }) => state === "pending");
  if (hasPending) return true;
  if (isOpen(payment)) return tells !== "movement";
  // A promise of which a part was taken succeeds once its rest has lapsed.
  return isPromised(payment) && (tells === "ended" || (tells === "outcome" && payment.state === "partially-captured"));
}

/** Gives up a promise that came after its payment had ended. */
async function giveUpStray(desk: Desk, ground: Ground, { payment }: Book, { tells, reference }: ProviderMessage) {
  const isEnded = ["failed", "expired", "voided"].includes(payment.state);
  const isReplaced = !isOpen(payment) && payment.reference !== "" && payment.reference !== reference;
  // One that is being asked for is nobody's stray yet.
  const isOver = (isEnded || isReplaced) && payment.authorization.renewing === 0;
  if (!isOver || tells !== "promised" || reference === "") return;
  const provider = desk.providerOf(payment);
  const timeoutMs = patience(desk, ground) ?? 0;
  const seen = await provider.find(reference, timeoutMs);
  if (seen.kind === "answered" && seen.value.status !== "authorized") return;
  const gone = seen.kind === "answered" ? await provider.cancel({ reference, paymentId: payment.id }, timeoutMs) : seen;
  if (gone.kind === "unanswered") throw new DomainError("unavailable", "PROVIDER_UNAVAILABLE");
}
