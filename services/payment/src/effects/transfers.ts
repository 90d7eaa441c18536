import { failpoint } from "@shopmesh/mesh";
import { type Book, takings, type Transfer, transferIn } from "../book.ts";
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
  const answers = await Promise.all(
    moving.map(async (transfer) => ({ transfer, answer: await askTransfer(desk, ground, book, transfer) })),
  );
  return changeBook(desk, ground, book.payment.id, (present, nowMs) =>
    answers.reduce<Change>((change, answered) => record(change, answered, nowMs), { book: present }),
  );
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
  const order = { reference, transferId, attempt, paymentId, amount };
  const provider = desk.providerOf(book.payment);
  if (transfer.kind === "capture" || transfer.kind === "take") {
    const captured = await provider.capture({ ...order, isFinal }, timeoutMs);
    failpoint("payment.after-capture");
    return captured;
  }
  const captures = takings(book)
    .filter(({ moves }) => moves > 0n)
    .map((capture) => ({ reference: capture.reference, amount: { ...amount, minorUnits: capture.moves } }));
  const refunded = await provider.refund({ ...order, captures }, timeoutMs);
  failpoint("payment.after-refund");
  return refunded;
}
