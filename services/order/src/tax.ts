import { type Money, money, netOfInclusive, shareOf, splitByWeights } from "@shopmesh/kernel";
import type { Tax } from "./line.ts";

/** What one jurisdiction levies on one category of goods. */
export type TaxRate = {
  readonly countryCode: string;
  /** Empty: the country's own. */
  readonly region: string;
  /** How postal codes of the place begin; empty: the whole region. */
  readonly postalPrefix: string;
  /** A catalog category's id, or DELIVERY; empty: everything without a rate of its own. */
  readonly category: string;
  readonly rateBasisPoints: number;
  /** Whether prices hold it already, as in Europe; else it is added to them, as in the US. */
  readonly isInclusive: boolean;
  /** Whether the marketplace owes it (a facilitator, as in the US), not the seller. */
  readonly marketplaceCollects: boolean;
  /** Who levies it: "DE", "US-CA". */
  readonly jurisdiction: string;
};

/** Where goods are delivered, as far as taxes ask. */
export type TaxPlace = { readonly countryCode: string; readonly region: string; readonly postalCode: string };

/** The category of the delivery itself; it bears the standard rate where it has none of its own. */
export const DELIVERY = "shipping";

/** The rates of `category` at a place, one for each jurisdiction that levies there, the widest first. */
export function ratesAt(all: readonly TaxRate[], place: TaxPlace, category: string): readonly TaxRate[] {
  const here = all.filter((rate) => isThere(rate, place) && (rate.category === category || rate.category === ""));
  const levels = Map.groupBy(here, ({ region, postalPrefix }) => JSON.stringify([region, postalPrefix]));
  return [...levels.values()]
    .flatMap(
      (level) => level.find((rate) => rate.category === category) ?? level.find((rate) => rate.category === "") ?? [],
    )
    .toSorted((left, right) => widthOf(left) - widthOf(right));
}

/**
 * The tax on `base`. Inclusive rates are in it: net = round(base / (1 + rate)), the tax is the rest, split over the jurisdictions by
 * their rates. Exclusive ones come on top, rounded for each jurisdiction. Without a rate there is none: an export.
 */
export function taxOn(base: Money, rates: readonly TaxRate[], { countryCode }: Pick<TaxPlace, "countryCode">): Tax {
  const currency = base.currencyCode;
  const inside = rates.filter(({ isInclusive }) => isInclusive);
  const onTop = rates.filter(({ isInclusive }) => !isInclusive);
  const net = netOfInclusive(base.minorUnits, sumOf(inside));
  const held = inside.length === 0 ? [] : splitByWeights(base.minorUnits - net, inside.map(weightOf));
  const amounts = [...held, ...onTop.map(({ rateBasisPoints }) => shareOf(net, rateBasisPoints))];
  const levied = [...inside, ...onTop];
  return {
    rateBasisPoints: sumOf(rates),
    isInclusive: onTop.length === 0,
    amount: money(
      currency,
      amounts.reduce((sum, amount) => sum + amount, 0n),
    ),
    net: money(currency, net),
    jurisdiction: levied[0]?.jurisdiction ?? countryCode,
    parts: levied.map(({ jurisdiction, rateBasisPoints }, index) => ({
      jurisdiction,
      rateBasisPoints,
      amount: money(currency, amounts[index] ?? 0n),
    })),
    marketplaceCollects: levied.some(({ marketplaceCollects }) => marketplaceCollects),
  };
}

/** What a buyer pays for `amount`: with the tax that comes on top of it. */
export function withTax(amount: Money, { isInclusive, amount: tax }: Tax): Money {
  return isInclusive ? amount : money(amount.currencyCode, amount.minorUnits + tax.minorUnits);
}

/** The name of a jurisdiction that was given none. */
export function jurisdictionOf({ countryCode, region, postalPrefix }: TaxRate): string {
  return [countryCode, region, postalPrefix].filter((part) => part !== "").join("-");
}

function isThere({ countryCode, region, postalPrefix }: TaxRate, place: TaxPlace): boolean {
  const isRegion = region === "" || plain(region) === plain(place.region);
  return countryCode === place.countryCode && isRegion && plain(place.postalCode).startsWith(plain(postalPrefix));
}

/** As people write it in many ways: "k1a 0b1", "K1A-0B1". */
function plain(text: string): string {
  return text.replaceAll(/[\s-]/g, "").toUpperCase();
}

function widthOf({ region, postalPrefix }: TaxRate): number {
  return (region === "" ? 0 : 1) + plain(postalPrefix).length * 2;
}

function sumOf(rates: readonly TaxRate[]): number {
  return rates.reduce((sum, { rateBasisPoints }) => sum + rateBasisPoints, 0);
}

function weightOf({ rateBasisPoints }: TaxRate): bigint {
  return BigInt(rateBasisPoints);
}
