import { addMoney, DomainError, type Money, subtractMoney, sumMoney, timesQuantity } from "@shopmesh/kernel";
import type { Address } from "./address.ts";
import type { OrderLine, Shipping, Totals } from "./order.ts";
import { DELIVERY, ratesAt, type TaxRate, taxOn, withTax } from "./tax.ts";

export type { Address };

/** A quote is kept this long and never re-priced. */
export const QUOTE_TTL_MS = 15 * 60_000;

/** An address and nothing more, as snapshots keep it. */
export function plainAddress({ name, line1, line2, city, region, postalCode, countryCode, phone }: Address): Address {
  return { name, line1, line2, city, region, postalCode, countryCode, phone };
}

/** One way to send a seller's goods. */
export type ShippingChoice = Pick<
  Shipping,
  "optionId" | "carrier" | "serviceName" | "price" | "earliestDeliveryMs" | "latestDeliveryMs"
>;

/** What a checkout costs, by seller; a snapshot. */
export type Quote = {
  readonly id: string;
  readonly cartId: string;
  readonly cartVersion: number;
  /** The group whose goods had left the cart when it was quoted; empty before the first. */
  readonly settledGroupId: string;
  /** Guests' carts whose goods had come into it by then: no checkout of theirs may be open. Absent in what older code quoted. */
  readonly mergedCartIds?: readonly string[];
  readonly personId: string | undefined;
  readonly guestTokenHash: string | undefined;
  readonly email: string;
  /** The language of messages about it; absent in what older code quoted, and where nobody said. */
  readonly locale?: string;
  readonly address: Address;
  readonly couponCode: string;
  /** Why the coupon in the cart does not apply; empty where it does or there is none. */
  readonly couponProblem: string;
  readonly discounts: readonly Discount[];
  /** What comes off the deliveries; absent for nothing, and in what older code quoted. */
  readonly shippingDiscounts?: readonly ShippingDiscount[];
  /** The promotions whose uses are counted; absent in what older code quoted. */
  readonly promotions?: readonly CountedPromotion[];
  readonly sellers: readonly SellerQuote[];
  readonly totals: Totals;
  readonly createMs: number;
  readonly expireMs: number;
};

/** The part of one seller; it becomes one order. */
export type SellerQuote = {
  readonly sellerId: string;
  readonly sellerName: string;
  readonly lines: readonly OrderLine[];
  readonly choices: readonly ShippingChoice[];
  readonly shipping: Shipping;
  readonly totals: Totals;
};

/** What a promotion takes off one sku's line. */
export type Discount = {
  readonly sku: string;
  readonly promotionId: string;
  readonly label: string;
  readonly amount: Money;
  /** What of it the marketplace bears; absent: nothing, the seller bears it all. */
  readonly platformAmount?: Money;
  /** Absent in what older code quoted. */
  readonly promotionClass?: PromotionClass;
  /** Absent or empty for an automatic promotion. */
  readonly couponCode?: string;
};

/** From what a promotion takes off. */
export type PromotionClass = "unspecified" | "product" | "order" | "shipping";

/** What a promotion takes off one seller's delivery. */
export type ShippingDiscount = Omit<Discount, "sku"> & { readonly sellerId: string };

/** A promotion that has to be reserved, with what it takes off in all. */
export type CountedPromotion = { readonly promotionId: string; readonly amount: Money };

/** A sellable thing as catalog says it is now. */
export type Offer = Pick<
  OrderLine,
  | "sku"
  | "title"
  | "optionTitle"
  | "unitPrice"
  | "sellerId"
  | "productId"
  | "productVersion"
  | "categoryId"
  | "pictureUrl"
  | "weightGrams"
> & { readonly sellerName: string };

/** How a buyer wants goods sent: by option for each seller, or by options for all who offer one. */
export type ShippingWish = {
  readonly optionIds: readonly string[];
  readonly bySeller: Readonly<Record<string, string>>;
};

/** Everything that a quote is computed from. */
export type QuoteInput = Omit<Quote, "sellers" | "totals" | "expireMs"> & {
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly offers: readonly Offer[];
  readonly choices: ReadonlyMap<string, readonly ShippingChoice[]>;
  readonly wish: ShippingWish;
  readonly taxRates: readonly TaxRate[];
  readonly newId: () => string;
};

/**
 * The priced quote: lines rounded as lines, tax frozen per line, one part a seller. Throws CART_EMPTY, SKU_NOT_SELLABLE,
 * SHIPPING_UNAVAILABLE, SHIPPING_OPTION_UNKNOWN, CURRENCY_MISMATCH.
 */
export function buildQuote(input: QuoteInput): Quote {
  const { items, offers, choices, wish, taxRates: _, newId, ...kept } = input;
  if (items.length === 0) throw new DomainError("precondition", "CART_EMPTY", { cart_id: input.cartId });
  const offerOf = new Map(offers.map((offer) => [offer.sku, offer]));
  const lines = items.map(({ sku, quantity }) => {
    const offer = offerOf.get(sku);
    if (offer === undefined) throw new DomainError("precondition", "SKU_NOT_SELLABLE", { sku });
    return { ...priceLine(offer, quantity, input), id: newId(), sellerName: offer.sellerName };
  });
  refuseUnknown(choices, wish);
  const sellers = [...new Set(lines.map(({ sellerId }) => sellerId))].map((sellerId) =>
    quoteSeller(
      sellerId,
      lines.filter((line) => line.sellerId === sellerId),
      choices.get(sellerId) ?? [],
      input,
    ),
  );
  return {
    ...kept,
    sellers,
    totals: sumTotals(sellers.map(({ totals }) => totals)),
    expireMs: input.createMs + QUOTE_TTL_MS,
  };
}

/** The sums of several totals; of at least one. */
export function sumTotals(all: readonly Totals[]): Totals {
  return all.reduce((left, right) => ({
    subtotal: addMoney(left.subtotal, right.subtotal),
    discount: addMoney(left.discount, right.discount),
    shipping: addMoney(left.shipping, right.shipping),
    tax: addMoney(left.tax, right.tax),
    total: addMoney(left.total, right.total),
  }));
}

/** The option of a seller's that counts: the one asked for, else the cheapest. */
export function chosenOf(
  { choices, wish }: Pick<QuoteInput, "choices" | "wish">,
  sellerId: string,
): ShippingChoice | undefined {
  const offered = choices.get(sellerId) ?? [];
  const own = wish.bySeller[sellerId];
  const wanted = own === undefined ? wish.optionIds : [own];
  const asked = offered.filter(({ optionId }) => wanted.includes(optionId));
  return cheapest(asked) ?? cheapest(offered);
}

function refuseUnknown(choices: QuoteInput["choices"], { optionIds, bySeller }: ShippingWish): void {
  const offers = (own: readonly ShippingChoice[] = [], id: string) => own.some(({ optionId }) => optionId === id);
  const unknown = optionIds.find((id) => ![...choices.values()].some((own) => offers(own, id)));
  if (unknown !== undefined)
    throw new DomainError("precondition", "SHIPPING_OPTION_UNKNOWN", { shipping_option_id: unknown });
  for (const [sellerId, id] of Object.entries(bySeller))
    if (!offers(choices.get(sellerId), id))
      throw new DomainError("precondition", "SHIPPING_OPTION_UNKNOWN", { shipping_option_id: id, seller_id: sellerId });
}

/** The line's money: a seller's discount lowers the base of its tax, the marketplace's does not. */
function priceLine(
  offer: Offer,
  quantity: number,
  { discounts, address, taxRates }: QuoteInput,
): Omit<OrderLine, "id"> {
  const subtotal = timesQuantity(offer.unitPrice, quantity);
  const own = discounts.filter(({ sku }) => sku === offer.sku);
  const sum = (amounts: readonly Money[]) => sumMoney(subtotal.currencyCode, amounts);
  const discount = sum(own.map(({ amount }) => amount));
  const platformDiscount = sum(own.flatMap(({ platformAmount }) => platformAmount ?? []));
  const sellerDiscount = subtractMoney(discount, platformDiscount);
  const tax = taxOn(subtractMoney(subtotal, sellerDiscount), ratesAt(taxRates, address, offer.categoryId), address);
  const { sellerName: _, ...snapshot } = offer;
  const total = withTax(subtractMoney(subtotal, discount), tax);
  return { ...snapshot, quantity, subtotal, discount, sellerDiscount, platformDiscount, total, tax };
}

function quoteSeller(
  sellerId: string,
  named: readonly (OrderLine & { readonly sellerName: string })[],
  choices: readonly ShippingChoice[],
  input: QuoteInput,
): SellerQuote {
  const { address } = input;
  const chosen = chosenOf(input, sellerId);
  if (chosen === undefined)
    throw new DomainError("precondition", "SHIPPING_UNAVAILABLE", {
      seller_id: sellerId,
      country: address.countryCode,
    });
  const lines = named.map(({ sellerName: _, ...line }) => line);
  const shipping = priceDelivery(chosen, sellerId, input);
  const currency = chosen.price.currencyCode;
  const goods = sumMoney(
    currency,
    lines.map(({ total }) => total),
  );
  return {
    sellerId,
    sellerName: named[0]?.sellerName ?? "",
    lines,
    choices,
    shipping,
    totals: {
      subtotal: sumMoney(
        currency,
        lines.map(({ subtotal }) => subtotal),
      ),
      discount: sumMoney(
        currency,
        lines.map(({ discount }) => discount),
      ),
      shipping: shipping.price,
      tax: sumMoney(currency, [...lines.map(({ tax }) => tax.amount), shipping.tax.amount]),
      total: addMoney(goods, withTax(shipping.price, shipping.tax)),
    },
  };
}

/** As for a line: a seller's discount lowers the base of the tax, the marketplace's does not. */
function priceDelivery(
  chosen: ShippingChoice,
  sellerId: string,
  { shippingDiscounts = [], taxRates, address }: QuoteInput,
): Shipping {
  const taxes = (base: Money) => taxOn(base, ratesAt(taxRates, address, DELIVERY), address);
  const own = shippingDiscounts.filter((discount) => discount.sellerId === sellerId);
  if (own.length === 0) return { ...chosen, tax: taxes(chosen.price) };
  const sum = (amounts: readonly Money[]) => sumMoney(chosen.price.currencyCode, amounts);
  const discount = sum(own.map(({ amount }) => amount));
  const platformDiscount = sum(own.flatMap(({ platformAmount }) => platformAmount ?? []));
  const sellerDiscount = subtractMoney(discount, platformDiscount);
  return {
    ...chosen,
    price: subtractMoney(chosen.price, discount),
    tax: taxes(subtractMoney(chosen.price, sellerDiscount)),
    discount,
    sellerDiscount,
    platformDiscount,
  };
}

function cheapest(choices: readonly ShippingChoice[]): ShippingChoice | undefined {
  return choices.reduce<ShippingChoice | undefined>(
    (best, choice) => (best === undefined || choice.price.minorUnits < best.price.minorUnits ? choice : best),
    undefined,
  );
}
