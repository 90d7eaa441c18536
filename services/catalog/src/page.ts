import { DomainError } from "@shopmesh/kernel";

/** How many rows a page asks for: none said is `standard`, more than `most` is `most`. */
export function pageSize(asked: number, standard = 50, most = 500): number {
  return asked === 0 ? standard : Math.min(asked, most);
}

/** An opaque token that holds the last row's key. */
export function pageToken(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** The key of `length` parts in a token; undefined for the first page. Throws PAGE_TOKEN_INVALID. */
export function pageKey(token: string, length: number): readonly string[] | undefined {
  if (token === "") return undefined;
  const key = parse(token);
  if (!Array.isArray(key) || key.length !== length || !key.every((part) => typeof part === "string")) {
    throw invalid(token);
  }
  return key;
}

/** A page of `rows`, of which one more than `size` was read, and the token of the next. */
export function pageOf<T>(
  rows: readonly T[],
  size: number,
  keyOf: (row: T) => readonly string[],
): { readonly items: readonly T[]; readonly nextPageToken: string } {
  const items = rows.slice(0, size);
  const last = items.at(-1);
  return {
    items,
    nextPageToken: rows.length > size && last !== undefined ? pageToken(keyOf(last)) : "",
  };
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    // Whatever is no JSON was not made here.
    throw invalid(token);
  }
}

function invalid(token: string): DomainError {
  return new DomainError("invalid", "PAGE_TOKEN_INVALID", { page_token: token });
}
