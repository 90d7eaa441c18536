import type { CategorySlug } from "./categories.ts";
import type { PaintName } from "./colours.ts";
import type { MotifName } from "./pictures/motifs.ts";
import type { SellerSlug } from "./people.ts";
import type { Finish } from "./types.ts";

/** One value of an option: its name alone, or with what it adds to the price (EUR cents) and to the weight (grams). */
export type OptionValueRow = string | readonly [name: string, addsMinorUnits: bigint, addsGrams: number];

/** One product as the tables below `products/` write it. */
export type ProductRow = {
  readonly slug: string;
  readonly title: string;
  readonly brand: string;
  readonly text: string;
  /** The start of its skus. */
  readonly code: string;
  /** EUR cents, tax included, of the first variant. */
  readonly price: bigint;
  readonly grams: number;
  /** "Name: value; Name: value". */
  readonly facts: string;
  readonly options?: Readonly<Record<string, readonly OptionValueRow[]>>;
  /** How many pieces: of all variants, or by option values joined with " / ". */
  readonly left?: number | Readonly<Record<string, number>>;
  /** Whose it is, where not the table's seller. */
  readonly seller?: SellerSlug;
  /** Made by hand: carries no barcode. */
  readonly handmade?: true;
  /** The shape and its colours; "own" is the first colour among the options. */
  readonly picture: readonly [motif: MotifName, main: PaintName | "own", accent: PaintName, finish?: Finish];
};

/** The products of one category. */
export type ProductTable = {
  readonly category: CategorySlug;
  readonly seller: SellerSlug;
  readonly rows: readonly ProductRow[];
};
