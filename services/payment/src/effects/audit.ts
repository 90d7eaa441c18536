import type { Clock } from "@shopmesh/kernel";
import { keep, type Log, observeGauge, type Sql } from "@shopmesh/mesh";
import { type Audit, auditBooks, keepImbalances, readImbalances } from "../store/audit.ts";
import { countOpenDiscrepancies } from "../store/reconciliation.ts";

type Reading = { readonly value: number; readonly labels: { readonly currency: string } };

/** What is booked commits within this time, long before. */
const COMMITTED_MS = 10 * 60_000;

/** Looks at the books for what must never be, and says so. What it has added up need not be added up again to tell of it. */
export async function audit(sql: Sql, log: Log, nowMs: number): Promise<Audit> {
  const found = await auditBooks(sql);
  await keepImbalances(sql, nowMs - COMMITTED_MS);
  const { imbalances, brokenMovements, wrongGiftCards } = found;
  if (imbalances.length + brokenMovements.length + wrongGiftCards.length > 0) {
    const attributes = {
      currencies: imbalances.map(({ currency, minorUnits }) => `${currency} ${minorUnits}`).join(", "),
      movements: brokenMovements.join(", "),
      gift_cards: wrongGiftCards.join(", "),
    };
    log.error("the books do not balance", attributes, new Error("the books do not balance"));
  }
  return found;
}

/** How old what the gauge tells may be, in ms of real time. */
const FRESH_MS = 60_000;

/**
 * Tells by how much debits and credits differ, in minor units by currency: `payment_ledger_imbalance`. It is there for the
 * shop's own currency before anything has moved: an alert on what is not there would be silent.
 */
export function observeImbalance(sql: Sql, currencyCode: string, realTime: Clock): void {
  let readings: readonly Reading[] = [];
  let readMs = Number.NEGATIVE_INFINITY;
  observeGauge("payment.ledger.imbalance", "What debits and credits differ by, in minor units", async () => {
    if (realTime() - readMs < FRESH_MS) return readings;
    readMs = realTime();
    const sums = await readImbalances(sql);
    const byCurrency = new Map([
      [currencyCode, 0n],
      ...sums.map(({ currency, minorUnits }) => [currency, minorUnits] as const),
    ]);
    readings = [...byCurrency].map(([currency, minorUnits]) => ({ value: Number(minorUnits), labels: { currency } }));
    return readings;
  });
}

const DAY_MS = 24 * 3_600_000;

/**
 * Tells how many differences from the providers' books were found within a day and are still there:
 * `payment_discrepancies_open`. What stands longer, a person has seen; ListDiscrepancies lists it.
 */
export function observeDiscrepancies(
  sql: Sql,
  { clock, realTime }: { readonly clock: Clock; readonly realTime: Clock },
) {
  const open = keep(() => countOpenDiscrepancies(sql, clock() - DAY_MS), realTime);
  observeGauge(
    "payment.discrepancies.open",
    "Differences from the providers' books found within a day and still there",
    async () => [{ value: await open.get() }],
  );
}
