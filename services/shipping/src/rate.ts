import { currencyExponent, DomainError, type Money, money } from "@shopmesh/kernel";

/** A way to send a parcel, as it is offered. */
export type RateOption = {
  readonly id: string;
  readonly carrier: string;
  readonly service: string;
  readonly price: Money;
  readonly earliestMs: number;
  readonly latestMs: number;
  /** The carrier could not be asked. */
  readonly isFallback: boolean;
};

/** What a carrier asks for a parcel by one of its services. */
export type CarrierRate = {
  readonly serviceType: string;
  readonly price: Money;
  readonly deliverMs: number | undefined;
};

/** A service that customers may choose. */
export type Service = {
  readonly id: string;
  readonly carrier: "fedex";
  readonly type: string;
  readonly name: string;
  readonly days: readonly [number, number];
};

export const services: readonly Service[] = [
  service("fedex-ground", "FEDEX_GROUND", "FedEx Ground", [2, 4]),
  service("fedex-express-saver", "FEDEX_EXPRESS_SAVER", "FedEx Express Saver", [2, 3]),
  service("fedex-2-day", "FEDEX_2_DAY", "FedEx 2Day", [2, 2]),
  service("fedex-standard-overnight", "STANDARD_OVERNIGHT", "FedEx Standard Overnight", [1, 1]),
  service("fedex-priority-overnight", "PRIORITY_OVERNIGHT", "FedEx Priority Overnight", [1, 1]),
  service(
    "fedex-international-connect-plus",
    "FEDEX_INTERNATIONAL_CONNECT_PLUS",
    "FedEx International Connect Plus",
    [3, 5],
  ),
  service("fedex-international-economy", "INTERNATIONAL_ECONOMY", "FedEx International Economy", [3, 5]),
  service("fedex-international-priority", "FEDEX_INTERNATIONAL_PRIORITY", "FedEx International Priority", [2, 3]),
];

/** What stands in for a carrier's rates, and what carries it then, within a country and abroad. */
const flatRates = [
  {
    id: "flat-standard",
    name: "Standard delivery",
    wholeUnits: { home: 7n, abroad: 19n },
    perKilogram: 1n,
    days: [2, 5],
    carriedBy: { home: "FEDEX_GROUND", abroad: "FEDEX_INTERNATIONAL_CONNECT_PLUS" },
  },
  {
    id: "flat-express",
    name: "Express delivery",
    wholeUnits: { home: 18n, abroad: 49n },
    perKilogram: 2n,
    days: [1, 3],
    carriedBy: { home: "STANDARD_OVERNIGHT", abroad: "FEDEX_INTERNATIONAL_PRIORITY" },
  },
] as const;

/** Currencies whose unit is worth about a flat rate's unit. */
const flatCurrencies: ReadonlySet<string> = new Set(["EUR", "USD", "GBP", "CHF", "CAD", "AUD"]);

const DAY_MS = 24 * 3_600_000;
const GRAMS_PER_KILOGRAM = 1_000n;

/** A carrier's rates as options, the cheapest first; services that are not offered are left out. */
export function carrierOptions(rates: readonly CarrierRate[], nowMs: number): readonly RateOption[] {
  const options = rates.flatMap(({ serviceType, price, deliverMs }) => {
    const known = services.find(({ type }) => type === serviceType);
    if (known === undefined) return [];
    const [least, most] = known.days;
    return [
      {
        id: known.id,
        carrier: known.carrier,
        service: known.name,
        price,
        earliestMs: deliverMs ?? nowMs + least * DAY_MS,
        latestMs: Math.max(deliverMs ?? 0, nowMs + most * DAY_MS),
        isFallback: false,
      },
    ];
  });
  return options.toSorted(byPrice);
}

/** Flat rates for a parcel whose carrier does not answer, the cheapest first. Throws DESTINATION_NOT_SERVED for other currencies. */
export function flatOptions(parcel: {
  readonly weightGrams: number;
  readonly currencyCode: string;
  readonly isAbroad: boolean;
  readonly nowMs: number;
}): readonly RateOption[] {
  const { weightGrams, currencyCode, isAbroad, nowMs } = parcel;
  if (!flatCurrencies.has(currencyCode)) {
    throw new DomainError("precondition", "DESTINATION_NOT_SERVED", { currency: currencyCode });
  }
  const kilograms = (BigInt(weightGrams) + GRAMS_PER_KILOGRAM - 1n) / GRAMS_PER_KILOGRAM;
  const unit = 10n ** BigInt(currencyExponent(currencyCode));
  return flatRates.map(({ id, name, wholeUnits, perKilogram, days: [least, most] }) => ({
    id,
    carrier: "flat",
    service: name,
    price: money(currencyCode, (wholeUnits[isAbroad ? "abroad" : "home"] + kilograms * perKilogram) * unit),
    earliestMs: nowMs + least * DAY_MS,
    latestMs: nowMs + most * DAY_MS,
    isFallback: true,
  }));
}

/** The service that carries what a customer chose: a flat rate is a price, some carrier's service carries it. Throws RATE_OPTION_NOT_FOUND. */
export function serviceOf(optionId: string, isAbroad: boolean): Service {
  const flat = flatRates.find(({ id }) => id === optionId);
  const type = flat?.carriedBy[isAbroad ? "abroad" : "home"];
  const chosen = services.find((candidate) => candidate.id === optionId || candidate.type === type);
  const found = chosen !== undefined && isInternational(chosen) !== isAbroad ? likeOf(chosen, isAbroad) : chosen;
  if (found === undefined) {
    throw new DomainError("not-found", "RATE_OPTION_NOT_FOUND", { rate_option_id: optionId });
  }
  return found;
}

/** The service that takes as long where the chosen one does not reach: goods may lie in another country than the quote was made from. */
function likeOf({ days: [, most] }: Service, isAbroad: boolean): Service | undefined {
  const reaching = services.filter((candidate) => isInternational(candidate) === isAbroad);
  return reaching.find(({ days }) => days[1] <= most) ?? reaching.at(-1);
}

function isInternational({ type }: Service): boolean {
  return type.includes("INTERNATIONAL");
}

/** A carrier's decimal number of whole units ("12.5") as money: digits are moved, nothing is computed. */
export function priceOf(currencyCode: string, amount: number): Money {
  const digits = amount.toFixed(currencyExponent(currencyCode)).replace(".", "");
  return money(currencyCode, BigInt(digits));
}

function byPrice(left: RateOption, right: RateOption): number {
  return left.price.minorUnits < right.price.minorUnits ? -1 : 1;
}

function service(id: string, type: string, name: string, days: readonly [number, number]): Service {
  return { id, carrier: "fedex", type, name, days };
}
