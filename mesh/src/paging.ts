import { DomainError } from "@shopmesh/kernel";

/** A list that is read page by page, in the order of a key that no two of its rows share. */
export type PagedList<Patterns extends readonly RegExp[] = readonly RegExp[]> = {
  /** How many rows a page has where none are asked for. */
  readonly standard: number;
  /** How many rows a page has at the most. */
  readonly most: number;
  /** What each part of a row's key looks like; a pattern speaks of the whole part, from ^ to $. */
  readonly key: Patterns;
};

/** One text for each part of a list's key. */
type KeyOf<Patterns extends readonly RegExp[]> = { readonly [Part in keyof Patterns]: string };

/** The page that a request asks for. */
export type Page<Key extends readonly string[] = readonly string[]> = {
  readonly size: number;
  /** How many rows to read: one more than the page has tells whether another page follows. */
  readonly limit: number;
  /** The key of the last row of the page before; undefined for the first page. */
  readonly after: Key | undefined;
};

/** A part that is the id of a row. */
export const idPart: RegExp = /^[0-9a-f-]{36}$/;

/** A part that is a whole number, none below zero. */
export const numberPart: RegExp = /^\d{1,18}$/;

/** A part that may be any text. */
export const textPart: RegExp = /^/;

/** The page of `list` that a request asks for; its size is never refused. Throws PAGE_TOKEN_INVALID. */
export function readPage<const Patterns extends readonly RegExp[]>(
  { pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string },
  list: PagedList<Patterns>,
): Page<KeyOf<Patterns>> {
  const size = pageSize === 0 ? list.standard : Math.min(pageSize, list.most);
  return { size, limit: size + 1, after: pageToken === "" ? undefined : readToken(pageToken, list) };
}

/** The rows of `page`, of which its limit was read, and the token of the page after it: "" at the end. */
export function cutPage<Row, Key extends readonly string[]>(
  found: readonly Row[],
  { size }: Page<Key>,
  keyOf: (row: Row) => readonly [...Key],
): { readonly rows: readonly Row[]; readonly nextPageToken: string } {
  const rows = found.slice(0, size);
  const last = rows.at(-1);
  const isLastPage = found.length <= size || last === undefined;
  return { rows, nextPageToken: isLastPage ? "" : writeToken(keyOf(last)) };
}

function writeToken(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

function readToken<Patterns extends readonly RegExp[]>(token: string, list: PagedList<Patterns>): KeyOf<Patterns> {
  const key = parse(Buffer.from(token, "base64url").toString());
  // Reading overlooks what is no base64url and no UTF-8: only what writes back the same was written here.
  if (isKeyOf(list.key, key) && writeToken(key) === token) return key;
  const violation = {
    field: "page_token",
    description: "must be a next_page_token of this method",
    rule: "page_token",
  };
  throw new DomainError("invalid", "PAGE_TOKEN_INVALID", { field: "page_token" }, { violations: [violation] });
}

function isKeyOf<Patterns extends readonly RegExp[]>(patterns: Patterns, key: unknown): key is KeyOf<Patterns> {
  return (
    Array.isArray(key) &&
    key.length === patterns.length &&
    patterns.every((pattern, index) => typeof key[index] === "string" && pattern.test(key[index]))
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
