import { DomainError } from "@shopmesh/kernel";

/** A key by which a program acts for an account; the key itself is not in it. */
export type ApiKey = {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** The key's first characters. */
  readonly prefix: string;
  readonly createMs: number;
  readonly expireMs: number | undefined;
  readonly lastUseMs: number | undefined;
  readonly endMs: number | undefined;
};

export const MAX_API_KEYS = 20;

const PREFIX_LENGTH = 9;

/** A new key beside `openCount` others. Throws API_KEYS_FULL, EXPIRE_TIME_PAST. */
export function newApiKey(
  fields: Pick<ApiKey, "id" | "accountId" | "name" | "expireMs"> & { readonly secret: string; readonly nowMs: number },
  openCount: number,
): ApiKey {
  const { secret, nowMs, ...rest } = fields;
  if (fields.expireMs !== undefined && fields.expireMs <= nowMs) {
    throw new DomainError("invalid", "EXPIRE_TIME_PAST", { field: "expire_time" });
  }
  if (openCount >= MAX_API_KEYS)
    throw new DomainError("precondition", "API_KEYS_FULL", { limit: String(MAX_API_KEYS) });
  return { ...rest, prefix: secret.slice(0, PREFIX_LENGTH), createMs: nowMs, lastUseMs: undefined, endMs: undefined };
}
