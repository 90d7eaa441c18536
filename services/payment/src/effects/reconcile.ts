import type { Log } from "@shopmesh/mesh";
import type { Book } from "../book.ts";
import type { Provider, ProviderBooks, ProviderRecord } from "../provider.ts";
import { compare, SETTLE_MS } from "../reconcile.ts";
import { findBooks } from "../store/payments.ts";
import {
  findChanged,
  firstPayment,
  keepReconciled,
  listDiscrepancies,
  reconciledUntil,
  resolveDifferences,
} from "../store/reconciliation.ts";
import { type Desk, type Ground, patience } from "./change.ts";
import { noteDown, type Run, type Window } from "./reconcile-run.ts";
import { compareDisputes, lookAtDisputesAgain } from "./reconcile-disputes.ts";

export type Reconciliation = { readonly checked: number; readonly found: number; readonly resolved: number };

/** What the last run may have come too early for is looked at again. */
const OVERLAP_MS = 10 * 60_000;
const PAGE = 100;
/** So much time is compared at once: what has been compared need not be compared again by the next run. */
const CHUNK_MS = 6 * 3_600_000;
/** Of the differences that are open; the others wait for the next run. */
const MOST_LOOKED_AGAIN = 200;

/** Compares our books with those of each of `providers` that shows them. */
export async function reconcileAll(
  desk: Desk,
  ground: Ground,
  log: Log,
  providers: readonly Provider[],
): Promise<Reconciliation> {
  const sums = { checked: 0, found: 0, resolved: 0 };
  for (const { name: provider, books, disputes } of providers) {
    if (books === undefined) continue;
    const { checked, found, resolved } = await reconcile(desk, ground, log, { provider, books, disputes });
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
  source: Pick<Run, "provider" | "disputes"> & { readonly books: ProviderBooks },
): Promise<Reconciliation> {
  const { provider, books, disputes } = source;
  const lastMs = desk.clock() - SETTLE_MS;
  const known = (await reconciledUntil(ground.sql, provider)) ?? (await firstPayment(ground.sql, provider));
  const sums = { checked: 0, found: 0, resolved: 0 };
  const run: Run = { desk, ground, log, provider, disputes, seen: new Set(), sums };
  let fromMs = Math.min(known ?? lastMs, lastMs);
  for (;;) {
    const toMs = Math.min(fromMs + CHUNK_MS, lastMs);
    const reachedMs = await compareChunk(run, books, { fromMs: fromMs - OVERLAP_MS, toMs });
    if (reachedMs === undefined) break;
    await keepReconciled(ground.sql, provider, reachedMs);
    if (reachedMs < toMs || toMs === lastMs) break;
    fromMs = toMs;
  }
  await lookAgain(run, books);
  await lookAtDisputesAgain(run);
  return sums;
}

/** Compares what happened in a time, both ways; until when, or undefined where the provider did not show all. */
async function compareChunk(run: Run, books: ProviderBooks, window: Window): Promise<number | undefined> {
  const listed = { fromMs: window.fromMs - books.lagMs, toMs: window.toMs - books.lagMs };
  for (const list of [books.promises, books.captures, books.refunds]) {
    if (!(await readList(run, list, listed))) return undefined;
  }
  if (!(await compareDisputes(run, window))) return undefined;
  return lookUpOurs(run, books, window);
}

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

/** Looks up what changed here and was in none of the provider's lists; until when, for there may be more than is answered. */
async function lookUpOurs(run: Run, books: ProviderBooks, window: Window): Promise<number> {
  let after = { updateMs: window.fromMs, id: "" };
  for (;;) {
    const changed = await findChanged(run.ground.sql, run.provider, { after, toMs: window.toMs, limit: PAGE });
    const fresh = changed.filter(({ reference }) => !run.seen.has(reference));
    const found = await findBooks(
      run.ground.sql,
      fresh.map(({ id }) => id),
    );
    for (const { id, reference, updateMs } of fresh) {
      if (!(await lookUp(run, books, { reference, book: found.get(id) }))) return updateMs;
    }
    const last = changed.at(-1);
    if (last === undefined) return window.toMs;
    after = last;
  }
}

/** Looks again at every difference that is open. */
async function lookAgain(run: Run, books: ProviderBooks): Promise<void> {
  const filter = { provider: run.provider, isOpenOnly: true, limit: MOST_LOOKED_AGAIN, afterId: undefined };
  const open = await listDiscrepancies(run.ground.sql, filter);
  const fresh = open.filter(({ reference, kind }) => kind !== "dispute-differs" && !run.seen.has(reference));
  const ours = await findBooks(
    run.ground.sql,
    fresh.map(({ paymentId }) => paymentId).filter((id) => id !== ""),
  );
  for (const { reference, paymentId } of fresh) {
    if (!(await lookUp(run, books, { reference, book: ours.get(paymentId) }))) return;
  }
}

async function lookUp(run: Run, books: ProviderBooks, { reference, book }: Pick<Pair, "reference" | "book">) {
  const timeoutMs = patience(run.desk, run.ground);
  if (timeoutMs === undefined) return false;
  const answer = await books.find(reference, timeoutMs);
  if (answer.kind === "unanswered") return false;
  const record = answer.kind === "answered" ? answer.value : undefined;
  await checkPairs(run, [{ reference, record, book }]);
  return true;
}

async function check(run: Run, records: readonly ProviderRecord[]): Promise<void> {
  const fresh = new Map(records.map((record) => [record.reference, record]));
  for (const reference of run.seen) fresh.delete(reference);
  const ids = [...fresh.values()].map(({ paymentId }) => paymentId).filter((id) => id !== "");
  const books = await findBooks(run.ground.sql, ids);
  const pairs = [...fresh.values()].map((record) => ({
    reference: record.reference,
    record,
    book: books.get(record.paymentId),
  }));
  await checkPairs(run, pairs);
}

/** A payment of the provider's name, as it is there and here. */
type Pair = {
  readonly reference: string;
  readonly record: ProviderRecord | undefined;
  readonly book: Book | undefined;
};

async function checkPairs(run: Run, pairs: readonly Pair[]): Promise<void> {
  const { desk, ground, provider, seen, sums } = run;
  const nowMs = desk.clock();
  const compared = pairs.map((pair) => ({ ...pair, difference: compare(pair.book, pair.record, nowMs) }));
  for (const { reference } of pairs) seen.add(reference);
  sums.checked += pairs.length;
  const agreeing = compared.filter(({ difference }) => difference === undefined).map(({ reference }) => reference);
  sums.resolved += await resolveDifferences(ground.sql, provider, agreeing, nowMs);
  for (const { reference, record, book, difference } of compared) {
    if (difference === undefined || difference === "undecided") continue;
    const paymentId = book?.payment.id ?? record?.paymentId ?? "";
    await noteDown(run, { ...difference, reference, paymentId }, book);
  }
}
