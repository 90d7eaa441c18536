import { timestampMs } from "@bufbuild/protobuf/wkt";
import { SessionRevokedSchema } from "@shopmesh/contracts/shop/auth/v1/auth_events_pb.ts";
import type { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { cutPage, type Handlers, idPart, readPage, type ServiceContext } from "@shopmesh/mesh";
import { newApiKey } from "../api-key.ts";
import { hashOf, newSecret } from "../effects/secrets.ts";
import { findAccount, lockAccount } from "../store/accounts.ts";
import { countApiKeys, endApiKey, insertApiKey, listApiKeys } from "../store/api-keys.ts";
import { personOf } from "./person.ts";
import { apiKeyToProto } from "./proto.ts";

const pages = { standard: 20, most: 100, key: [idPart] } as const;

type Deps = Pick<ServiceContext, "clock" | "newId" | "entropy" | "revokeSession">;

/** The keys of an account's programs. */
export function apiKeyHandlers({
  clock,
  newId,
  entropy,
  revokeSession,
}: Deps): Handlers<typeof AuthService, "createApiKey" | "listApiKeys" | "revokeApiKey"> {
  return {
    async createApiKey({ name, expireTime }, call) {
      const { id: accountId } = personOf(call);
      const secret = newSecret("ak_", entropy);
      const key = await call.transaction(async (tx) => {
        // Locked, so that no two calls at once make the twenty-first.
        await lockAccount(tx, accountId);
        const expireMs = expireTime === undefined ? undefined : timestampMs(expireTime);
        const made = newApiKey(
          { id: newId(), accountId, name, expireMs, secret, nowMs: clock() },
          await countApiKeys(tx, accountId, clock()),
        );
        await insertApiKey(tx, made, hashOf(secret));
        return made;
      });
      return { apiKey: apiKeyToProto(key), secret };
    },
    async listApiKeys(request, call) {
      const { id: accountId } = personOf(call);
      const page = readPage(request, pages);
      const found = await listApiKeys(call.sql, {
        accountId,
        nowMs: clock(),
        limit: page.limit,
        afterId: page.after?.[0],
      });
      const { rows, nextPageToken } = cutPage(found, page, ({ id }) => [id]);
      return { apiKeys: rows.map(apiKeyToProto), nextPageToken };
    },
    async revokeApiKey({ apiKeyId }, call) {
      const { id: accountId } = personOf(call);
      await call.transaction(async (tx) => {
        if (!(await endApiKey(tx, apiKeyId, clock()))) return;
        const { version } = await findAccount(tx, accountId);
        tx.emit(SessionRevokedSchema, { accountId, apiKeyId }, { id: accountId, version });
      });
      // The actor tokens of a key name the key where a session's name the session.
      await revokeSession(apiKeyId);
      return {};
    },
  };
}
