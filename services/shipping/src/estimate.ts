import { byTime, type Scan } from "./scan.ts";

const DAY_MS = 24 * 3_600_000;
const DELIVERED_BY_HOUR = 18;

/** The days of the week on which a carrier delivers, Sunday is 0. */
const workdays: Readonly<Record<string, ReadonlySet<number>>> = {
  // FedEx delivers to homes on Saturdays too.
  fedex: new Set([1, 2, 3, 4, 5, 6]),
  ups: new Set([1, 2, 3, 4, 5]),
};
const usualWorkdays: ReadonlySet<number> = new Set([1, 2, 3, 4, 5]);

/** When a day's deliveries are over, that many of the carrier's business days after a moment (UTC). */
export function addBusinessDays(carrier: string, fromMs: number, count: number): number {
  const days = workdays[carrier] ?? usualWorkdays;
  let day = Math.floor(fromMs / DAY_MS);
  for (let left = count; left > 0; ) {
    day += 1;
    if (days.has(new Date(day * DAY_MS).getUTCDay())) left -= 1;
  }
  return day * DAY_MS + DELIVERED_BY_HOUR * 3_600_000;
}

/** What an estimate is made from. */
export type DeliveryTerms = {
  readonly carrier: string;
  /** When it left, or else was planned. */
  readonly startMs: number;
  /** Business days of its service at most. */
  readonly mostDays: number;
  /** What the carrier said when it sold the label. */
  readonly promiseMs: number | undefined;
};

/**
 * When a parcel should arrive: what the carrier said with the label, else its service's business days from its start; what a
 * later scan says counts more, and an obstacle without a word moves it to the next business day at least. The same for any order of
 * arrival of the scans.
 */
export function estimate({ carrier, startMs, mostDays, promiseMs }: DeliveryTerms, scans: readonly Scan[]): number {
  let at = promiseMs ?? addBusinessDays(carrier, startMs, mostDays);
  for (const scan of scans.toSorted(byTime)) {
    const isObstacle = scan.state === "delayed" || scan.state === "exception";
    if (scan.estimateMs !== undefined) at = scan.estimateMs;
    else if (isObstacle) at = Math.max(at, addBusinessDays(carrier, scan.timeMs, 1));
  }
  return at;
}
