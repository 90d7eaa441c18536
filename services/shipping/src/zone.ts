import { DomainError, type Money, money } from "@shopmesh/kernel";
import { type CarrierName, type CarrierRate, carrierNames, type RateOption, services, type Wish } from "./rate.ts";
import type { Address } from "./shipment.ts";

/** A part of a country, or all of it. */
export type Area = {
  readonly countryCode: string;
  readonly regions: readonly string[];
  readonly postalPrefixes: readonly string[];
};

/** A flat price in one currency. */
export type FlatPrice = {
  readonly base: Money;
  readonly perKilogram: Money | undefined;
  readonly abroad: Money | undefined;
};

/** How a way to send is priced. */
export type Price =
  | { readonly kind: "flat"; readonly prices: readonly FlatPrice[] }
  | {
      readonly kind: "weight";
      readonly bands: readonly { readonly upToGrams: number; readonly prices: readonly Money[] }[];
    }
  | { readonly kind: "value"; readonly bands: readonly { readonly from: Money; readonly price: Money }[] }
  | {
      readonly kind: "carrier";
      readonly carrier: CarrierName;
      readonly serviceIds: readonly string[];
      readonly markupBasisPoints: number;
    };

/** One way to send parcels into a zone. */
export type Method = {
  readonly id: string;
  readonly name: string;
  readonly price: Price;
  readonly days: readonly [number, number];
  /** Who carries it, the preferred one first; none: any. */
  readonly carriers: readonly CarrierName[];
  readonly isFallback: boolean;
};

/** Where the shop sends to, and how. */
export type Zone = {
  readonly id: string;
  readonly name: string;
  readonly areas: readonly Area[];
  readonly methods: readonly Method[];
  readonly version: number;
};

/** The zone of every destination that no other names. */
export const WORLD = "world";

/** What is to be sent. */
export type Parcel = {
  readonly from: Address;
  readonly destination: Address;
  readonly weightGrams: number;
  readonly value: Money;
};

const flatPrices = (base: bigint, perKilogram: bigint, abroad: bigint): Price => ({
  kind: "flat",
  // Currencies whose unit is worth about a flat rate's unit.
  prices: ["EUR", "USD", "GBP", "CHF", "CAD", "AUD"].map((code) => ({
    base: money(code, base),
    perKilogram: money(code, perKilogram),
    abroad: money(code, abroad),
  })),
});

/** The world as it is until somebody sets it: what carriers ask; flat rates where none of them answers. */
export const defaultWorld: Zone = {
  id: WORLD,
  name: "Everywhere else",
  areas: [],
  version: 0,
  methods: [
    ...carrierNames.map((carrier) => ({
      id: carrier,
      name: carrier === "ups" ? "UPS" : "FedEx",
      price: { kind: "carrier", carrier, serviceIds: [], markupBasisPoints: 0 } as const,
      days: [0, 0] as const,
      carriers: [],
      isFallback: false,
    })),
    flatMethod("flat-standard", "Standard delivery", flatPrices(700n, 100n, 1_200n), [2, 5]),
    flatMethod("flat-express", "Express delivery", flatPrices(1_800n, 200n, 3_100n), [1, 3]),
  ],
};

/** The zone of a destination: the one that names it most closely; of equally close ones the first by id. */
export function zoneOf(zones: readonly Zone[], destination: Address): Zone {
  const close = zones
    .filter(({ id }) => id !== WORLD)
    .toSorted((left, right) => (left.id < right.id ? -1 : 1))
    .map((zone) => ({ zone, rank: Math.max(-1, ...zone.areas.map((area) => closeness(area, destination))) }))
    .reduce<{ readonly zone: Zone | undefined; readonly rank: number }>(
      (best, next) => (next.rank > best.rank ? next : best),
      { zone: undefined, rank: -1 },
    );
  return close.zone ?? zones.find(({ id }) => id === WORLD) ?? defaultWorld;
}

/** How closely an area names a destination; −1 where it does not. A longer postal prefix beats a shorter one, both any region. */
function closeness({ countryCode, regions, postalPrefixes }: Area, destination: Address): number {
  if (countryCode !== destination.countryCode) return -1;
  const isIn = regions.length === 0 || regions.some((region) => plain(region) === plain(destination.region));
  if (!isIn) return -1;
  const region = regions.length === 0 ? 0 : 1;
  if (postalPrefixes.length === 0) return region;
  const lengths = postalPrefixes
    .map(plain)
    .flatMap((prefix) => (plain(destination.postalCode).startsWith(prefix) ? prefix.length : []));
  return lengths.length === 0 ? -1 : 2 * Math.max(...lengths) + region;
}

function plain(text: string): string {
  return text.replaceAll(/[\s-]/g, "").toUpperCase();
}

/** What a carrier said, by its name; one that did not answer is absent. */
export type CarrierRates = ReadonlyMap<CarrierName, readonly CarrierRate[]>;

/** The carriers that a zone's methods want to know rates of. */
export function askedCarriers({ methods }: Zone): readonly CarrierName[] {
  return carrierNames.filter((name) => methods.some(({ price }) => price.kind === "carrier" && price.carrier === name));
}

/** The ways to send a parcel by its zone, the cheapest first; each id once. */
export function optionsOf(zone: Zone, parcel: Parcel, rates: CarrierRates, nowMs: number): readonly RateOption[] {
  const made = zone.methods.map((method) => ({ method, options: methodOptions(method, parcel, rates, nowMs) }));
  const isAnswered = made.some(({ method, options }) => method.price.kind === "carrier" && options.length > 0);
  const offered = made.filter(({ method }) => !method.isFallback || !isAnswered).flatMap(({ options }) => options);
  const byId = new Map(offered.toReversed().map((option) => [option.id, option]));
  return [...byId.values()].toSorted((left, right) =>
    left.price.minorUnits === right.price.minorUnits
      ? left.latestMs - right.latestMs || (left.id < right.id ? -1 : 1)
      : left.price.minorUnits < right.price.minorUnits
        ? -1
        : 1,
  );
}

const DAY_MS = 24 * 3_600_000;
const GRAMS_PER_KILOGRAM = 1_000n;
const BASIS_POINTS = 10_000n;

function methodOptions(method: Method, parcel: Parcel, rates: CarrierRates, nowMs: number): readonly RateOption[] {
  const { price, days, id, name, isFallback } = method;
  if (price.kind === "carrier") return carrierOptions(price, parcel.value.currencyCode, rates, nowMs);
  const cost = costOf(price, parcel);
  if (cost === undefined) return [];
  const [least, most] = days;
  const times = { earliestMs: nowMs + least * DAY_MS, latestMs: nowMs + most * DAY_MS };
  return [{ id, carrier: "flat", service: name, price: cost, ...times, isFallback }];
}

/** A carrier's rates as options; services that are not offered are left out, and what it says in another currency. */
function carrierOptions(
  { carrier, serviceIds, markupBasisPoints }: Extract<Price, { readonly kind: "carrier" }>,
  currencyCode: string,
  rates: CarrierRates,
  nowMs: number,
): readonly RateOption[] {
  return (rates.get(carrier) ?? []).flatMap(({ serviceType, price, deliverMs }) => {
    const known = services.find((service) => service.carrier === carrier && service.type === serviceType);
    const isOffered = known !== undefined && (serviceIds.length === 0 || serviceIds.includes(known.id));
    if (!isOffered || price.currencyCode !== currencyCode) return [];
    const [least, most] = known.days;
    const markup = (price.minorUnits * BigInt(markupBasisPoints) + BASIS_POINTS / 2n) / BASIS_POINTS;
    return [
      {
        id: known.id,
        carrier,
        service: known.name,
        price: money(currencyCode, price.minorUnits + markup),
        earliestMs: deliverMs ?? nowMs + least * DAY_MS,
        latestMs: Math.max(deliverMs ?? 0, nowMs + most * DAY_MS),
        isFallback: false,
      },
    ];
  });
}

/** What a method asks in the currency of the goods; undefined where it has no price for the parcel. */
function costOf(price: Exclude<Price, { readonly kind: "carrier" }>, parcel: Parcel): Money | undefined {
  const { weightGrams, value, from, destination } = parcel;
  if (price.kind === "weight") {
    const bands = price.bands.toSorted((left, right) => left.upToGrams - right.upToGrams);
    const band = bands.find(({ upToGrams }) => weightGrams <= upToGrams);
    return band?.prices.find(({ currencyCode }) => currencyCode === value.currencyCode);
  }
  if (price.kind === "value") {
    const reached = price.bands.filter(
      ({ from: least }) => least.currencyCode === value.currencyCode && least.minorUnits <= value.minorUnits,
    );
    return reached.reduce<(typeof reached)[number] | undefined>(
      (best, next) => (best === undefined || next.from.minorUnits > best.from.minorUnits ? next : best),
      undefined,
    )?.price;
  }
  const flat = price.prices.find(({ base }) => base.currencyCode === value.currencyCode);
  if (flat === undefined) return undefined;
  const kilograms = (BigInt(weightGrams) + GRAMS_PER_KILOGRAM - 1n) / GRAMS_PER_KILOGRAM;
  const isAbroad = from.countryCode !== destination.countryCode;
  const border = isAbroad ? (flat.abroad?.minorUnits ?? 0n) : 0n;
  return money(value.currencyCode, flat.base.minorUnits + kilograms * (flat.perKilogram?.minorUnits ?? 0n) + border);
}

/** What is wrong with a zone beside the others. Throws ZONE_INVALID, ZONE_OVERLAP, RATE_OPTION_NOT_FOUND. */
export function checkZone(zone: Zone, others: readonly Zone[]): void {
  const invalid = (field: string) => new DomainError("invalid", "ZONE_INVALID", { field, zone_id: zone.id });
  if (zone.id === WORLD && zone.areas.length > 0) throw invalid("zone.areas");
  const ids = zone.methods.map(({ id }) => id);
  if (new Set(ids).size < ids.length) throw invalid("zone.methods.id");
  for (const { id, price, days } of zone.methods) {
    if (services.some((service) => service.id === id)) throw invalid("zone.methods.id");
    if (days[0] > days[1]) throw invalid("zone.methods.max_days");
    if (!isOneCurrency(price)) throw invalid(`zone.methods.${price.kind}`);
    const unknown = price.kind === "carrier" ? price.serviceIds.find((name) => !isOf(price.carrier, name)) : undefined;
    if (unknown !== undefined) throw new DomainError("not-found", "RATE_OPTION_NOT_FOUND", { rate_option_id: unknown });
  }
  const own = new Set(zone.areas.flatMap(namesOf));
  const taken = others.find(
    (other) => other.id !== zone.id && other.areas.flatMap(namesOf).some((name) => own.has(name)),
  );
  if (taken !== undefined) throw new DomainError("precondition", "ZONE_OVERLAP", { zone_id: taken.id });
}

function isOf(carrier: CarrierName, id: string): boolean {
  return services.some((service) => service.carrier === carrier && service.id === id);
}

/** Whether no price mixes currencies, is below nothing, or stands twice for one currency. */
function isOneCurrency(price: Price): boolean {
  const isSame = (...amounts: readonly (Money | undefined)[]) =>
    new Set(amounts.flatMap((amount) => amount?.currencyCode ?? [])).size <= 1 &&
    amounts.every((amount) => amount === undefined || amount.minorUnits >= 0n);
  const isOnce = (codes: readonly string[]) => new Set(codes).size === codes.length;
  switch (price.kind) {
    case "flat":
      return (
        isOnce(price.prices.map(({ base }) => base.currencyCode)) &&
        price.prices.every(({ base, perKilogram, abroad }) => isSame(base, perKilogram, abroad))
      );
    case "weight":
      return price.bands.every(
        ({ prices }) =>
          isOnce(prices.map(({ currencyCode }) => currencyCode)) && prices.every(({ minorUnits }) => minorUnits >= 0n),
      );
    case "value":
      return price.bands.every(({ from, price: amount }) => isSame(from, amount));
    case "carrier":
      return true;
  }
}

/** Each smallest area that an area names, as text. */
function namesOf({ countryCode, regions, postalPrefixes }: Area): readonly string[] {
  const all = (list: readonly string[]) => (list.length === 0 ? [""] : list.map(plain));
  return all(regions).flatMap((region) => all(postalPrefixes).map((prefix) => `${countryCode}/${region}/${prefix}`));
}

/** What a method's id means for whoever carries it; a carrier's method has no id of its own. */
export function methodWish({ days, carriers }: Pick<Method, "days" | "carriers">): Wish {
  return { service: undefined, mostDays: days[1], carriers: carriers.length === 0 ? carrierNames : carriers };
}

function flatMethod(id: string, name: string, price: Price, days: readonly [number, number]): Method {
  return { id, name, price, days, carriers: [], isFallback: true };
}
