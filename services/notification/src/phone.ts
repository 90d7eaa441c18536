import { DomainError } from "@shopmesh/kernel";

/** A code that was sent to a number; the code itself is kept nowhere. */
export type PhoneCode = {
  readonly id: string;
  /** What the number is known by. */
  readonly numberHash: string;
  /** How many wrong codes were shown. */
  readonly tryCount: number;
  readonly createMs: number;
};

/** How long a code is good. */
export const CODE_TTL_MS = 10 * 60_000;
export const MOST_TRIES = 5;
/** So many codes go to one number, whoever asks for them. */
export const MOST_CODES = 5;
export const CODES_WITHIN_MS = 24 * 3_600_000;

/** Throws PHONE_CODE_LIMIT where `sentMs` tells of as many codes as a number gets in a day. */
export function refuseManyCodes(sentMs: readonly number[], nowMs: number): void {
  const recent = sentMs.filter((ms) => ms > nowMs - CODES_WITHIN_MS).toSorted((left, right) => left - right);
  const [oldest = nowMs] = recent.slice(-MOST_CODES);
  if (recent.length < MOST_CODES) return;
  const waitSeconds = Math.ceil((oldest + CODES_WITHIN_MS - nowMs) / 1_000);
  throw new DomainError("exhausted", "PHONE_CODE_LIMIT", {
    max: String(MOST_CODES),
    retry_after_seconds: String(waitSeconds),
  });
}

/**
 * The code that may be shown now for a number: the last one that was sent to it. Throws PHONE_CODE_NOT_SENT, PHONE_CODE_EXPIRED,
 * PHONE_CODE_TRIES_EXHAUSTED.
 */
export function codeToShow(last: PhoneCode | undefined, numberHash: string, nowMs: number): PhoneCode {
  if (last === undefined || last.numberHash !== numberHash) {
    throw new DomainError("precondition", "PHONE_CODE_NOT_SENT", { field: "code" });
  }
  if (nowMs >= last.createMs + CODE_TTL_MS) {
    throw new DomainError("precondition", "PHONE_CODE_EXPIRED", { field: "code" });
  }
  if (last.tryCount >= MOST_TRIES) {
    throw new DomainError("precondition", "PHONE_CODE_TRIES_EXHAUSTED", { field: "code" });
  }
  return last;
}

/** A wrong code was shown: what tells so, with the tries that are left. */
export function wrongCode({ tryCount }: PhoneCode): DomainError {
  return new DomainError("invalid", "PHONE_CODE_WRONG", { field: "code", tries_left: String(MOST_TRIES - tryCount) });
}
