import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
} from "node:crypto";
import { decodeJwt } from "jose/jwt/decode";
import { importJWK } from "jose/key/import";
import { type Actor, type ServiceContext, signActorToken } from "@shopmesh/mesh";
import { DomainError } from "@shopmesh/kernel";
import {
  findActiveSigningKey,
  insertFirstSigningKey,
  replaceSigningKey,
  type StoredSigningKey,
  sweepSigningKeys,
} from "../store/signing-keys.ts";

/** Signs actor tokens with the key that all replicas share. */
export type SigningKeys = {
  /** A token of `actor` and when it ends (real time, as every actor token's end). */
  sign(actor: Actor): Promise<{ token: string; expireMs: number }>;
  /** Puts a new key in the place of one that is old; the old one proves tokens for a while. Repeating it does nothing. */
  rotate(): Promise<void>;
};

export type SigningKeyDeps = Pick<ServiceContext, "sql" | "transaction" | "clock" | "entropy" | "region"> & {
  /** 32 bytes that seal the private halves. */
  readonly sealKey: Uint8Array;
};

export const SIGNING_KEY_AGE_MS = 30 * 86_400_000;
/** Far longer than a token or anybody's memory of the list. */
export const RETIRED_KEY_MS = 7 * 86_400_000;
/** Another replica's rotation is noticed within this time; until then the old key signs, and still proves. */
const REREAD_MS = 60_000;

const SEED_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";
/** PKCS #8 of an Ed25519 key up to its 32 bytes (RFC 8410). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

type Signer = {
  readonly kid: string;
  readonly createMs: number;
  readonly privateKey: Awaited<ReturnType<typeof importJWK>>;
};

/** Makes the first key where there is none, and opens the one that signs; an Error where SECRET_KEY does not open it. */
export async function openSigningKeys(deps: SigningKeyDeps): Promise<SigningKeys> {
  const { sql, transaction, clock, entropy, region, sealKey } = deps;
  if ((await findActiveSigningKey(sql)) === undefined)
    await insertFirstSigningKey(sql, makeKey(entropy, sealKey, clock()));
  let signer = await readSigner();
  let readMs = clock();

  async function readSigner(): Promise<Signer> {
    const stored = await findActiveSigningKey(sql);
    if (stored === undefined) throw new DomainError("internal", "SIGNING_KEY_MISSING");
    return openKey(stored, sealKey);
  }

  async function current(): Promise<Signer> {
    if (clock() - readMs >= REREAD_MS) {
      readMs = clock();
      signer = await readSigner();
    }
    return signer;
  }

  return {
    async sign(actor) {
      const { kid, privateKey } = await current();
      const token = await signActorToken(actor, { privateKey, keyId: kid, region });
      return { token, expireMs: (decodeJwt(token).exp ?? 0) * 1_000 };
    },
    async rotate() {
      const nowMs = clock();
      await sweepSigningKeys(sql, nowMs);
      const old = await findActiveSigningKey(sql);
      if (old === undefined || nowMs - old.createMs < SIGNING_KEY_AGE_MS) return;
      await transaction((tx) =>
        replaceSigningKey(tx, old.kid, nowMs + RETIRED_KEY_MS, makeKey(entropy, sealKey, nowMs)),
      );
      signer = await readSigner();
      readMs = nowMs;
    },
  };
}

function makeKey(entropy: (length: number) => Uint8Array, sealKey: Uint8Array, nowMs: number): StoredSigningKey {
  const seed = entropy(SEED_BYTES);
  const x = publicOf(privateOf(seed));
  const kid = createHash("sha256").update(x).digest("base64url").slice(0, 16);
  return {
    kid,
    x,
    sealedSeed: seal(seed, { kid, sealKey, nonce: entropy(NONCE_BYTES) }),
    createMs: nowMs,
    expireMs: undefined,
  };
}

async function openKey({ kid, x, sealedSeed, createMs }: StoredSigningKey, sealKey: Uint8Array): Promise<Signer> {
  const seed = unseal(sealedSeed, { kid, sealKey });
  const jwk = { kty: "OKP", crv: "Ed25519", x, d: Buffer.from(seed).toString("base64url") };
  return { kid, createMs, privateKey: await importJWK(jwk, "EdDSA") };
}

function privateOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" });
}

function publicOf(privateKey: KeyObject): string {
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  if (x === undefined) throw new DomainError("internal", "SIGNING_KEY_UNREADABLE");
  return x;
}

/** Nonce, ciphertext and tag; bound to the key's id. */
function seal(
  seed: Uint8Array,
  { kid, sealKey, nonce }: { readonly kid: string; readonly sealKey: Uint8Array; readonly nonce: Uint8Array },
): Uint8Array {
  const cipher = createCipheriv(CIPHER, sealKey, nonce).setAAD(Buffer.from(kid));
  return Buffer.concat([nonce, cipher.update(seed), cipher.final(), cipher.getAuthTag()]);
}

function unseal(
  sealed: Uint8Array,
  { kid, sealKey }: { readonly kid: string; readonly sealKey: Uint8Array },
): Uint8Array {
  const decipher = createDecipheriv(CIPHER, sealKey, sealed.subarray(0, NONCE_BYTES))
    .setAAD(Buffer.from(kid))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new Error(`SECRET_KEY does not open signing key ${kid}: is it another one than at the first start?`, {
      cause,
    });
  }
}
