import { hash, verify } from "@node-rs/argon2";
import { DomainError } from "@shopmesh/kernel";
import { normalizePassword } from "../account.ts";

/** Hashes and proves passwords, a few at a time. */
export type Passwords = {
  hash(password: string): Promise<string>;
  /** Whether `password` is the one behind `passwordHash`; takes as long for undefined (an unknown account), and says no. */
  verify(passwordHash: string | undefined, password: string): Promise<boolean>;
};

/** What one hash costs; OWASP's first choice for Argon2id. */
export type PasswordCost = { readonly memoryKib: number; readonly passes: number };

const COST: PasswordCost = { memoryKib: 19_456, passes: 2 };
/** Hashing keeps a core busy for its whole time: more at once would only take turns, and each takes 19 MiB. */
const MAX_AT_ONCE = 2;
/** Who comes when so many wait is told so at once. */
const MAX_WAITING = 100;

/** Makes the hash that stands in for unknown accounts before anybody asks, so that the first asker sees no difference. */
export async function createPasswords(
  entropy: (length: number) => Uint8Array,
  cost: PasswordCost = COST,
): Promise<Passwords> {
  const options = { memoryCost: cost.memoryKib, timeCost: cost.passes, parallelism: 1 };
  const inTurn = createTurns(MAX_AT_ONCE, MAX_WAITING);
  const nobody = await hash(Buffer.from(entropy(32)).toString("base64url"), options);
  return {
    hash: (password) => inTurn(() => hash(normalizePassword(password), options)),
    async verify(passwordHash, password) {
      const isRight = await inTurn(() => verify(passwordHash ?? nobody, normalizePassword(password)));
      return isRight && passwordHash !== undefined;
    },
  };
}

/** Runs `max` works at once, the others one after another. Throws PASSWORDS_BUSY for more than `maxWaiting`. */
export function createTurns(max: number, maxWaiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= max) {
      if (waiting.length >= maxWaiting) throw new DomainError("unavailable", "PASSWORDS_BUSY");
      // Whoever ends hands over its place: `running` stays.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
