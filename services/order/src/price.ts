import { addMoney, type Money, money, splitByWeights } from "@shopmesh/kernel";
import type { OrderLine, Shipping } from "./line.ts";
import { withTax } from "./tax.ts";

/** What a part of an order costs, or what is given back of it: a line, a delivery, a parcel. */
export type Price = {
  /** What its buyer pays, tax and all. */
  readonly amount: Money;
  /** What of the amount is tax. */
  readonly tax: Money;
  /**
   * What the marketplace pays besides, by a promotion of its own; it is the seller's all the same. Absent for nothing, and in what
   * older code froze.
   */
  readonly platformShare?: Money;
};

/** The price of these; a share of nothing is left out, for most prices are paid by their buyers alone. */
export function priceOf(amount: Money, tax: Money, platformShare: Money | undefined): Price {
  const isShared = platformShare !== undefined && platformShare.minorUnits !== 0n;
  return isShared ? { amount, tax, platformShare } : { amount, tax };
}

/** What nobody pays. */
export function noPrice(currencyCode: string): Price {
  const nothing = money(currencyCode, 0n);
  return { amount: nothing, tax: nothing };
}

/** What a line costs. */
export function priceOfLine({ total, tax, platformDiscount }: OrderLine): Price {
  return priceOf(total, tax.amount, platformDiscount);
}

/** What an order's delivery costs. */
export function priceOfDelivery({ price, tax, platformDiscount }: Shipping): Price {
  return priceOf(withTax(price, tax), tax.amount, platformDiscount);
}

/** The price with each of its sums changed. */
export function mapPrice({ amount, tax, platformShare }: Price, change: (sum: Money) => Money): Price {
  return priceOf(change(amount), change(tax), platformShare && change(platformShare));
}

/** What both cost. Throws CURRENCY_MISMATCH. */
export function addPrices(left: Price, right: Price): Price {
  const [one, other] = [left.platformShare, right.platformShare];
  const platformShare = one && other ? addMoney(one, other) : (one ?? other);
  return priceOf(addMoney(left.amount, right.amount), addMoney(left.tax, right.tax), platformShare);
}

/** What all of them cost, nothing of `currencyCode` for none. Throws CURRENCY_MISMATCH. */
export function sumPrices(currencyCode: string, prices: readonly Price[]): Price {
  return prices.reduce(addPrices, noPrice(currencyCode));
}

/** Of each of their sums the smaller one; both of one currency. */
export function minPrice(left: Price, right: Price): Price {
  const smaller = (one: Money, other: Money) => (one.minorUnits < other.minorUnits ? one : other);
  const platformShare = left.platformShare && right.platformShare && smaller(left.platformShare, right.platformShare);
  return priceOf(smaller(left.amount, right.amount), smaller(left.tax, right.tax), platformShare);
}

/** What `whole` costs besides `part`, possibly below zero. Throws CURRENCY_MISMATCH. */
export function subtractPrice(whole: Price, part: Price): Price {
  const negative = mapPrice(part, ({ currencyCode, minorUnits }) => money(currencyCode, -minorUnits));
  return addPrices(whole, negative);
}

/** Each of its sums split in proportion to `weights` (each ≥ 0, at least one) by largest remainder. */
export function splitPrice({ amount, tax, platformShare }: Price, weights: readonly bigint[]): readonly Price[] {
  const split = (sum: Money) => splitByWeights(sum.minorUnits, weights).map((part) => money(sum.currencyCode, part));
  const [taxes, shares] = [split(tax), platformShare && split(platformShare)];
  return split(amount).map((part, index) => priceOf(part, taxes[index] ?? { ...tax, minorUnits: 0n }, shares?.[index]));
}

/** What `quantity` of `count` pieces cost that cost `price` together, and what the others do. */
export function dividePrice(price: Price, quantity: number, count: number): readonly [Price, Price] {
  const nothing = noPrice(price.amount.currencyCode);
  const [taken = nothing, left = nothing] = splitPrice(price, [BigInt(quantity), BigInt(count - quantity)]);
  return [taken, left];
}
