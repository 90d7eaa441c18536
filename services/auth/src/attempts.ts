import { DomainError } from "@shopmesh/kernel";

/** Tries at one address, known or not, since `sinceMs`. */
export type Attempts = { readonly count: number; readonly sinceMs: number };

export const MAX_ATTEMPTS = 10;
export const ATTEMPTS_WINDOW_MS = 15 * 60_000;

/** Throws TOO_MANY_ATTEMPTS where the try that was just counted is one too many. */
export function checkAttempts({ count, sinceMs }: Attempts, nowMs: number): void {
  if (count <= MAX_ATTEMPTS) return;
  const retryAfterSeconds = Math.max(1, Math.ceil((sinceMs + ATTEMPTS_WINDOW_MS - nowMs) / 1_000));
  throw new DomainError("exhausted", "TOO_MANY_ATTEMPTS", { retryAfterSeconds: String(retryAfterSeconds) });
}
