import { type Money, money, subtractMoney, sumMoney, timesQuantity } from "@shopmesh/kernel";
import type { Cart, CartItem } from "./cart.ts";
import { changesOf, type LineChange } from "./look.ts";
import type { AppliedPromotion, Discount, Offer, Reading } from "./offer.ts";

/** What keeps a line from being bought as it is. */
export type LineProblem =
  | "unsellable"
  | "out-of-stock"
  | "insufficient-stock"
  /** Catalog cannot say. */
  | "price-unknown";

/** A line with everything read for it. */
export type PricedLine = CartItem & {
  /** Undefined where the offer is unknown. */
  readonly offer: Offer | undefined;
  /** Absent where the offer is gone or its price unknown. */
  readonly price: { readonly unit: Money; readonly line: Money } | undefined;
  readonly available: number | undefined;
  readonly problems: readonly LineProblem[];
  /** What became of it since its owner last looked. */
  readonly changes: readonly LineChange[];
};

/** A cart as it would be sold now. */
export type PricedCart = {
  readonly lines: readonly PricedLine[];
  readonly discounts: readonly Discount[];
  readonly promotions: readonly AppliedPromotion[];
  /** Whether a quote may find other discounts. */
  readonly discountsDependOnDelivery: boolean;
  /** Why the coupon gives nothing; empty where it gives something or there is none. */
  readonly couponProblem: string;
  /** Undefined while the price of a line is unknown: a smaller sum would be a lie. */
  readonly totals: { readonly subtotal: Money; readonly discount: Money; readonly total: Money } | undefined;
  readonly itemCount: number;
};

/** The coupon's problem while it cannot be tried. */
export const COUPON_NOT_EVALUATED = "COUPON_NOT_EVALUATED";

/** The lines that can be sold, with their offers: what promotions are asked about. */
export function sellableLines(
  { items }: Cart,
  offers: ReadonlyMap<string, Offer>,
): readonly { readonly offer: Offer; readonly quantity: number }[] {
  return items.flatMap(({ sku, quantity }) => {
    const offer = offers.get(sku);
    return offer?.isSellable === true ? [{ offer, quantity }] : [];
  });
}

/** The cart with the prices, stock and discounts of `reading`. `currencyCode` is the shop's. */
export function priceCart(cart: Cart, reading: Reading, currencyCode: string): PricedCart {
  const lines = cart.items.map((item) => priceLine(item, reading));
  const { discounts, promotions, couponProblem, dependsOnDelivery } = reading.evaluation ?? {
    discounts: [],
    promotions: [],
    dependsOnDelivery: false,
    couponProblem: cart.couponCode === "" ? "" : COUPON_NOT_EVALUATED,
  };
  const itemCount = cart.items.reduce((sum, { quantity }) => sum + quantity, 0);
  const isUnknown = lines.some(({ problems }) => problems.includes("price-unknown"));
  const evaluated = { discounts, promotions, couponProblem, discountsDependOnDelivery: dependsOnDelivery };
  const priced = { lines, ...evaluated, itemCount };
  if (isUnknown) return { ...priced, totals: undefined };
  const subtotal = sumMoney(
    currencyCode,
    lines.flatMap(({ price }) => (price === undefined ? [] : [price.line])),
  );
  const discount = sumMoney(
    currencyCode,
    discounts.map(({ amount }) => money(amount.currencyCode, amount.minorUnits)),
  );
  return { ...priced, totals: { subtotal, discount, total: subtractMoney(subtotal, discount) } };
}

/** The line with the price and stock of `reading`. */
export function priceLine(item: CartItem, reading: Reading): PricedLine {
  const { offers, available } = reading;
  const offer = offers?.get(item.sku);
  const left = available?.get(item.sku);
  const isSellable = offer?.isSellable === true;
  return {
    ...item,
    offer,
    available: left,
    price: isSellable ? { unit: offer.unitPrice, line: timesQuantity(offer.unitPrice, item.quantity) } : undefined,
    problems: [
      ...(offers === undefined ? ["price-unknown" as const] : []),
      ...(offers !== undefined && !isSellable ? ["unsellable" as const] : []),
      ...stockProblem(item.quantity, left),
    ],
    changes: changesOf(item, reading),
  };
}

function stockProblem(quantity: number, left: number | undefined): readonly LineProblem[] {
  if (left === undefined || left >= quantity) return [];
  return [left <= 0 ? "out-of-stock" : "insufficient-stock"];
}
