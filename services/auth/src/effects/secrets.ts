import { createHash, createHmac } from "node:crypto";

/** What kind of credential it is, told by its first characters. */
export type SecretPrefix = "st_" | "ak_";

const SECRET_BYTES = 32;

/** A new credential: the prefix and 256 unguessable bits. */
export function newSecret(prefix: SecretPrefix, entropy: (length: number) => Uint8Array): string {
  return prefix + Buffer.from(entropy(SECRET_BYTES)).toString("base64url");
}

/** SHA-256 in hex: how a credential is kept and looked up. It is long and random, so no salt or stretching is needed. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Hashes clients' addresses with a key: there are few enough of them to try them all. */
export function createPlaceOf(key: Uint8Array): (clientAddress: string) => string {
  return (clientAddress) => createHmac("sha256", key).update(clientAddress).digest("hex");
}
