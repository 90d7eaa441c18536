import type { Book } from "../book.ts";
import type { ListedDispute, ProviderDispute } from "../provider.ts";
import { compareDispute } from "../reconcile.ts";
import { findDispute, listOpenDisputes } from "../store/disputes.ts";
import { findBook, findBookByReference } from "../store/payments.ts";
import { resolveDifferences } from "../store/reconciliation.ts";
import { patience } from "./change.ts";
import { recordDispute } from "./disputes.ts";
import { noteDown, type Run, type Window } from "./reconcile-run.ts";

const PAGE = 100;
/** Of the disputes that are open here; the others wait for the next run. */
const MOST_LOOKED_AGAIN = 200;

/** Compares the disputes that were begun at the provider in a time with ours; whether its list was read to its end. */
export async function compareDisputes(run: Run, window: Window): Promise<boolean> {
  let cursor = "";
  for (;;) {
    const timeoutMs = patience(run.desk, run.ground);
    if (timeoutMs === undefined) return false;
    const page = await run.disputes?.list({ ...window, cursor, limit: PAGE }, timeoutMs);
    if (page === undefined) return true;
    if (page.kind !== "answered") return false;
    for (const told of page.value.disputes) await compareOne(run, told, await bookOf(run, told));
    if (page.value.cursor === "") return true;
    cursor = page.value.cursor;
  }
}

/** Asks about every dispute that is open here: the message that decides it may have been lost. */
export async function lookAtDisputesAgain(run: Run): Promise<void> {
  const { disputes, desk, ground, provider, seen } = run;
  if (disputes === undefined) return;
  for (const { reference, paymentId } of await listOpenDisputes(ground.sql, provider, MOST_LOOKED_AGAIN)) {
    if (seen.has(reference)) continue;
    const timeoutMs = patience(desk, ground);
    if (timeoutMs === undefined) return;
    const told = await disputes.find(reference, timeoutMs);
    if (told.kind === "unanswered") return;
    if (told.kind === "answered" && told.value !== undefined)
      await compareOne(run, told.value, await findBook(ground.sql, paymentId));
  }
}

function bookOf({ ground, provider }: Run, { payment }: ListedDispute): Promise<Book | undefined> {
  return payment.id === ""
    ? findBookByReference(ground.sql, provider, payment.reference)
    : findBook(ground.sql, payment.id);
}

/** Notes what differs, and writes the dispute down as the provider tells it: it has happened, whoever missed the message. */
async function compareOne(run: Run, told: ProviderDispute, book: Book | undefined): Promise<void> {
  const { desk, ground, provider, seen, sums } = run;
  const { reference } = told;
  seen.add(reference);
  const known = await findDispute(ground.sql, { reference });
  const difference = compareDispute(book?.payment, known, told);
  if (difference !== undefined)
    await noteDown(run, { ...difference, reference, paymentId: book?.payment.id ?? "" }, undefined);
  if (book === undefined) return;
  if (difference !== undefined) await recordDispute(desk, ground, book.payment.id, told);
  sums.resolved += await resolveDifferences(ground.sql, provider, [reference], desk.clock());
}
