import { money } from "@shopmesh/kernel";
import type { Placement } from "../src/group.ts";
import { type PlacedGroup, placeQuote } from "../src/group.ts";
import {
  type Address,
  buildQuote,
  type Offer,
  type Quote,
  type QuoteInput,
  type ShippingChoice,
} from "../src/quote.ts";
import { jurisdictionOf, type TaxRate } from "../src/tax.ts";

export const nowMs = 1_800_000_000_000;

export const address: Address = {
  name: "Ada",
  line1: "Torstraße 1",
  line2: "",
  city: "Berlin",
  region: "",
  postalCode: "10119",
  countryCode: "DE",
  phone: "",
};

export const eur = (minorUnits: number) => money("EUR", BigInt(minorUnits));

export function offer(sku: string, sellerId: string, cents: number): Offer {
  return {
    sku,
    sellerId,
    sellerName: `Seller ${sellerId}`,
    title: `Thing ${sku}`,
    optionTitle: "",
    unitPrice: eur(cents),
    productId: `p-${sku}`,
    productVersion: 1,
    categoryId: "c",
    pictureUrl: "",
    weightGrams: 100,
  };
}

export function choice(optionId: string, cents: number): ShippingChoice {
  return {
    optionId,
    carrier: "fedex",
    serviceName: "Ground",
    price: eur(cents),
    earliestDeliveryMs: undefined,
    latestDeliveryMs: undefined,
  };
}

/** A country's standard rate, in its prices as in Europe. */
export function taxRate(countryCode: string, rateBasisPoints: number, overrides: Partial<TaxRate> = {}): TaxRate {
  const rate = {
    countryCode,
    region: "",
    postalPrefix: "",
    category: "",
    rateBasisPoints,
    isInclusive: true,
    marketplaceCollects: false,
    jurisdiction: "",
    ...overrides,
  };
  return { ...rate, jurisdiction: rate.jurisdiction || jurisdictionOf(rate) };
}

/** What a quote of two sellers is made from; ids count up. */
export function quoteInput(overrides: Partial<QuoteInput> = {}): QuoteInput {
  let ids = 0;
  return {
    id: "quote-1",
    cartId: "cart-1",
    cartVersion: 3,
    settledGroupId: "",
    personId: undefined,
    guestTokenHash: "a".repeat(64),
    email: "ada@example.com",
    address,
    couponCode: "",
    couponProblem: "",
    discounts: [],
    createMs: nowMs,
    items: [
      { sku: "A", quantity: 2 },
      { sku: "B", quantity: 1 },
    ],
    offers: [offer("A", "s1", 999), offer("B", "s2", 2500)],
    choices: new Map([
      ["s1", [choice("std", 490), choice("slow", 290)]],
      ["s2", [choice("std", 490)]],
    ]),
    wish: { optionIds: [], bySeller: {} },
    taxRates: [taxRate("DE", 1900)],
    newId: () => `line-${++ids}`,
    ...overrides,
  };
}

export function placement(quote: Quote, overrides: Partial<Placement> = {}): Placement {
  return {
    groupId: "group-1",
    paymentId: "payment-1",
    orders: quote.sellers.map((_, index) => ({
      id: `order-${index}`,
      number: `E0000-0000${index}`,
    })),
    guestTokenHashes: ["a".repeat(64)],
    nowMs,
    ...overrides,
  };
}

export function placedGroup(): PlacedGroup {
  const quote = buildQuote(quoteInput());
  return placeQuote(quote, placement(quote));
}
