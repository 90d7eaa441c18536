import { DomainError } from "@shopmesh/kernel";
import type { JWK } from "jose";
import { importJWK } from "jose/key/import";
import { pause } from "../backoff.ts";

/** Fetches the public signing keys that are valid now, as JWKs with `kid`. */
export type FetchKeys = () => Promise<readonly JWK[]>;

/** A key in the form that `jose` takes. */
export type VerifyingKey = Awaited<ReturnType<typeof importJWK>>;

/**
 * An unknown key id asks for the keys again, together with whoever else comes, but not more often than this: who comes
 * sooner waits. So a forger costs their owner little, and a key that was made right after a look is not refused.
 */
const REFETCH_MS = 1_000;

/** Finds a key by its id. Throws UNAUTHENTICATED TOKEN_INVALID where a look that began after the call did not show it. */
export function createKeySource(fetchKeys: FetchKeys, wait = pause): (kid: string) => Promise<VerifyingKey> {
  const keys = new Map<string, VerifyingKey>();
  let lookedMs = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function look(): Promise<void> {
    lookedMs = performance.now();
    for (const jwk of await fetchKeys()) {
      if (jwk.kid !== undefined) keys.set(jwk.kid, await importJWK(jwk, "EdDSA"));
    }
  }

  async function lookSoon(): Promise<void> {
    await wait(Math.max(0, lookedMs + REFETCH_MS - performance.now()));
    // Whoever comes from here on may ask for a key that this look does not see yet.
    next = undefined;
    underWay = look().finally(() => {
      underWay = undefined;
    });
    await underWay;
  }

  return async (kid) => {
    if (!keys.has(kid)) await underWay;
    if (!keys.has(kid)) await (next ??= lookSoon());
    const found = keys.get(kid);
    if (found === undefined)
      throw new DomainError("unauthenticated", "TOKEN_INVALID", { cause: "unknown signing key" });
    return found;
  };
}
