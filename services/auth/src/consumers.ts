import { SessionRevokedSchema } from "@shopmesh/contracts/shop/auth/v1/auth_events_pb.ts";
import { type Consumer, on, type ServiceContext } from "@shopmesh/mesh";

/** Tells every process of what was ended, also where the one that ended it died right after its commit. */
export function authConsumers({ revokeSession }: Pick<ServiceContext, "revokeSession">): readonly Consumer[] {
  return [
    {
      kind: "shared",
      name: "own-revocations",
      order: "each",
      reactions: [
        on(SessionRevokedSchema, ({ sessionId, apiKeyId }) => revokeSession(sessionId === "" ? apiKeyId : sessionId)),
      ],
    },
  ];
}
