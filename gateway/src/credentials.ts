import { createHash } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { BoundedMap, type Clock, DomainError } from "@shopmesh/kernel";
import type { Client, Incoming, Origin } from "@shopmesh/mesh";

/** The session cookie: HttpOnly, and never sent along by another site's page. */
export const SESSION_COOKIE = "shopmesh_session";

/** Turns what a browser or a program shows into the actor token that travels inside the mesh. */
export type Credentials = {
  /** Who these headers show. Throws UNAUTHENTICATED. */
  actor(headers: RequestHeaders, origin: Origin): Promise<Shown>;
  /** Forgets what it exchanged for the credential in these headers: it ended. */
  forget(headers: RequestHeaders): void;
};

/** Who asks: the token by which the mesh knows it, and the key by which the gateway counts it. */
export type Shown = {
  /** Empty for a stranger. */
  readonly actorToken: string;
  /** One person's sessions and keys share it; undefined for a stranger. */
  readonly principal: string | undefined;
  /** The same where auth vouches for it; undefined also for a guest, whose token anybody may invent. */
  readonly person: string | undefined;
};

/** Who shows nothing. */
export const stranger: Shown = { actorToken: "", principal: undefined, person: undefined };

type RequestHeaders = Incoming["headers"];

/** An actor token is used up to this long before it expires. */
const EXPIRY_MARGIN_MS = 30_000;
/** An exchange serves all who wait for it: it outlives whoever asked first. */
const EXCHANGE_TIMEOUT_MS = 5_000;
const MAX_CACHED = 50_000;

type Exchange = Pick<Client<typeof AuthService>, "exchangeCredential">;
type Exchanged = { readonly shown: Promise<Shown>; expireMs: number };

/** Exchanges a credential once, then answers from memory until shortly before the token expires. */
export function createCredentials(auth: Exchange, realTime: Clock = Date.now): Credentials {
  const cache = new BoundedMap<string, Exchanged>(MAX_CACHED);
  return {
    async actor(headers, origin) {
      const shown = credentialIn(headers);
      if (shown === undefined) return stranger;
      // Nobody has verified whom it names yet: it is counted by itself.
      if (shown.case === "actorToken") {
        return { actorToken: shown.value, principal: cacheKey(shown.value), person: undefined };
      }
      const key = cacheKey(shown.value);
      const known = cache.get(key);
      if (known !== undefined && known.expireMs > realTime() + EXPIRY_MARGIN_MS) return known.shown;
      const entry: Exchanged = { shown: exchange(shown), expireMs: Number.POSITIVE_INFINITY };
      cache.set(key, entry);
      return entry.shown;

      async function exchange(credential: Credential): Promise<Shown> {
        try {
          const { actorToken, expireTime } = await auth.exchangeCredential({ credential }, ownOrigin(origin, realTime));
          entry.expireMs = expireTime === undefined ? 0 : timestampMs(expireTime);
          const person = personIn(actorToken);
          return { actorToken, principal: person ?? key, person };
        } catch (error) {
          if (cache.get(key) === entry) cache.delete(key);
          throw error;
        }
      }
    },
    forget(headers) {
      const shown = credentialIn(headers);
      if (shown !== undefined) cache.delete(cacheKey(shown.value));
    },
  };
}

function ownOrigin({ requestId }: Origin, realTime: Clock): Origin {
  const { signal } = new AbortController();
  return { actorToken: "", deadlineMs: realTime() + EXCHANGE_TIMEOUT_MS, signal, requestId, isInTransaction: false };
}

/** The session token in the Cookie header. */
function sessionIn(headers: RequestHeaders): string | undefined {
  for (const pair of (headers.get("cookie") ?? "").split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === SESSION_COOKIE && value !== undefined && value !== "") return value;
  }
  return undefined;
}

type Credential =
  | { readonly case: "sessionToken"; readonly value: string }
  | { readonly case: "apiKey"; readonly value: string }
  | { readonly case: "guestToken"; readonly value: string };

/** Already what the mesh wants, from `npm run token`. */
type ActorToken = { readonly case: "actorToken"; readonly value: string };

function credentialIn(headers: RequestHeaders): Credential | ActorToken | undefined {
  const authorization = headers.get("authorization");
  if (authorization !== undefined && authorization !== "") {
    const [scheme, value] = authorization.split(" ", 2);
    if (scheme?.toLowerCase() !== "bearer" || value === undefined || value === "") {
      throw new DomainError("unauthenticated", "AUTHORIZATION_MALFORMED", {
        expected: "Bearer <token>",
      });
    }
    const prefix = value.slice(0, 3);
    if (prefix === "st_") return { case: "sessionToken", value };
    if (prefix === "ak_") return { case: "apiKey", value };
    if (prefix === "gt_") return { case: "guestToken", value };
    if (value.split(".").length === 3) return { case: "actorToken", value };
    throw new DomainError("unauthenticated", "TOKEN_INVALID", {
      expected: "a token beginning with st_, ak_ or gt_",
    });
  }
  const session = sessionIn(headers);
  return session === undefined ? undefined : { case: "sessionToken", value: session };
}

/** The person whom auth's token names; undefined for a guest, who is known by what was shown. */
function personIn(actorToken: string): string | undefined {
  const [, claims] = actorToken.split(".");
  if (claims === undefined) return undefined;
  const { sub } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { readonly sub?: unknown };
  return typeof sub === "string" && sub !== "guest" ? `person:${sub}` : undefined;
}

function cacheKey(credential: string): string {
  return createHash("sha256").update(credential).digest("base64");
}
