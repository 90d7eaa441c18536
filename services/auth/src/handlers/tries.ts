import type { Call, ServiceContext, Sql } from "@shopmesh/mesh";
import { normalizeEmail } from "../account.ts";
import { checkAttempts, onePlace, PLACE_KNOWN_MS, strangePlaces } from "../attempts.ts";
import { hashOf } from "../effects/secrets.ts";
import {
  clearAttempts,
  countAttempt,
  isKnownPlace,
  notePlace,
  STRANGE_PLACES,
  takeBackAttempt,
  type Tried,
} from "../store/attempts.ts";

/** Counts who tries to sign in, by account and by place. */
export type Tries = {
  /** Whose account a call tries, and from where. */
  triedBy(email: string, call: Call): Tried;
  /** Counts a try before it is made; whether somebody has signed in from there before. Throws TOO_MANY_ATTEMPTS. */
  count(sql: Sql, tried: Tried): Promise<boolean>;
  /** Notes that the try was right, in the transaction of its session. */
  succeed(tx: Sql, tried: Tried, wasKnown: boolean): Promise<void>;
};

/** What counting tries needs. */
export type TriesDeps = Pick<ServiceContext, "clock"> & {
  /** The keyed hash of a client's address. */
  readonly placeOf: (clientAddress: string) => string;
};

/** The rules of attempts.ts over the store. */
export function createTries({ clock, placeOf }: TriesDeps): Tries {
  return {
    triedBy: (email, { clientAddress = "" }) => ({
      emailHash: hashOf(normalizeEmail(email)),
      place: placeOf(clientAddress),
    }),
    async count(sql, tried) {
      const nowMs = clock();
      checkAttempts(await countAttempt(sql, tried, onePlace, nowMs), onePlace, nowMs);
      if (await isKnownPlace(sql, tried, nowMs - PLACE_KNOWN_MS)) return true;
      const anywhere = { emailHash: tried.emailHash, place: STRANGE_PLACES };
      checkAttempts(await countAttempt(sql, anywhere, strangePlaces, nowMs), strangePlaces, nowMs);
      return false;
    },
    async succeed(tx, tried, wasKnown) {
      await clearAttempts(tx, tried);
      if (!wasKnown) await takeBackAttempt(tx, tried.emailHash);
      await notePlace(tx, tried, clock());
    },
  };
}
