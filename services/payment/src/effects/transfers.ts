import { failpoint } from "@shopmesh/mesh";
import { captureMovements, type Movement, refundMovements } from "../ledger.ts";
import type { Payment } from "../payment.ts";
import type { ProviderAnswer, ProviderMovement } from "../provider.ts";
import { type Book, settle, type Transfer, transferIn } from "../transfer.ts";
import { changeBook, type Desk, type Ground, patience } from "./change.ts";

type Answered = { readonly transfer: Transfer; readonly answer: ProviderAnswer<ProviderMovement> };

/** The payment after the provider was asked for `transfers`, each under its own key; what stays unanswered stays pending. */
export async function askTransfers(
  desk: Desk,
  ground: Ground,
  book: Book,
  transfers: readonly Transfer[],
): Promise<Book> {
  const moving = transfers.filter(({ state, moves }) => state === "pending" && moves > 0n);
  if (moving.length === 0) return book;
  const answers = await Promise.all(
    moving.map(async (transfer) => ({
      transfer,
      answer: await askTransfer(desk, ground, book.payment, transfer),
    })),
  );
  return changeBook(desk, ground, book.payment.id, (present, nowMs) =>
    answers.reduce(
      ({ book: before, movements }, answered) => {
        const { book: after, moved } = record(before, answered, nowMs);
        return { book: after, movements: [...movements, ...moved] };
      },
      { book: present, movements: [] as Moved[] },
    ),
  );
}

type Moved = { readonly transferId: string; readonly movements: readonly Movement[] };

function record(book: Book, { transfer, answer }: Answered, nowMs: number): { book: Book; moved: Moved[] } {
  const isSettled = transferIn(book, transfer.id).state !== "pending";
  if (isSettled || answer.kind === "unanswered") return { book, moved: [] };
  if (answer.kind === "refused") {
    return {
      book: settle(book, transfer.id, { kind: "failed", reason: answer.reason }, nowMs),
      moved: [],
    };
  }
  const amount = { ...transfer.amount, minorUnits: transfer.moves };
  const movements = transfer.kind === "capture" ? captureMovements(amount, answer.value.fee) : refundMovements(amount);
  return {
    book: settle(book, transfer.id, { kind: "succeeded" }, nowMs),
    moved: [{ transferId: transfer.id, movements }],
  };
}

async function askTransfer(
  desk: Desk,
  ground: Ground,
  { id: paymentId, reference }: Payment,
  transfer: Transfer,
): Promise<ProviderAnswer<ProviderMovement>> {
  const timeoutMs = patience(desk, ground);
  if (timeoutMs === undefined) return { kind: "unanswered" };
  const amount = { ...transfer.amount, minorUnits: transfer.moves };
  const order = { reference, transferId: transfer.id, paymentId, amount };
  if (transfer.kind === "capture") {
    const captured = await desk.provider.capture({ ...order, isFinal: transfer.isFinal }, timeoutMs);
    failpoint("payment.after-capture");
    return captured;
  }
  const refunded = await desk.provider.refund(order, timeoutMs);
  failpoint("payment.after-refund");
  return refunded;
}
