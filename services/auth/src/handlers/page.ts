import { DomainError } from "@shopmesh/kernel";

/** A page as a request asks for it; `after` is the key of the last row seen. */
export type Page = { readonly limit: number; readonly after: string | undefined };

type Sizes = { readonly standard: number; readonly max: number };

/** The page that a request asks for; `key` is how this list's keys look. Throws PAGE_TOKEN_INVALID. */
export function pageOf(
  request: { readonly pageSize: number; readonly pageToken: string },
  sizes: Sizes,
  key: RegExp,
): Page {
  const limit = Math.min(request.pageSize === 0 ? sizes.standard : request.pageSize, sizes.max);
  if (request.pageToken === "") return { limit, after: undefined };
  const after = Buffer.from(request.pageToken, "base64url").toString();
  if (!key.test(after)) throw new DomainError("invalid", "PAGE_TOKEN_INVALID", { field: "page_token" });
  return { limit, after };
}

/** The rows of a page of which one more was read than asked for, and where the next begins; "" at the end. */
export function cutPage<T>(
  rows: readonly T[],
  { limit }: Page,
  keyOf: (row: T) => string,
): { readonly rows: readonly T[]; readonly nextPageToken: string } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { rows: page, nextPageToken: hasMore ? Buffer.from(keyOf(last)).toString("base64url") : "" };
}

/** A UUID as a key of pages. */
export const idKey = /^[0-9a-f-]{36}$/;
