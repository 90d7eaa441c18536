import { DomainError } from "@shopmesh/kernel";

/** Tries at one account, there or not, since `sinceMs`. */
export type Attempts = { readonly count: number; readonly sinceMs: number };

/** How many tries are let through in a time that begins with the first. */
export type AttemptRule = { readonly max: number; readonly windowMs: number };

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Tries at one account from one place: who guesses there stops nobody elsewhere. */
export const onePlace: AttemptRule = { max: 10, windowMs: 15 * MINUTE_MS };

/**
 * Tries at one account from all places together from which nobody has signed in to it: who guesses from many places is slowed
 * (NIST SP 800-63B 5.2.2: no more than a hundred), while its owner still gets in from where they are known, as OWASP's device
 * cookies have it.
 */
export const strangePlaces: AttemptRule = { max: 100, windowMs: DAY_MS };

/** For how long a place from which somebody signed in is remembered. */
export const PLACE_KNOWN_MS = 90 * DAY_MS;

/** Throws TOO_MANY_ATTEMPTS where the try that was just counted is one too many. */
export function checkAttempts({ count, sinceMs }: Attempts, { max, windowMs }: AttemptRule, nowMs: number): void {
  if (count <= max) return;
  const retryAfterMs = Math.max(1, sinceMs + windowMs - nowMs);
  throw new DomainError("exhausted", "TOO_MANY_ATTEMPTS", {
    retryAfterSeconds: String(Math.ceil(retryAfterMs / 1_000)),
    retry_after_ms: String(retryAfterMs),
  });
}
