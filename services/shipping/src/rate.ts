import { currencyExponent, DomainError, type Money, money } from "@shopmesh/kernel";

/** A way to send a parcel, as it is offered. */
export type RateOption = {
  readonly id: string;
  readonly carrier: string;
  readonly service: string;
  readonly price: Money;
  readonly earliestMs: number;
  readonly latestMs: number;
  /** No carrier could be asked. */
  readonly isFallback: boolean;
};

/** What a carrier asks for a parcel by one of its services. */
export type CarrierRate = {
  readonly serviceType: string;
  readonly price: Money;
  readonly deliverMs: number | undefined;
};

/** Who carries parcels, in the order in which they are asked where nobody prefers one. */
export const carrierNames = ["fedex", "ups"] as const;
export type CarrierName = (typeof carrierNames)[number];

/** A service that customers may choose; `days` are business days. */
export type Service = {
  readonly id: string;
  readonly carrier: CarrierName;
  readonly type: string;
  readonly name: string;
  readonly reach: "home" | "abroad";
  readonly days: readonly [number, number];
};

/** The services of each carrier, within a country and abroad the cheapest first. */
export const services: readonly Service[] = [
  service("fedex", "home", ["fedex-ground", "FEDEX_GROUND", "FedEx Ground"], [2, 4]),
  service("fedex", "home", ["fedex-express-saver", "FEDEX_EXPRESS_SAVER", "FedEx Express Saver"], [2, 3]),
  service("fedex", "home", ["fedex-2-day", "FEDEX_2_DAY", "FedEx 2Day"], [2, 2]),
  service("fedex", "home", ["fedex-standard-overnight", "STANDARD_OVERNIGHT", "FedEx Standard Overnight"], [1, 1]),
  service("fedex", "home", ["fedex-priority-overnight", "PRIORITY_OVERNIGHT", "FedEx Priority Overnight"], [1, 1]),
  service(
    "fedex",
    "abroad",
    ["fedex-international-connect-plus", "FEDEX_INTERNATIONAL_CONNECT_PLUS", "FedEx International Connect Plus"],
    [3, 5],
  ),
  service(
    "fedex",
    "abroad",
    ["fedex-international-economy", "INTERNATIONAL_ECONOMY", "FedEx International Economy"],
    [3, 5],
  ),
  service(
    "fedex",
    "abroad",
    ["fedex-international-priority", "FEDEX_INTERNATIONAL_PRIORITY", "FedEx International Priority"],
    [2, 3],
  ),
  service("ups", "home", ["ups-ground", "03", "UPS Ground"], [2, 4]),
  service("ups", "home", ["ups-2nd-day-air", "02", "UPS 2nd Day Air"], [2, 2]),
  service("ups", "home", ["ups-next-day-air", "01", "UPS Next Day Air"], [1, 1]),
  service("ups", "abroad", ["ups-standard", "11", "UPS Standard"], [3, 5]),
  service("ups", "abroad", ["ups-worldwide-expedited", "08", "UPS Worldwide Expedited"], [2, 4]),
  service("ups", "abroad", ["ups-worldwide-saver", "65", "UPS Worldwide Saver"], [1, 3]),
];

/** What a customer chose, as far as it decides who carries the parcel. */
export type Wish = {
  /** The very service; undefined: any that takes no longer. */
  readonly service: Service | undefined;
  readonly mostDays: number;
  /** The preferred one first. */
  readonly carriers: readonly CarrierName[];
};

/** The carrier's service of that id, or undefined. */
export function findService(id: string): Service | undefined {
  return services.find((candidate) => candidate.id === id);
}

/** The wish for one service; where it does not reach or its carrier is away, another will do. */
export function wishFor(chosen: Service): Wish {
  const others = carrierNames.filter((name) => name !== chosen.carrier);
  return { service: chosen, mostDays: chosen.days[1], carriers: [chosen.carrier, ...others] };
}

/** The wish that a planned shipment stands for; one of a service that is offered no more is as slow as any. */
export function wishOf(shipment: { readonly carrier: string; readonly serviceType: string }): Wish {
  const planned = services.find(({ carrier, type }) => carrier === shipment.carrier && type === shipment.serviceType);
  return planned === undefined ? { service: undefined, mostDays: 5, carriers: carrierNames } : wishFor(planned);
}

/**
 * The services that may carry a parcel, the best first: the one chosen where it reaches, then of each carrier the cheapest
 * that takes no longer, else its quickest. Goods may leave from another country than the quote was made from.
 */
export function candidates(wish: Wish, isAbroad: boolean): readonly Service[] {
  const reaching = services.filter(({ reach }) => reach === (isAbroad ? "abroad" : "home"));
  const chosen = reaching.filter(({ id }) => id === wish.service?.id);
  const likes = wish.carriers.flatMap((name) => {
    const own = reaching.filter(({ carrier }) => carrier === name);
    return own.find(({ days }) => days[1] <= wish.mostDays) ?? own.at(-1) ?? [];
  });
  return [...new Set([...chosen, ...likes])];
}

/** What one parcel may weigh (FedEx and UPS: 150 lb a package). */
export const MAX_PARCEL_GRAMS = 68_000;

/** The parcels that goods of a weight make, by their weights: how many of each. They add up to the whole. */
export function splitWeight(grams: number): ReadonlyMap<number, number> {
  const full = Math.floor(grams / MAX_PARCEL_GRAMS);
  const rest = grams % MAX_PARCEL_GRAMS;
  return new Map<number, number>([
    ...(full > 0 ? [[MAX_PARCEL_GRAMS, full] as const] : []),
    ...(rest > 0 ? [[rest, 1] as const] : []),
  ]);
}

/** What several parcels cost together: only by the services that take all of them, as late as the latest. */
export function addRates(
  all: readonly { readonly rates: readonly CarrierRate[]; readonly count: number }[],
): readonly CarrierRate[] {
  const [first, ...others] = all;
  if (first === undefined) return [];
  return first.rates.flatMap((rate) => {
    const rest = others.map(({ rates, count }) => ({
      rate: rates.find((other) => other.serviceType === rate.serviceType),
      count,
    }));
    let { minorUnits } = { minorUnits: rate.price.minorUnits * BigInt(first.count) };
    let { deliverMs } = rate;
    for (const { rate: other, count } of rest) {
      if (other === undefined || other.price.currencyCode !== rate.price.currencyCode) return [];
      minorUnits += other.price.minorUnits * BigInt(count);
      deliverMs = Math.max(deliverMs ?? 0, other.deliverMs ?? 0) || undefined;
    }
    return [{ ...rate, price: money(rate.price.currencyCode, minorUnits), deliverMs }];
  });
}

/** A carrier's decimal number of whole units ("12.5") as money: digits are moved, nothing is computed. */
export function priceOf(currencyCode: string, amount: number): Money {
  const digits = amount.toFixed(currencyExponent(currencyCode)).replace(".", "");
  return money(currencyCode, BigInt(digits));
}

/** The way that a customer chose among the carriers' services. Throws RATE_OPTION_NOT_FOUND. */
export function requireService(id: string): Service {
  const found = findService(id);
  if (found === undefined) throw new DomainError("not-found", "RATE_OPTION_NOT_FOUND", { rate_option_id: id });
  return found;
}

function service(
  carrier: CarrierName,
  reach: Service["reach"],
  [id, type, name]: readonly [string, string, string],
  days: readonly [number, number],
): Service {
  return { id, carrier, type, name, reach, days };
}
