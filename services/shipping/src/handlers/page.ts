import { DomainError } from "@shopmesh/kernel";

const DEFAULT_SIZE = 20;
const MAX_SIZE = 50;

/** A page of a list by id. */
export type Page = { readonly limit: number; readonly afterId: string | undefined };

/** The page that a request asks for. Throws PAGE_TOKEN_INVALID. */
export function pageOf(asked: { readonly pageSize: number; readonly pageToken: string }): Page {
  const limit = Math.min(asked.pageSize === 0 ? DEFAULT_SIZE : asked.pageSize, MAX_SIZE);
  if (asked.pageToken === "") return { limit, afterId: undefined };
  const afterId = Buffer.from(asked.pageToken, "base64url").toString();
  if (!/^[0-9a-f-]{36}$/.test(afterId)) {
    throw new DomainError("invalid", "PAGE_TOKEN_INVALID", { field: "page_token" });
  }
  return { limit, afterId };
}

/** Where the next page begins; empty where this one was not full. */
export function nextPageToken({ limit }: Page, ids: readonly string[]): string {
  const last = ids.at(-1);
  return last === undefined || ids.length < limit ? "" : Buffer.from(last).toString("base64url");
}
