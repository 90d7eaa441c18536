import { type Book, capturable, surplus } from "../book.ts";
import { beginTake, giveBackAgainMs, giveBackSurplus, givingBackRestsUntilMs } from "../capture.ts";
import { isVoidWanted, providerShare } from "../payment.ts";
import type { Provider, RenewalOrder } from "../provider.ts";
import { beginRelease } from "../release.ts";
import { beginRenewal, endRenewal, isLapsing, isWearing, leaveUnrenewed } from "../renewal.ts";
import { findMethod } from "../store/methods.ts";
import { changeBook, type Desk, type Ground, patience } from "./change.ts";
import { askTransfers } from "./transfers.ts";

/**
 * The payment with a promise that wears out, or is about to lapse, promised anew; one that wears out stands where that cannot
 * be. Of one that is about to lapse, where that cannot be, its rest is taken before it lapses, and
 * captures to come are settled out of that.
 */
export async function keepPromise(desk: Desk, ground: Ground, book: Book): Promise<Book> {
  const nowMs = desk.clock();
  if (book.payment.authorization.renewing === 0 && !isToRenew(book, nowMs)) return book;
  const renewed = await renew(desk, ground, book);
  if (!isToTake(renewed, nowMs)) return renewed;
  const taking = await changeBook(desk, ground, book.payment.id, (present) => ({
    book: isToTake(present, nowMs) ? beginTake(present, { nowMs, newId: desk.newId }) : present,
  }));
  return askTransfers(desk, ground, taking);
}

function isToRenew(book: Book, nowMs: number): boolean {
  return !isBusy(book) && (isLapsing(book.payment, nowMs) || isWearing(book.payment, nowMs));
}

function isToTake(book: Book, nowMs: number): boolean {
  return !isBusy(book) && isLapsing(book.payment, nowMs);
}

/** Whether something else is being asked of a promise: taking the rest would give up what that is to move. */
function isBusy({ payment, transfers }: Book): boolean {
  return payment.authorization.renewing > 0 || transfers.some(({ state }) => state === "pending");
}

/**
 * The payment promised anew without its payer, where the provider can and nothing of it was taken; as it is where not. Gift
 * cards that an expired payment has let go are not held again.
 */
export async function renew(desk: Desk, ground: Ground, book: Book): Promise<Book> {
  const { payment } = book;
  const { renew: ask } = desk.providerOf(payment);
  const isLost = payment.state === "expired" && payment.gifts.length > 0;
  const isTaken = book.transfers.some(({ moves, state }) => moves > 0n && state !== "failed");
  const order = isLost || isTaken ? undefined : await renewalOrder(ground, book);
  if (ask === undefined || order === undefined) return endRenewing(desk, ground, book);
  const begun = await changeBook(desk, ground, payment.id, (present) => ({
    book: { ...present, payment: beginRenewal(present.payment) },
  }));
  return askRenewal(desk, ground, begun, { ask, order });
}

/** The payment with no renewal under way: should one have come about, it is given up when the provider tells of it. */
function endRenewing(desk: Desk, ground: Ground, book: Book): Promise<Book> | Book {
  if (leaveUnrenewed(book.payment) === book.payment) return book;
  return changeBook(desk, ground, book.payment.id, (present) => ({ book: unrenewed(present) }));
}

function unrenewed(book: Book): Book {
  const payment = leaveUnrenewed(book.payment);
  return payment === book.payment ? book : { ...book, payment };
}

/** How the promise is asked for; undefined where its means is kept no more. */
async function renewalOrder({ sql }: Ground, { payment }: Book): Promise<Omit<RenewalOrder, "attempt"> | undefined> {
  const { id: paymentId, orderGroupId, reference, authorization } = payment;
  const amount = { ...payment.amount, minorUnits: providerShare(payment) };
  const order = { ...authorization, paymentId, orderGroupId, reference, amount, isSaving: false, isOffSession: true };
  if (payment.provider === "paypal") return order;
  if (authorization.savedMethodId === "") return undefined;
  const method = await findMethod(sql, authorization.savedMethodId);
  return method?.state === "active"
    ? { ...order, paymentMethod: method.reference, customer: method.customer }
    : undefined;
}

async function askRenewal(
  desk: Desk,
  ground: Ground,
  book: Book,
  { ask, order }: { readonly ask: NonNullable<Provider["renew"]>; readonly order: Omit<RenewalOrder, "attempt"> },
): Promise<Book> {
  const { renewing } = book.payment.authorization;
  const timeoutMs = patience(desk, ground);
  if (timeoutMs === undefined) return book;
  const answer = await ask({ ...order, attempt: renewing }, timeoutMs);
  if (answer.kind === "unanswered") return book;
  const intent = answer.kind === "answered" ? answer.value : undefined;
  const ended = await changeBook(desk, ground, book.payment.id, (present) => ({
    book: { ...present, payment: endRenewal(present.payment, renewing, intent) },
  }));
  return giveUpReplaced(desk, ground, ended);
}

/** The payment with the promise given up that another has replaced. */
export async function giveUpReplaced(desk: Desk, ground: Ground, book: Book): Promise<Book> {
  const { id: paymentId, authorization } = book.payment;
  const { stray } = authorization;
  const timeoutMs = patience(desk, ground);
  if (stray === "" || timeoutMs === undefined) return book;
  const gone = await desk.providerOf(book.payment).cancel({ reference: stray, paymentId }, timeoutMs);
  if (gone.kind === "unanswered") return book;
  return changeBook(desk, ground, paymentId, (present) => {
    if (present.payment.authorization.stray !== stray) return { book: present };
    const without = { ...present.payment.authorization, stray: "" };
    return { book: { ...present, payment: { ...present.payment, authorization: without } } };
  });
}

/**
 * The payment with what was taken early of it going back where it is wanted no more, and with what no capture claims going back once
 * more a day after the provider refused that.
 */
export async function giveBackUnwanted(desk: Desk, ground: Ground, book: Book): Promise<Book> {
  const isWanted = isToGiveBack(book, desk.clock()) || isToGiveBackAgain(book, desk.clock());
  if (!isWanted) return book;
  const giving = await changeBook(desk, ground, book.payment.id, (present, nowMs) => {
    if (isToGiveBackAgain(present, nowMs)) return { book: giveBackSurplus(present, { nowMs, newId: desk.newId }) };
    if (!isToGiveBack(present, nowMs)) return { book: present };
    const amount = { ...present.payment.amount, minorUnits: capturable(present) };
    const reason = present.payment.voidReason ?? "";
    return { book: beginRelease(present, { id: desk.newId(), amount, reason }, nowMs) };
  });
  return askTransfers(desk, ground, giving);
}

function isToGiveBackAgain(book: Book, nowMs: number): boolean {
  return (giveBackAgainMs(book) ?? Number.POSITIVE_INFINITY) <= nowMs;
}

function isToGiveBack(book: Book, nowMs: number): boolean {
  const isResting = (givingBackRestsUntilMs(book) ?? 0) > nowMs;
  return !isResting && isVoidWanted(book.payment) && surplus(book) > 0n && capturable(book) > 0n;
}
