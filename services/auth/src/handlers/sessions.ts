import { SessionRevokedSchema } from "@shopmesh/contracts/shop/auth/v1/auth_events_pb.ts";
import type { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { cutPage, type Handlers, idPart, numberPart, readPage, type ServiceContext } from "@shopmesh/mesh";
import { findAccount } from "../store/accounts.ts";
import { isOpen } from "../session.ts";
import { endSession, findSession, listSessions } from "../store/sessions.ts";
import { personOf } from "./person.ts";
import { accountToProto, sessionToProto } from "./proto.ts";

const pages = { standard: 20, most: 100, key: [numberPart, idPart] } as const;

/** A person's own devices. */
export function sessionHandlers({
  clock,
  revokeSession,
}: Pick<ServiceContext, "clock" | "revokeSession">): Handlers<
  typeof AuthService,
  "getSession" | "listSessions" | "revokeSession"
> {
  return {
    async getSession(_request, call) {
      const { id, sessionId } = personOf(call);
      const [account, session] = await Promise.all([findAccount(call.sql, id), findSession(call.sql, sessionId)]);
      const isShown = session !== undefined && isOpen(session, clock());
      return { account: accountToProto(account), ...(isShown ? { session: sessionToProto(session, sessionId) } : {}) };
    },
    async listSessions(request, call) {
      const { id: accountId, sessionId } = personOf(call);
      const page = readPage(request, pages);
      const [lastUse, id] = page.after ?? [];
      const after = lastUse === undefined || id === undefined ? undefined : { lastUseMs: Number(lastUse), id };
      const found = await listSessions(call.sql, { accountId, nowMs: clock(), limit: page.limit, after });
      const { rows, nextPageToken } = cutPage(found, page, (session) => [String(session.lastUseMs), session.id]);
      return { sessions: rows.map((session) => sessionToProto(session, sessionId)), nextPageToken };
    },
    async revokeSession({ sessionId }, call) {
      const { id: accountId } = personOf(call);
      await call.transaction(async (tx) => {
        if (!(await endSession(tx, sessionId, clock()))) return;
        const { version } = await findAccount(tx, accountId);
        tx.emit(SessionRevokedSchema, { accountId, sessionId }, { id: accountId, version });
      });
      await revokeSession(sessionId);
      return {};
    },
  };
}
