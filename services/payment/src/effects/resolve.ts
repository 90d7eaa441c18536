import { failpoint } from "@shopmesh/mesh";
import { applyIntent } from "../intent.ts";
import {
  ASK_AGAIN_MS,
  fail,
  GIVE_UP_MS,
  isOpen,
  isPromised,
  isVoidWanted,
  LAPSED,
  leaveUnknown,
  type Payment,
  providerShare,
  SEARCH_AFTER_MS,
} from "../payment.ts";
import { type Book, sumMoves, takings } from "../book.ts";
import type { ProviderAnswer, ProviderIntent } from "../provider.ts";
import { hasten } from "../store/payments.ts";
import { isLeftOver } from "../transfer.ts";
import { changeBook, changeKnownBook, type Desk, type Ground, patience } from "./change.ts";
import { giveBackUnwanted, giveUpReplaced, keepPromise } from "./keep.ts";
import { askTransfers } from "./transfers.ts";

/** What somebody else told of a payment: the provider's name of it, and that it is worth looking. */
export type Hint = { readonly reference: string };

/**
 * The payment after the provider was asked about everything that is not settled: an authorisation without an answer, an action,
 * captures and refunds, a lapse, a void. Each under the key it was first asked with. What stays unanswered stays as it was.
 */
export async function resolve(desk: Desk, ground: Ground, book: Book, hint?: Hint): Promise<Book> {
  const opened = await askOpen(desk, ground, book, hint);
  const moved = await askTransfers(desk, ground, opened);
  const looked = await askLapse(desk, ground, moved, hint !== undefined || isToldLapsed(opened, moved));
  const kept = await keepPromise(desk, ground, await giveUpReplaced(desk, ground, looked));
  return giveUpRest(desk, ground, await giveBackUnwanted(desk, ground, kept));
}

async function askOpen(desk: Desk, ground: Ground, book: Book, hint?: Hint): Promise<Book> {
  const { payment } = book;
  if (!isOpen(payment)) return book;
  const reference = payment.reference || hint?.reference || "";
  const answer =
    reference === ""
      ? await askUnnamed(desk, ground, payment)
      : await askNamed(desk, ground, { ...payment, reference });
  return changeKnownBook(desk, ground, book, ({ payment: present, transfers }, nowMs) => ({
    book: { payment: afterAnswer(present, answer, nowMs), transfers },
    kept: answer.kind === "answered" ? answer.value?.kept : undefined,
  }));
}

function afterAnswer(payment: Payment, answer: ProviderAnswer<ProviderIntent | undefined>, nowMs: number): Payment {
  if (answer.kind === "unanswered") return leaveUnknown(payment);
  if (answer.kind === "answered") {
    if (answer.value !== undefined) return applyIntent(payment, answer.value, nowMs);
    return fail(payment, "PROCESSING_ERROR");
  }
  if (!isOpen(payment)) return payment;
  return { ...fail(payment, answer.reason), reference: payment.reference || answer.reference };
}

/** Asks for the promise: once more with the same key, or, when that is long ago, by our id. Answers undefined once it is given up. */
async function askUnnamed(
  desk: Desk,
  ground: Ground,
  payment: Payment,
): Promise<ProviderAnswer<ProviderIntent | undefined>> {
  const ageMs = desk.clock() - payment.createMs;
  if (ageMs > SEARCH_AFTER_MS) {
    const searchMs = patience(desk, ground);
    if (searchMs === undefined) return { kind: "unanswered" };
    const found = await desk.providerOf(payment).search(payment.id, searchMs);
    if (found.kind !== "answered") return { kind: "unanswered" };
    if (found.value !== undefined || ageMs > GIVE_UP_MS) return found;
  }
  const timeoutMs = patience(desk, ground);
  if (timeoutMs === undefined) return { kind: "unanswered" };
  const { id, orderGroupId, authorization } = payment;
  const amount = { ...payment.amount, minorUnits: providerShare(payment) };
  const order = { ...authorization, paymentId: id, attempt: 1, orderGroupId, amount, isOffSession: false };
  failpoint("payment.before-charge");
  const answer = await desk.providerOf(payment).authorize(order, timeoutMs);
  failpoint("payment.after-charge");
  return answer;
}

/** Asks how a payment stands that the provider has named; one that nobody acted on in time is given up. */
async function askNamed(desk: Desk, ground: Ground, payment: Payment): Promise<ProviderAnswer<ProviderIntent>> {
  const timeoutMs = patience(desk, ground);
  if (timeoutMs === undefined) return { kind: "unanswered" };
  const provider = desk.providerOf(payment);
  const seen = settledOnly(await provider.find(payment.reference, timeoutMs));
  if (isApproved(payment, seen)) return confirm(desk, ground, payment);
  if (seen.kind !== "answered" || !isOverdue(payment, seen.value, desk.clock())) return seen;
  const cancelMs = patience(desk, ground);
  if (cancelMs === undefined) return { kind: "unanswered" };
  const { reference, id: paymentId } = payment;
  return settledOnly(await provider.cancel({ reference, paymentId }, cancelMs));
}

/** Whether the provider waits for our word, and it is still wanted. */
function isApproved(payment: Payment, seen: ProviderAnswer<ProviderIntent>): boolean {
  return seen.kind === "answered" && seen.value.status === "approved" && payment.voidReason === undefined;
}

async function confirm(desk: Desk, ground: Ground, payment: Payment): Promise<ProviderAnswer<ProviderIntent>> {
  const timeoutMs = patience(desk, ground);
  if (timeoutMs === undefined) return { kind: "unanswered" };
  const { reference, id: paymentId } = payment;
  const amount = { ...payment.amount, minorUnits: providerShare(payment) };
  // Should its answer get lost, or whoever asks: it is looked for soon.
  await hasten(ground.sql, paymentId, desk.clock() + ASK_AGAIN_MS);
  return desk.providerOf(payment).confirm({ reference, paymentId, amount }, timeoutMs);
}

function isOverdue(payment: Payment, intent: ProviderIntent, nowMs: number): boolean {
  if (intent.status === "requires-action") {
    return payment.actionExpireMs !== undefined && payment.actionExpireMs <= nowMs;
  }
  return intent.status === "processing" && nowMs - payment.createMs > GIVE_UP_MS;
}

/** Whether the provider has just refused to take something because the promise has lapsed. */
function isToldLapsed(before: Book, after: Book): boolean {
  const asked = new Set(before.transfers.filter(({ state }) => state === "pending").map(({ id }) => id));
  return after.transfers.some(({ id, failureReason }) => failureReason === LAPSED && asked.has(id));
}

/** Looks whether a promise has lapsed, once it is time or somebody says so. */
async function askLapse(desk: Desk, ground: Ground, book: Book, isTold: boolean): Promise<Book> {
  const { payment } = book;
  const isLate = (payment.authorizationExpireMs ?? Number.POSITIVE_INFINITY) <= desk.clock();
  const isPending = book.transfers.some(({ state }) => state === "pending");
  if (!isPromised(payment) || isPending || !(isLate || isTold)) return book;
  const timeoutMs = patience(desk, ground);
  if (timeoutMs === undefined) return book;
  const seen = settledOnly(await desk.providerOf(payment).find(payment.reference, timeoutMs));
  return apply(desk, ground, book, seen);
}

/** Gives up what is promised and wanted no more: all of it, or what no capture will take. */
async function giveUpRest(desk: Desk, ground: Ground, book: Book): Promise<Book> {
  const { payment } = book;
  // What was taken early goes back by itself: there is no promise to give up.
  const isUnwanted = (isVoidWanted(payment) && sumMoves(takings(book)) === 0n) || isLeftOver(book);
  if (!isUnwanted || payment.reference === "") return book;
  const timeoutMs = patience(desk, ground);
  if (timeoutMs === undefined) return book;
  const { reference, id: paymentId } = payment;
  const provider = desk.providerOf(payment);
  const cancelled = await provider.cancel({ reference, paymentId }, timeoutMs);
  failpoint("payment.after-void");
  if (cancelled.kind !== "refused") return apply(desk, ground, book, cancelled);
  // It is in a state that cannot be given up: which one?
  const findMs = patience(desk, ground);
  if (findMs === undefined) return book;
  return apply(desk, ground, book, settledOnly(await provider.find(reference, findMs)));
}

async function apply(desk: Desk, ground: Ground, book: Book, answer: ProviderAnswer<ProviderIntent>): Promise<Book> {
  return changeBook(desk, ground, book.payment.id, (present, nowMs) => ({
    book:
      answer.kind === "answered" ? { ...present, payment: applyIntent(present.payment, answer.value, nowMs) } : present,
  }));
}

/** A refusal to look or to give up is no refusal of the payment. */
function settledOnly<T>(answer: ProviderAnswer<T>): ProviderAnswer<T> {
  return answer.kind === "refused" ? { kind: "unanswered" } : answer;
}
