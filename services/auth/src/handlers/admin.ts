import {
  RoleGrantedSchema,
  RoleRevokedSchema,
  SessionRevokedSchema,
} from "@shopmesh/contracts/shop/auth/v1/auth_events_pb.ts";
import type { Role } from "@shopmesh/contracts/shop/auth/v1/auth_pb.ts";
import type { AuthAdminService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { cutPage, type Handlers, idPart, readPage, type ServiceContext, type Tx } from "@shopmesh/mesh";
import { type Account, type AccountRole, grantRole, revokeRole } from "../account.ts";
import { countLockedAdmins, listAccounts, lockAccount, updateRoles } from "../store/accounts.ts";
import { endApiKeysOf } from "../store/api-keys.ts";
import { endSessionsOf } from "../store/sessions.ts";
import { accountToProto, roleFromProto, roleToProto } from "./proto.ts";

const pages = { standard: 50, most: 200, key: [idPart] } as const;

/** Who may do what. */
export function adminHandlers({
  clock,
  revokeSession,
}: Pick<ServiceContext, "clock" | "revokeSession">): Handlers<typeof AuthAdminService> {
  return {
    async grantRole({ accountId, role, sellerId }, call) {
      const account = await call.transaction(async (tx) => {
        const before = await lockAccount(tx, accountId);
        const after = grantRole(before, wanted(role), sellerId === "" ? undefined : sellerId);
        if (after === before) return before;
        await updateRoles(tx, before, after);
        tx.emit(
          RoleGrantedSchema,
          { accountId, role, sellerId: after.sellerId ?? "" },
          { id: accountId, version: after.version },
        );
        return after;
      });
      return { account: accountToProto(account) };
    },
    async revokeRole({ accountId, role }, call) {
      const { account, endedIds } = await call.transaction(async (tx) => {
        // First all administrators, then the account: in one order, so that two revocations wait and never deadlock.
        const adminCount = await countLockedAdmins(tx);
        const before = await lockAccount(tx, accountId);
        const after = revokeRole(before, wanted(role), adminCount);
        if (after === before) return { account: before, endedIds: [] };
        await updateRoles(tx, before, after);
        tx.emit(
          RoleRevokedSchema,
          { accountId, role: roleToProto(wanted(role)) },
          { id: accountId, version: after.version },
        );
        return { account: after, endedIds: await endAll(tx, after, clock()) };
      });
      await Promise.all(endedIds.map((id) => revokeSession(id)));
      return { account: accountToProto(account) };
    },
    async listAccounts(request, call) {
      const page = readPage(request, pages);
      const filter = { email: request.email, role: roleFromProto(request.role) };
      const found = await listAccounts(call.sql, { ...filter, afterId: page.after?.[0], limit: page.limit });
      const { rows, nextPageToken } = cutPage(found, page, ({ id }) => [id]);
      return { accounts: rows.map(accountToProto), nextPageToken };
    },
  };
}

/** Ends what was opened with more rights than are left: its holder signs in again, and makes new keys. */
async function endAll(tx: Tx, { id: accountId, version }: Account, nowMs: number): Promise<readonly string[]> {
  const sessionIds = await endSessionsOf(tx, accountId, nowMs);
  const apiKeyIds = await endApiKeysOf(tx, accountId, nowMs);
  for (const sessionId of sessionIds)
    tx.emit(SessionRevokedSchema, { accountId, sessionId }, { id: accountId, version });
  for (const apiKeyId of apiKeyIds) tx.emit(SessionRevokedSchema, { accountId, apiKeyId }, { id: accountId, version });
  return [...sessionIds, ...apiKeyIds];
}

function wanted(role: Role): AccountRole {
  const known = roleFromProto(role);
  if (known === undefined) throw new DomainError("invalid", "ROLE_UNKNOWN", { field: "role" });
  return known;
}
