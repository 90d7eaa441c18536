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

/** From what a promotion takes off; unspecified by older promotions. */
export type PromotionClass = "unspecified" | "product" | "order" | "shipping";

/** What a promotion takes off a line. */
export type Discount = {
  readonly sku: string;
  readonly promotionId: string;
  readonly label: string;
  readonly amount: Money;
  readonly promotionClass: PromotionClass;
  /** Empty for an automatic one. */
  readonly couponCode: string;
  /** Who bears it. */
  readonly sellerAmount: Money;
  readonly platformAmount: Money;
};

/** A promotion that counts, with what it takes off in all. */
export type AppliedPromotion = {
  readonly promotionId: string;
  readonly label: string;
  readonly promotionClass: PromotionClass;
  readonly amount: Money;
  readonly couponCode: string;
  /** Whether its uses are counted when the cart is ordered. */
  readonly counted: boolean;
};

/** What promotion says of a cart. */
export type Evaluation = {
  readonly discounts: readonly Discount[];
  readonly promotions: readonly AppliedPromotion[];
  readonly couponProblem: string;
  /** Whether a quote may find other discounts, once it knows where the goods go. */
  readonly dependsOnDelivery: boolean;
};

/** What the others say of a cart; undefined is a service that cannot say now. */
export type Reading = {
  readonly offers: ReadonlyMap<string, Offer> | undefined;
  /** How many of each sku can be bought. */
  readonly available: ReadonlyMap<string, number> | undefined;
  readonly evaluation: Evaluation | undefined;
  /** Whether something is unknown because who knows it has too much to do: soon it can be told. */
  readonly isOverloaded: boolean;
};
