import { DomainError } from "@shopmesh/kernel";

const DEFAULT_SIZE = 50;
const MAX_SIZE = 200;

/** A page of a list by key. */
export type Page = { readonly limit: number; readonly afterId: string | undefined };

/** The page that a request asks for. Throws PAGE_TOKEN_INVALID. */
export function pageOf({ pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string }): Page {
  const limit = Math.min(pageSize === 0 ? DEFAULT_SIZE : pageSize, MAX_SIZE);
  if (pageToken === "") return { limit, afterId: undefined };
  const afterId = Buffer.from(pageToken, "base64url").toString();
  if (!/^[0-9a-f-]{36}$/.test(afterId)) {
    const violation = {
      field: "page_token",
      description: "must be a next_page_token of this method",
      rule: "page_token",
    };
    throw new DomainError("invalid", "PAGE_TOKEN_INVALID", {}, { violations: [violation] });
  }
  return { limit, afterId };
}

/** One page of `found`, which holds one row more than the page where there is another. */
export function cut<T extends { readonly id: string }>(
  { limit }: Page,
  found: readonly T[],
): { readonly rows: readonly T[]; readonly nextPageToken: string } {
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return { rows, nextPageToken: hasMore ? Buffer.from(last.id).toString("base64url") : "" };
}
