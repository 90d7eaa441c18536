import type { Log } from "@shopmesh/mesh";
import { sweepEvents } from "../store/events.ts";
import { findBook, findDue, postpone } from "../store/payments.ts";
import { changeBook, type Desk, type Ground } from "./change.ts";
import { resolve } from "./resolve.ts";

const BATCH = 50;
/** Stripe sends a message again for three days. */
const EVENTS_KEPT_MS = 30 * 24 * 3_600_000;
const SWEEP_BATCH = 1_000;

/**
 * Asks the provider about all that is due, one after another, the longest due first; forgets old messages. What goes wrong
 * with one payment is logged and put off: it would come first for ever.
 */
export async function resolveDue(desk: Desk, ground: Ground, log: Log): Promise<void> {
  const nowMs = desk.clock();
  for (const id of await findDue(ground.sql, nowMs, BATCH)) {
    try {
      const book = await findBook(ground.sql, id);
      const after = book && (await resolve(desk, ground, book, hintOf(book.payment.reference)));
      // Where nothing was to be changed it is still due, and would come first for ever.
      if ((after?.payment.askMs ?? Number.POSITIVE_INFINITY) <= nowMs)
        await changeBook(desk, ground, id, (present) => ({ book: present }));
    } catch (error) {
      log.error("a payment cannot be resolved", { payment_id: id }, error);
      await postpone(ground.sql, id, nowMs);
    }
  }
  while ((await sweepEvents(ground.sql, nowMs - EVENTS_KEPT_MS, SWEEP_BATCH)) === SWEEP_BATCH);
}

/** A promise that is due was told of by a message, or has lapsed: either way it is looked at. */
function hintOf(reference: string): { reference: string } | undefined {
  return reference === "" ? undefined : { reference };
}
