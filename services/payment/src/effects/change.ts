import { trace } from "@opentelemetry/api";
import type { Clock, Money } from "@shopmesh/kernel";
import type { Call, Tx } from "@shopmesh/mesh";
import type { Book } from "../book.ts";
import { giveBackAgainMs } from "../capture.ts";
import { movementsOf } from "../ledger.ts";
import { nextAsk, type Payment } from "../payment.ts";
import type { Provider, ProviderMethod } from "../provider.ts";
import { kept, newMethod } from "../saved-method.ts";
import { insertMethod } from "../store/methods.ts";
import { moveGifts } from "../store/gift-cards.ts";
import { type BookedMovements, insertMovements } from "../store/ledger.ts";
import { lockBook, updateBook, updateBookLast } from "../store/payments.ts";
import { isLeftOver } from "../transfer.ts";
import { emitChanges } from "./events.ts";

/** What moving money needs of the world. */
export type Desk = {
  /** Who promises for a payment. Throws PROVIDER_NOT_CONFIGURED. */
  readonly providerOf: (payment: Pick<Payment, "provider">) => Provider;
  readonly clock: Clock;
  /** Real epoch ms, as deadlines are. */
  readonly realTime: Clock;
  readonly newId: () => string;
  /** How long one question to the provider may take. */
  readonly timeoutMs: number;
};

/** Where a change is written, and until when. A call is one. */
export type Ground = Pick<Call, "sql" | "transaction" | "deadlineMs">;

/** A change of a book, with what else the provider told. */
export type Change = {
  readonly book: Book;
  /** Its fees for what moved, by the transfer's id. */
  readonly fees?: ReadonlyMap<string, Money>;
  /** The means that it keeps for the payer from now on. */
  readonly kept?: ProviderMethod | undefined;
};

/** Kept back of a call's time to write the answer down. */
const WRITE_RESERVE_MS = 1_000;
const LEAST_MS = 50;

/** How long a question may take that is asked now; undefined where too little is left to ask at all. */
export function patience({ timeoutMs, realTime }: Desk, { deadlineMs }: Ground): number | undefined {
  const leftMs = Math.min(timeoutMs, deadlineMs - realTime() - WRITE_RESERVE_MS);
  return leftMs < LEAST_MS ? undefined : Math.trunc(leftMs);
}

/** Locks a payment, changes it by a pure function, writes what changed, books what moved and says so; nothing where nothing did. */
export function changeBook(
  desk: Pick<Desk, "clock" | "newId">,
  { transaction }: Pick<Ground, "transaction">,
  paymentId: string,
  change: (book: Book, nowMs: number) => Change,
): Promise<Book> {
  return transaction(async (tx) =>
    write(desk, tx, { before: await lockBook(tx, paymentId), change, update: updateBook }),
  );
}

/** As changeBook for a payment as it was a moment ago: it is read again only where somebody else has changed it since. */
export function changeKnownBook(
  desk: Pick<Desk, "clock" | "newId">,
  { transaction }: Pick<Ground, "transaction">,
  known: Book,
  change: (book: Book, nowMs: number) => Change,
): Promise<Book> {
  let isFirst = true;
  return transaction(async (tx) => {
    if (!isFirst) return write(desk, tx, { before: await lockBook(tx, known.payment.id), change, update: updateBook });
    isFirst = false;
    return write(desk, tx, { before: known, change, update: updateBookLast });
  });
}

type Write = {
  readonly before: Book;
  readonly change: (book: Book, nowMs: number) => Change;
  readonly update: (tx: Tx, before: Book, after: Book) => Promise<void>;
};

async function write(desk: Pick<Desk, "clock" | "newId">, tx: Tx, { before, change, update }: Write): Promise<Book> {
  const nowMs = desk.clock();
  traceOrders(before.payment);
  const { book, fees = new Map(), kept: provided } = change(before, nowMs);
  const after = stamp(before, book, nowMs);
  if (after === before) return before;
  await update(tx, before, after);
  await moveGifts(tx, before, after, { nowMs, newId: desk.newId });
  await insertMovements(tx, moved(before, after, fees), { nowMs, newId: desk.newId });
  if (provided !== undefined) await keepMethod(tx, after.payment, provided);
  emitChanges(tx, before, after);
  return after;
}

/** Writes down the means that was saved with a payment. */
async function keepMethod(
  tx: Tx,
  { id, personId, provider, authorization, updateMs }: Payment,
  provided: ProviderMethod,
) {
  const { isSaving, savedMethodId, customer } = authorization;
  if (!isSaving || personId === undefined || provider === "") return;
  const method = newMethod({ id: savedMethodId, personId, requestId: id, provider, customer, createMs: updateMs });
  await insertMethod(tx, kept(method, provided));
}

/** What the transfers move that succeeded between two books. */
function moved(before: Book, after: Book, fees: ReadonlyMap<string, Money>): readonly BookedMovements[] {
  const { id: paymentId, orderGroupId } = after.payment;
  const known = new Set(before.transfers.filter(({ state }) => state === "succeeded").map(({ id }) => id));
  return after.transfers
    .filter(({ id, state }) => state === "succeeded" && !known.has(id))
    .map((transfer) => ({
      paymentId,
      orderGroupId,
      transferId: transfer.id,
      movements: movementsOf(transfer, fees.get(transfer.id)),
    }));
}

/** Marks the active span with the numbers by which people look for it. */
export function traceOrders({ authorization }: Pick<Payment, "authorization">): void {
  const { orderNumbers } = authorization;
  if (orderNumbers.length > 0) trace.getActiveSpan()?.setAttribute("order.number", orderNumbers.join(" "));
}

/** `changed` with a new version and the time of the next question; `before` itself where there is nothing to write. */
function stamp(before: Book, changed: Book, nowMs: number): Book {
  const isChanged = changed.payment !== before.payment || changed.transfers !== before.transfers;
  const isDue = (before.payment.askMs ?? Number.POSITIVE_INFINITY) <= nowMs;
  if (!isChanged && !isDue) return before;
  const hasWork = isLeftOver(changed) || changed.transfers.some(({ state }) => state === "pending");
  const askMs = earlier(nextAsk(changed.payment, hasWork, nowMs), giveBackAgainMs(changed));
  if (!isChanged) return { ...before, payment: { ...before.payment, askMs } };
  const version = before.payment.version + 1;
  return { ...changed, payment: { ...changed.payment, version, askMs, updateMs: nowMs } };
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
