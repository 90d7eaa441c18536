import type { Log } from "@shopmesh/mesh";
import type { Book } from "../book.ts";
import type { Provider, ProviderBooks, ProviderName, ProviderRecord } from "../provider.ts";
import { compare, type Difference, SETTLE_MS } from "../reconcile.ts";
import { findBooks, markDue } from "../store/payments.ts";
import {
  findChanged,
  firstPayment,
  keepReconciled,
  listDiscrepancies,
  noteDifference,
  reconciledUntil,
  resolveDifferences,
} from "../store/reconciliation.ts";
import { type Desk, type Ground, patience } from "./change.ts";

export type Reconciliation = { readonly checked: number; readonly found: number; readonly resolved: number };

/** What the last run may have come too early for is looked at again. */
const OVERLAP_MS = 10 * 60_000;
const PAGE = 100;
/** Of what changed here and was not in the provider's lists; the rest is looked at by the next run. */
const MOST_LOOKED_UP = 200;

/** Compares our books with those of each of `providers` that shows them. */
export async function reconcileAll(
  desk: Desk,
  ground: Ground,
  log: Log,
  providers: readonly Provider[],
): Promise<Reconciliation> {
  const sums = { checked: 0, found: 0, resolved: 0 };
  for (const { name: provider, books } of providers) {
    if (books === undefined) continue;
    const { checked, found, resolved } = await reconcile(desk, ground, log, { provider, books });
    sums.checked += checked;
    sums.found += found;
    sums.resolved += resolved;
  }
  return sums;
}

/**
 * Compares our books with a provider's, both ways, since the last run: its promises, captures and refunds with our payments, and
 * our payments with its records; then looks at every difference that is still open. What is undecided here is asked about first.
 * A run that the provider does not answer to the end is begun again by the next.
 */
async function reconcile(
  desk: Desk,
  ground: Ground,
  log: Log,
  source: { readonly provider: ProviderName; readonly books: ProviderBooks },
): Promise<Reconciliation> {
  const { provider, books } = source;
  const toMs = desk.clock() - SETTLE_MS;
  const until = (await reconciledUntil(ground.sql, provider)) ?? (await firstPayment(ground.sql, provider)) ?? toMs;
  const window = { fromMs: Math.min(until, toMs) - OVERLAP_MS, toMs };
  const run = { desk, ground, log, provider, seen: new Set<string>(), sums: { checked: 0, found: 0, resolved: 0 } };
  let isComplete = true;
  for (const list of [books.promises, books.captures, books.refunds]) {
    isComplete = (await readList(run, list, window)) && isComplete;
  }
  isComplete = (await lookUpOurs(run, books, window)) && isComplete;
  await lookAgain(run, books);
  if (isComplete) await keepReconciled(ground.sql, provider, toMs);
  return run.sums;
}

type Run = {
  readonly desk: Desk;
  readonly ground: Ground;
  readonly log: Log;
  readonly provider: ProviderName;
  /** The provider's names of what has been compared. */
  readonly seen: Set<string>;
  readonly sums: { checked: number; found: number; resolved: number };
};

type Window = { readonly fromMs: number; readonly toMs: number };

/** Pages through one of the provider's lists; whether it was read to its end. */
async function readList(run: Run, list: ProviderBooks["promises"], window: Window): Promise<boolean> {
  let cursor = "";
  for (;;) {
    const timeoutMs = patience(run.desk, run.ground);
    if (timeoutMs === undefined) return false;
    const page = await list({ ...window, cursor, limit: PAGE }, timeoutMs);
    if (page.kind !== "answered") return false;
    await check(run, page.value.records);
    if (page.value.cursor === "") return true;
    cursor = page.value.cursor;
  }
}

/** Looks up what changed here and was in none of the provider's lists; whether all of it was. */
async function lookUpOurs(run: Run, books: ProviderBooks, window: Window): Promise<boolean> {
  let afterId = "";
  let lookedUp = 0;
  for (;;) {
    const ids = await findChanged(run.ground.sql, run.provider, { ...window, afterId, limit: PAGE });
    const last = ids.at(-1);
    if (last === undefined) return true;
    const found = await findBooks(run.ground.sql, ids);
    for (const book of found.values()) {
      const { reference } = book.payment;
      if (run.seen.has(reference)) continue;
      lookedUp += 1;
      if (lookedUp > MOST_LOOKED_UP || !(await lookUp(run, books, { reference, book }))) return false;
    }
    afterId = last;
  }
}

/** Looks again at every difference that is open. */
async function lookAgain(run: Run, books: ProviderBooks): Promise<void> {
  const filter = { provider: run.provider, isOpenOnly: true, limit: MOST_LOOKED_UP, afterId: undefined };
  const open = await listDiscrepancies(run.ground.sql, filter);
  const fresh = open.filter(({ reference }) => !run.seen.has(reference));
  const ours = await findBooks(
    run.ground.sql,
    fresh.map(({ paymentId }) => paymentId).filter((id) => id !== ""),
  );
  for (const { reference, paymentId } of fresh) {
    if (!(await lookUp(run, books, { reference, book: ours.get(paymentId) }))) return;
  }
}

async function lookUp(
  run: Run,
  books: ProviderBooks,
  { reference, book }: { readonly reference: string; readonly book: Book | undefined },
): Promise<boolean> {
  const timeoutMs = patience(run.desk, run.ground);
  if (timeoutMs === undefined) return false;
  const answer = await books.find(reference, timeoutMs);
  if (answer.kind === "unanswered") return false;
  const record = answer.kind === "answered" ? answer.value : undefined;
  await checkOne(run, { reference, record, book });
  return true;
}

async function check(run: Run, records: readonly ProviderRecord[]): Promise<void> {
  const fresh = records.filter(({ reference }) => !run.seen.has(reference));
  const ids = fresh.map(({ paymentId }) => paymentId).filter((id) => id !== "");
  const books = await findBooks(run.ground.sql, ids);
  for (const record of fresh) {
    await checkOne(run, { reference: record.reference, record, book: books.get(record.paymentId) });
  }
}

async function checkOne(
  { desk, ground, log, provider, seen, sums }: Run,
  {
    reference,
    record,
    book,
  }: { readonly reference: string; readonly record: ProviderRecord | undefined; readonly book: Book | undefined },
): Promise<void> {
  seen.add(reference);
  sums.checked += 1;
  const nowMs = desk.clock();
  const difference = compare(book, record, nowMs);
  const paymentId = book?.payment.id ?? record?.paymentId ?? "";
  if (difference === "undecided") return;
  const kind = difference?.kind ?? "";
  sums.resolved += await resolveDifferences(ground.sql, { provider, reference }, kind, nowMs);
  if (difference === undefined) return;
  if (await note(desk, ground, { ...difference, provider, reference, paymentId }, book)) {
    sums.found += 1;
    log.warn("our books differ from the provider's", { provider, kind, payment_id: paymentId });
  }
}

/** Writes a difference down, and has the provider asked about the payment: what it can settle by itself it settles so. */
function note(
  desk: Desk,
  { transaction }: Ground,
  found: Difference & { readonly provider: ProviderName; readonly reference: string; readonly paymentId: string },
  book: Book | undefined,
): Promise<boolean> {
  return transaction(async (tx) => {
    const nowMs = desk.clock();
    const isNews = await noteDifference(tx, { id: desk.newId(), ...found }, nowMs);
    if (book !== undefined) await markDue(tx, book.payment.id, nowMs);
    return isNews;
  });
}
