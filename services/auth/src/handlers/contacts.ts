import type { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import type { Handlers } from "@shopmesh/mesh";
import { listContacts } from "../store/accounts.ts";
import { roleFromProto } from "./proto.ts";

const MAX_CONTACTS = 200;

/** How accounts are reached, for who writes to them. */
export function contactHandlers(): Handlers<typeof AuthService, "listContacts"> {
  return {
    async listContacts({ accountIds: ids, sellerId, role }, call) {
      const found = await listContacts(call.sql, { ids, sellerId, role: roleFromProto(role) }, MAX_CONTACTS);
      return { contacts: found.map(({ id, email, name }) => ({ accountId: id, email, name })) };
    },
  };
}
