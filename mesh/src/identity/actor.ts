import { BoundedMap, DomainError } from "@shopmesh/kernel";
// By its parts: the whole of it costs each process three times as long to load.
import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";
import type { Actor, Role } from "../call.ts";
import { createKeySource, type FetchKeys, type VerifyingKey } from "./key-source.ts";

/** How long an actor token lives. */
export const ACTOR_TOKEN_TTL_MS = 5 * 60_000;

/** The actor that a token names. Throws UNAUTHENTICATED TOKEN_INVALID or TOKEN_EXPIRED. */
export type ActorVerifier = (token: string) => Promise<Actor>;

const MAX_CACHED = 20_000;
const roles: ReadonlySet<string> = new Set<Role>(["customer", "seller", "support", "admin"]);

/** Verifies actor tokens: a signature once, then from memory until it expires. Tokens live in real time, not the mesh's. */
export function createActorVerifier(fetchKeys: FetchKeys, isRevoked: (sessionId: string) => boolean): ActorVerifier {
  const verified = new BoundedMap<string, { actor: Actor; expireMs: number }>(MAX_CACHED);
  const findKey = createKeySource(fetchKeys);
  return async (token) => {
    const cached = verified.get(token);
    if (cached !== undefined && cached.expireMs > Date.now()) return refuseRevoked(cached.actor, isRevoked);
    const result = await verify(token, findKey);
    verified.set(token, result);
    return refuseRevoked(result.actor, isRevoked);
  };
}

/** A signed actor token of `actor`, valid for ACTOR_TOKEN_TTL_MS from now. `privateKey` is Ed25519. */
export async function signActorToken(
  actor: Actor,
  options: { privateKey: VerifyingKey; keyId: string; region: string },
): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  return new SignJWT(claimsOf(actor))
    .setProtectedHeader({ alg: "EdDSA", kid: options.keyId })
    .setIssuer(options.region)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + ACTOR_TOKEN_TTL_MS / 1_000)
    .sign(options.privateKey);
}

function claimsOf(actor: Actor): Record<string, unknown> {
  switch (actor.kind) {
    case "person":
      return { sub: actor.id, roles: actor.roles, seller: actor.sellerId, sid: actor.sessionId };
    case "guest":
      return { sub: "guest", gh: actor.tokenHash };
    case "anonymous":
    case "service":
      throw new DomainError("internal", "ACTOR_NOT_SIGNABLE", { kind: actor.kind });
  }
}

async function verify(
  token: string,
  findKey: (kid: string) => Promise<VerifyingKey>,
): Promise<{ actor: Actor; expireMs: number }> {
  try {
    const { payload } = await jwtVerify(token, (header) => findKey(header.kid ?? ""), {
      algorithms: ["EdDSA"],
    });
    return { actor: actorOf(payload), expireMs: (payload.exp ?? 0) * 1_000 };
  } catch (error) {
    if (error instanceof DomainError) throw error;
    const isExpired = error instanceof Error && "code" in error && error.code === "ERR_JWT_EXPIRED";
    throw new DomainError("unauthenticated", isExpired ? "TOKEN_EXPIRED" : "TOKEN_INVALID", {}, { cause: error });
  }
}

function actorOf(claims: Readonly<Record<string, unknown>>): Actor {
  const { sub, gh, roles: given, seller, sid } = claims;
  if (sub === "guest" && typeof gh === "string") return { kind: "guest", tokenHash: gh };
  if (typeof sub !== "string" || typeof sid !== "string") throw new DomainError("unauthenticated", "TOKEN_INVALID");
  return {
    kind: "person",
    id: sub,
    roles: Array.isArray(given) ? given.filter((role): role is Role => roles.has(role)) : [],
    sellerId: typeof seller === "string" ? seller : undefined,
    sessionId: sid,
  };
}

function refuseRevoked(actor: Actor, isRevoked: (sessionId: string) => boolean): Actor {
  if (actor.kind === "person" && isRevoked(actor.sessionId)) {
    throw new DomainError("unauthenticated", "SESSION_REVOKED");
  }
  return actor;
}
