/** In which orders the products can be shown. */
export const sorts = ["newest", "cheapest", "dearest", "title"] as const;

export type Sort = (typeof sorts)[number];

/** What the home page's address says. */
export type HomeSearch = { readonly category?: string | undefined; readonly sort?: Sort | undefined };

/** Reads it; what it does not know is left out. */
export function readHomeSearch(search: Record<string, unknown>): HomeSearch {
  const { category } = search;
  const sort = sorts.find((known) => known === search["sort"]);
  return {
    ...(typeof category === "string" && category !== "" ? { category } : {}),
    ...(sort === undefined ? {} : { sort }),
  };
}

/** The words of an address, whatever they are: what a card provider sends a browser back with. */
export function readWords(search: Record<string, unknown>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(search).flatMap(([name, value]) => (isWord(value) ? [[name, String(value)]] : [])),
  );
}

function isWord(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
