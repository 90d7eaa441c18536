import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type AccountSchema,
  type ApiKeySchema,
  Role,
  type SessionSchema,
  type SigningKeySchema,
} from "@shopmesh/contracts/shop/auth/v1/auth_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { timeField } from "@shopmesh/mesh";
import type { Account, AccountRole } from "../account.ts";
import type { ApiKey } from "../api-key.ts";
import type { Session } from "../session.ts";
import type { StoredSigningKey } from "../store/signing-keys.ts";

const protoRoles = {
  customer: Role.CUSTOMER,
  seller: Role.SELLER,
  support: Role.SUPPORT,
  admin: Role.ADMIN,
} as const satisfies Record<AccountRole, Role>;

const rolesByProto = new Map<Role, AccountRole>(
  Object.entries(protoRoles).map(([name, role]) => [role, name as AccountRole]),
);

export function roleToProto(role: AccountRole): Role {
  return protoRoles[role];
}

/** The role; undefined for none given. Throws ROLE_UNKNOWN for one that this version does not know. */
export function roleFromProto(role: Role): AccountRole | undefined {
  if (role === Role.UNSPECIFIED) return undefined;
  const known = rolesByProto.get(role);
  if (known === undefined) throw new DomainError("invalid", "ROLE_UNKNOWN", { field: "role" });
  return known;
}

export function accountToProto(account: Account): MessageInitShape<typeof AccountSchema> {
  return {
    id: account.id,
    email: account.email,
    name: account.name,
    roles: account.roles.map(roleToProto),
    sellerId: account.sellerId ?? "",
    createTime: timestampFromMs(account.createMs),
  };
}

export function sessionToProto(session: Session, currentId: string): MessageInitShape<typeof SessionSchema> {
  return {
    id: session.id,
    device: session.device,
    createTime: timestampFromMs(session.createMs),
    lastUseTime: timestampFromMs(session.lastUseMs),
    expireTime: timestampFromMs(session.expireMs),
    isCurrent: session.id === currentId,
  };
}

export function apiKeyToProto(key: ApiKey): MessageInitShape<typeof ApiKeySchema> {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    createTime: timestampFromMs(key.createMs),
    ...timeField("expireTime", key.expireMs),
    ...timeField("lastUseTime", key.lastUseMs),
  };
}

export function signingKeyToProto({ kid, x, expireMs }: StoredSigningKey): MessageInitShape<typeof SigningKeySchema> {
  return { kid, x, crv: "Ed25519", ...timeField("expireTime", expireMs) };
}
