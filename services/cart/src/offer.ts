import type { Money } from "@shopmesh/kernel";

/** A sellable thing as catalog says it is now. */
export type Offer = {
  readonly sku: string;
  readonly title: string;
  readonly optionTitle: string;
  readonly productId: string;
  readonly productVersion: bigint;
  readonly sellerId: string;
  readonly sellerName: string;
  readonly categoryId: string;
  readonly unitPrice: Money;
  readonly pictureUrl: string;
  readonly weightGrams: number;
  readonly isSellable: boolean;
};

/** What a promotion takes off a line. */
export type Discount = {
  readonly sku: string;
  readonly promotionId: string;
  readonly label: string;
  readonly amount: Money;
};

/** What the others say of a cart; undefined is a service that cannot say now. */
export type Reading = {
  readonly offers: ReadonlyMap<string, Offer> | undefined;
  /** How many of each sku can be bought. */
  readonly available: ReadonlyMap<string, number> | undefined;
  readonly evaluation: { readonly discounts: readonly Discount[]; readonly couponProblem: string } | undefined;
};
