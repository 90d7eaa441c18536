import { setTimeout as delay } from "node:timers/promises";
import { type Json, Refusal, type Shop } from "../../shop.ts";
import type { Chance } from "./chance.ts";

/** What came of calls, each of up to three tries. */
export type Tally = {
  calls: number;
  tries: number;
  /** The calls whose last try failed too, and how. */
  readonly failed: string[];
};

const TRIES = 3;
/** Before the second and the third try; up to half of it more by chance. */
const WAITS_MS = [1_000, 3_000];
const ROUNDS = 10;
const AWAY: ReadonlySet<string> = new Set(["unavailable", "aborted", "deadline_exceeded", "resource_exhausted"]);

export function newTally(): Tally {
  return { calls: 0, tries: 0, failed: [] };
}

/**
 * `shop` as a patient person uses it. A call is tried up to three times, with the same request id, where the answer was
 * lost or asks for it; what comes of that is counted. A call that failed is made anew, as one clicks again: a handful of
 * times, so that a whole order comes of it. What was refused for good is thrown.
 */
export function patientShop(shop: Shop, tally: Tally, chance: Chance): Shop {
  const threeTries = async (make: () => Promise<Json>): Promise<Json> => {
    tally.calls += 1;
    for (let attempt = 1; ; attempt++) {
      tally.tries += 1;
      try {
        return await make();
      } catch (error) {
        if (attempt === TRIES || !mayTryAgain(error)) throw error;
        await delay((WAITS_MS[attempt - 1] ?? 0) * (1 + chance.next() / 2));
      }
    }
  };
  return {
    ...shop,
    async call(method, request, token) {
      for (let round = 1; ; round++) {
        try {
          return await threeTries(() => shop.call(method, request, token));
        } catch (error) {
          // Refused for good is an answer.
          if (!mayTryAgain(error)) throw error;
          tally.failed.push(`${method}: ${wordOf(error)}`);
          if (round === ROUNDS) throw error;
        }
      }
    },
  };
}

/** Whether the same call may pass at the next try: nobody answered, or who did asks for it. */
function mayTryAgain(error: unknown): boolean {
  // fetch has no other name for a connection that was refused or cut, and a time-out is a DOMException.
  return error instanceof Refusal ? AWAY.has(error.code) : error instanceof TypeError || error instanceof DOMException;
}

function wordOf(error: unknown): string {
  if (error instanceof Refusal) return `${error.code} ${error.reason}`;
  return error instanceof Error ? error.message : String(error);
}
