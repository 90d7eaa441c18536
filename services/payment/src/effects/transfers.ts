import { isRefusal } from "@shopmesh/kernel";
import { failpoint } from "@shopmesh/mesh";
import { type Book, planGivingBack, type Transfer, transferIn } from "../book.ts";
import type { ProviderAnswer, ProviderMovement } from "../provider.ts";
import { isTaking, settle } from "../transfer.ts";
import { type Change, changeBook, type Desk, type Ground, patience } from "./change.ts";

type Answered = { readonly transfer: Transfer; readonly answer: ProviderAnswer<ProviderMovement> };

/**
 * The payment after the provider was asked for what is pending, each under its own key; what stays unanswered stays pending.
 * What is given back of a capture on its way waits for it.
 */
export async function askTransfers(desk: Desk, ground: Ground, book: Book): Promise<Book> {
  const taken = await askPending(desk, ground, book, ({ kind }) => kind === "capture" || kind === "take");
  if (isTaking(taken)) return askPending(desk, ground, taken, ({ kind }) => kind === "refund");
  return askPending(desk, ground, taken, ({ kind }) => kind === "refund" || kind === "release");
}

async function askPending(
  desk: Desk,
  ground: Ground,
  book: Book,
  isWanted: (transfer: Transfer) => boolean,
): Promise<Book> {
  const moving = book.transfers.filter(
    (transfer) => transfer.state === "pending" && transfer.moves > 0n && isWanted(transfer),
  );
  if (moving.length === 0) return book;
  const planned = await plan(desk, ground, book, moving);
  const answers = await Promise.all(
    moving.map(async ({ id }) => {
      const transfer = transferIn(planned, id);
      return { transfer, answer: await askTransfer(desk, ground, planned, transfer).catch(asRefusal) };
    }),
  );
  return changeBook(desk, ground, book.payment.id, (present, nowMs) =>
    answers.reduce<Change>((change, answered) => record(change, answered, nowMs), { book: present }),
  );
}

/** A sum that the provider's unit cannot tell is refused by it, and nothing else of the payment is; any other error stays one. */
function asRefusal(error: unknown): ProviderAnswer<never> {
  if (!isRefusal(error, "AMOUNT_NOT_CHARGEABLE")) throw error;
  return { kind: "refused", reason: "AMOUNT_NOT_CHARGEABLE", reference: "" };
}

/** The book with what is given back planned and written down, where the provider gives back out of single takings. */
function plan(desk: Desk, ground: Ground, book: Book, moving: readonly Transfer[]): Promise<Book> | Book {
  const isGiving = ({ kind, outOf }: Transfer) => outOf.length === 0 && (kind === "refund" || kind === "release");
  const unplanned = moving.filter(isGiving).map(({ id }) => id);
  if (unplanned.length === 0 || !desk.providerOf(book.payment).isRefundedByTaking) return book;
  return changeBook(desk, ground, book.payment.id, (present) => ({
    book: planGivingBack(
      present,
      unplanned.filter((id) => transferIn(present, id).state === "pending"),
    ),
  }));
}

function record({ book, fees = new Map() }: Change, { transfer, answer }: Answered, nowMs: number): Change {
  const present = transferIn(book, transfer.id);
  // An answer to an older question says nothing of the one that is under way.
  const isSettled = present.state !== "pending" || present.attempt !== transfer.attempt;
  if (isSettled || answer.kind === "unanswered") return { book, fees };
  if (answer.kind === "refused") {
    return { book: settle(book, transfer.id, { kind: "failed", reason: answer.reason }, nowMs), fees };
  }
  const { reference, fee } = answer.value;
  return {
    book: settle(book, transfer.id, { kind: "succeeded", reference }, nowMs),
    fees: fee === undefined ? fees : new Map([...fees, [transfer.id, fee]]),
  };
}

async function askTransfer(
  desk: Desk,
  ground: Ground,
  book: Book,
  transfer: Transfer,
): Promise<ProviderAnswer<ProviderMovement>> {
  const timeoutMs = patience(desk, ground);
  if (timeoutMs === undefined) return { kind: "unanswered" };
  const { id: paymentId, reference } = book.payment;
  const { id: transferId, attempt, isFinal } = transfer;
  const amount = { ...transfer.amount, minorUnits: transfer.moves };
  const { promise } = book.payment.authorization;
  const order = { reference, promise, transferId, attempt, paymentId, amount };
  const provider = desk.providerOf(book.payment);
  if (transfer.kind === "capture" || transfer.kind === "take") {
    const captured = await provider.capture({ ...order, isFinal }, timeoutMs);
    failpoint("payment.after-capture");
    return captured;
  }
  const outOf = transfer.outOf.map(({ takingId, minorUnits }) => ({
    reference: transferIn(book, takingId).reference,
    amount: { ...amount, minorUnits },
  }));
  const refunded = await provider.refund({ ...order, outOf }, timeoutMs);
  failpoint("payment.after-refund");
  return refunded;
}
