/** In which order products are listed. */
export type ProductSort = "newest" | "cheapest" | "dearest" | "title";

/** Which published products are listed; undefined means all. */
export type Listing = {
  readonly sort: ProductSort;
  /** With those below it. */
  readonly categoryId: string | undefined;
  readonly sellerId: string | undefined;
  /** The last page's last product: what it is sorted by, and its id. */
  readonly after: readonly string[] | undefined;
  readonly limit: number;
};
