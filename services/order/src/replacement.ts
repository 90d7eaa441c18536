import {
  addMoney,
  divideHalfUp,
  DomainError,
  type Money,
  money,
  splitByWeights,
  subtractMoney,
  sumMoney,
  timesQuantity,
} from "@shopmesh/kernel";
import type { Address } from "./address.ts";
import type { Exchange, ReplacementLine } from "./exchange.ts";
import type { Shipping, Tax } from "./line.ts";
import type { Order } from "./order.ts";
import type { Offer } from "./quote.ts";
import { partByQuantity, type Rest, without } from "./refund.ts";
import { planRefund } from "./refunding.ts";
import { ratesAt, type TaxRate, taxOn, withTax } from "./tax.ts";

/** What is wanted instead of goods that go back. */
export type ReplacementWish = { readonly sku: string; readonly quantity: number };

/** Everything that a replacement is priced from. */
export type PriceInput = {
  readonly returned: readonly { readonly lineId: string; readonly quantity: number }[];
  readonly wanted: readonly ReplacementWish[];
  readonly offers: readonly Offer[];
  readonly taxRates: readonly TaxRate[];
  readonly address: Address;
  readonly newId: () => string;
};

/** What a replacement costs. */
export type PricedReplacement = Pick<Exchange, "lines" | "shipping" | "totals" | "credit">;

/** What is left of what one returned line is worth. */
type Pool = { readonly sku: string; readonly productId: string; readonly unitPrice: Money; rest: Rest };

/**
 * The price of a replacement. Like for like (the same goods, or another variant at the price of then) costs nothing, whatever
 * was paid; anything else costs what it costs now, with its tax, and what the returned goods are worth pays for it, line by
 * line. Sending it is free. Throws SKU_NOT_SELLABLE, REPLACEMENT_TWICE, REPLACEMENT_OF_ANOTHER_SELLER,
 * EXCHANGE_OF_REPLACEMENT, CURRENCY_MISMATCH.
 */
export function priceReplacement(order: Order, input: PriceInput): PricedReplacement {
  if (order.exchangeOf !== undefined)
    throw new DomainError("precondition", "EXCHANGE_OF_REPLACEMENT", { order: order.number });
  const pools = poolsOf(order, input.returned);
  const offers = input.wanted.map((wish) => ({ wish, offer: offerFor(order, wish, input) }));
  // Like for like first: what it takes of the returned goods' worth pays for nothing else.
  const swapped = offers.map(({ wish, offer }) => swap(pools, offer, wish.quantity));
  const lines = offers.map(({ wish, offer }, index): ReplacementLine => {
    const full = fullLine(offer, wish.quantity, input);
    const worth = swapped[index];
    if (worth !== undefined) return charge(full, money(full.total.currencyCode, 0n), worth);
    const credit = takeFrom(pools, full.total);
    return charge(full, subtractMoney(full.total, credit), credit);
  });
  const currency = order.totals.total.currencyCode;
  const sum = (of: (line: ReplacementLine) => Money) => sumMoney(currency, lines.map(of));
  const totals = {
    subtotal: sum(({ subtotal }) => subtotal),
    discount: sum(({ discount }) => discount),
    shipping: money(currency, 0n),
    tax: sum(({ tax }) => tax.amount),
    total: sum(({ total }) => total),
  };
  return { lines, shipping: freeShipping(order.shipping), totals, credit: sum(({ credit }) => credit) };
}

function poolsOf(order: Order, returned: PriceInput["returned"]): readonly Pool[] {
  const parts = planRefund(order, { lines: returned, shipping: undefined, goodwill: undefined });
  return parts.flatMap((rest) => {
    const line = order.lines.find(({ id }) => id === rest.lineId);
    return line === undefined ? [] : { sku: line.sku, productId: line.productId, unitPrice: line.unitPrice, rest };
  });
}

function offerFor(order: Order, { sku }: ReplacementWish, { wanted, offers }: PriceInput): Offer {
  if (wanted.filter((wish) => wish.sku === sku).length > 1)
    throw new DomainError("invalid", "REPLACEMENT_TWICE", { sku, field: "replacements" });
  const offer = offers.find((candidate) => candidate.sku === sku);
  if (offer === undefined) throw new DomainError("precondition", "SKU_NOT_SELLABLE", { sku });
  if (offer.sellerId !== order.sellerId)
    throw new DomainError("precondition", "REPLACEMENT_OF_ANOTHER_SELLER", { sku, seller_id: offer.sellerId });
  return offer;
}

/** What the returned pieces are worth that `quantity` of an offer are alike; undefined where there are none. */
function swap(pools: readonly Pool[], offer: Offer, quantity: number): Money | undefined {
  const isAlike = ({ sku, productId, unitPrice }: Pool) =>
    sku === offer.sku || (productId === offer.productId && unitPrice.minorUnits === offer.unitPrice.minorUnits);
  const pool = pools.find((candidate) => isAlike(candidate) && candidate.rest.quantity >= quantity);
  if (pool === undefined) return undefined;
  const part = partByQuantity(pool.rest, quantity);
  pool.rest = without(pool.rest, part);
  return part.amount;
}

/** What the returned goods can still pay of `price`, taken from them. */
function takeFrom(pools: readonly Pool[], price: Money): Money {
  let open = price;
  for (const pool of pools) {
    const { amount } = pool.rest;
    const paid = amount.minorUnits < open.minorUnits ? amount : open;
    open = subtractMoney(open, paid);
    pool.rest = { ...pool.rest, amount: subtractMoney(amount, paid) };
  }
  return subtractMoney(price, open);
}

function fullLine(offer: Offer, quantity: number, { taxRates, address, newId }: PriceInput) {
  const { sellerName: _, ...snapshot } = offer;
  const subtotal = timesQuantity(offer.unitPrice, quantity);
  const tax = taxOn(subtotal, ratesAt(taxRates, address, offer.categoryId), address);
  return { ...snapshot, id: newId(), quantity, subtotal, tax, total: withTax(subtotal, tax) };
}

/** The line for which only `total` is to be paid, its tax pro rata: the returned goods were taxed when they were bought. */
function charge(full: ReturnType<typeof fullLine>, total: Money, credit: Money): ReplacementLine {
  const tax = taxPart(full.tax, total, full.total);
  const onTop = tax.isInclusive ? money(total.currencyCode, 0n) : tax.amount;
  const discount = subtractMoney(full.subtotal, subtractMoney(total, onTop));
  const platformDiscount = money(total.currencyCode, 0n);
  return { ...full, tax, total, discount, sellerDiscount: discount, platformDiscount, credit };
}

function taxPart(tax: Tax, part: Money, whole: Money): Tax {
  const share = whole.minorUnits === 0n ? 0n : divideHalfUp(tax.amount.minorUnits * part.minorUnits, whole.minorUnits);
  const amount = money(part.currencyCode, share);
  const { parts = [] } = tax;
  const split =
    parts.length === 0
      ? []
      : splitByWeights(
          share,
          parts.map((one) => one.amount.minorUnits),
        );
  return {
    ...tax,
    amount,
    net: subtractMoney(part, amount),
    parts: parts.map((one, index) => ({ ...one, amount: money(part.currencyCode, split[index] ?? 0n) })),
  };
}

function freeShipping(shipping: Shipping): Shipping {
  const zero = money(shipping.price.currencyCode, 0n);
  return {
    ...shipping,
    price: zero,
    tax: taxPart(shipping.tax, zero, addMoney(shipping.price, zero)),
    earliestDeliveryMs: undefined,
    latestDeliveryMs: undefined,
  };
}
