import type { Money } from "@shopmesh/kernel";

/** What one line or a shipping charge bears of tax; frozen when the order is quoted. */
export type Tax = {
  readonly rateBasisPoints: number;
  readonly isInclusive: boolean;
  readonly amount: Money;
  /** What is taxed, without the tax. */
  readonly net: Money;
  readonly jurisdiction: string;
  /** The tax of each who levies; absent in what older code froze. */
  readonly parts?: readonly {
    readonly jurisdiction: string;
    readonly rateBasisPoints: number;
    readonly amount: Money;
  }[];
  /** Whether the marketplace owes it, not the seller; absent in what older code froze. */
  readonly marketplaceCollects?: boolean;
};

/** One thing bought: everything a snapshot, nothing read again later. */
export type OrderLine = {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  readonly title: string;
  readonly optionTitle: string;
  readonly unitPrice: Money;
  readonly subtotal: Money;
  readonly discount: Money;
  readonly total: Money;
  readonly tax: Tax;
  readonly sellerId: string;
  readonly productId: string;
  readonly productVersion: number;
  readonly categoryId: string;
  readonly pictureUrl: string;
  readonly weightGrams: number;
  /** Who bears the discount; absent in what older code froze: the seller. */
  readonly sellerDiscount?: Money;
  readonly platformDiscount?: Money;
  /** What goods that went back pay of it, in an order that replaces them. */
  readonly credit?: Money;
};

/** How it travels, and for how much. */
export type Shipping = {
  readonly optionId: string;
  readonly carrier: string;
  readonly serviceName: string;
  /** After discounts. */
  readonly price: Money;
  readonly tax: Tax;
  /** What promotions took off, and who bears it; absent for nothing. */
  readonly discount?: Money;
  readonly sellerDiscount?: Money;
  readonly platformDiscount?: Money;
  readonly earliestDeliveryMs: number | undefined;
  readonly latestDeliveryMs: number | undefined;
};

/** Sums of the lines and the shipping; `tax` is contained in `total` where prices include it. */
export type Totals = {
  readonly subtotal: Money;
  readonly discount: Money;
  readonly shipping: Money;
  readonly tax: Money;
  readonly total: Money;
};
