import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import type { Actor, Call, Handlers } from "@shopmesh/mesh";
import { hashOf } from "../effects/secrets.ts";
import type { SigningKeys } from "../effects/signing-keys.ts";
import { isUseNews, SESSION_IDLE_MS } from "../session.ts";
import { findApiKeyHolder, noteApiKeyUse } from "../store/api-keys.ts";
import { findSessionHolder, type Holder, noteSessionUse } from "../store/sessions.ts";
import { listSigningKeys } from "../store/signing-keys.ts";
import { signingKeyToProto } from "./proto.ts";

const MAX_SIGNING_KEYS = 100;

/** The hot path: one statement, a second one once a minute, one signature. */
export function credentialHandlers({
  clock,
  signingKeys,
}: {
  readonly clock: Clock;
  readonly signingKeys: SigningKeys;
}): Handlers<typeof AuthService, "exchangeCredential" | "listSigningKeys"> {
  async function sessionActor(token: string, call: Call): Promise<Actor> {
    const nowMs = clock();
    const holder = await findSessionHolder(call.sql, hashOf(token), nowMs);
    if (holder === undefined) throw new DomainError("unauthenticated", "SESSION_INVALID");
    if (isUseNews(holder.lastUseMs, nowMs)) await noteSessionUse(call.sql, holder.id, nowMs, nowMs + SESSION_IDLE_MS);
    return actorOf(holder);
  }

  async function apiKeyActor(key: string, call: Call): Promise<Actor> {
    const nowMs = clock();
    const holder = await findApiKeyHolder(call.sql, hashOf(key), nowMs);
    if (holder === undefined) throw new DomainError("unauthenticated", "API_KEY_INVALID");
    if (isUseNews(holder.lastUseMs, nowMs)) await noteApiKeyUse(call.sql, holder.id, nowMs);
    return actorOf(holder);
  }

  return {
    async exchangeCredential({ credential }, call) {
      const { token, expireMs } = await signingKeys.sign(await actorFor());
      return { actorToken: token, expireTime: timestampFromMs(expireMs) };

      function actorFor(): Actor | Promise<Actor> {
        switch (credential.case) {
          case "sessionToken":
            return sessionActor(credential.value, call);
          case "apiKey":
            return apiKeyActor(credential.value, call);
          case "guestToken":
            return { kind: "guest", tokenHash: hashOf(credential.value) };
          case undefined:
            throw new DomainError("invalid", "CREDENTIAL_MISSING", { field: "credential" });
        }
      }
    },
    // There are never more than a few: always one page.
    async listSigningKeys({ pageToken }, call) {
      if (pageToken !== "") throw new DomainError("invalid", "PAGE_TOKEN_INVALID", { field: "page_token" });
      const keys = await listSigningKeys(call.sql, clock(), MAX_SIGNING_KEYS);
      return { signingKeys: keys.map(signingKeyToProto), nextPageToken: "" };
    },
  };
}

function actorOf({ id, accountId, roles, sellerId }: Holder): Actor {
  return { kind: "person", id: accountId, roles, sellerId, sessionId: id };
}
