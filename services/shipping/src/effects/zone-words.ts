import { create, fromJsonString, type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import type { Money as MoneyMessage } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";
import {
  type ShippingMethod,
  type ShippingMethodSchema,
  type Zone as ZoneMessage,
  ZoneSchema,
} from "@shopmesh/contracts/shop/shipping/v1/zone_pb.ts";
import { type Money, money } from "@shopmesh/kernel";
import { carrierNames } from "../rate.ts";
import type { KeptZone } from "../store/zones.ts";
import type { Method, Price, Zone } from "../zone.ts";

/** A zone as it was kept. */
export function readZone({ version, body }: KeptZone): Zone {
  return zoneOfMessage(fromJsonString(ZoneSchema, body, { ignoreUnknownFields: true }), version);
}

/** A zone as it is kept: as the contract writes it, which later code reads too. */
export function writeZone(zone: Zone): KeptZone {
  const { id, version } = zone;
  return { id, version, body: toJsonString(ZoneSchema, create(ZoneSchema, zoneToMessage(zone))) };
}

export function zoneOfMessage({ id, name, areas, methods }: ZoneMessage, version: number): Zone {
  return {
    id,
    name,
    areas: areas.map(({ countryCode, regions, postalPrefixes }) => ({ countryCode, regions, postalPrefixes })),
    methods: methods.map(methodOf),
    version,
  };
}

export function zoneToMessage({ id, name, areas, methods, version }: Zone): MessageInitShape<typeof ZoneSchema> {
  return {
    id,
    name,
    areas: areas.map(({ countryCode, regions, postalPrefixes }) => ({
      countryCode,
      regions: [...regions],
      postalPrefixes: [...postalPrefixes],
    })),
    methods: methods.map(methodToMessage),
    etag: version === 0 ? "" : String(version),
  };
}

function methodOf({ id, name, price, minDays, maxDays, carriers, onlyAsFallback }: ShippingMethod): Method {
  return {
    id,
    name,
    price: priceOf(price),
    days: [minDays, maxDays],
    carriers: carrierNames.filter((carrier) => carriers.includes(carrier)).toSorted(byPlaceIn(carriers)),
    isFallback: onlyAsFallback,
  };
}

function byPlaceIn(list: readonly string[]): (left: string, right: string) => number {
  return (left, right) => list.indexOf(left) - list.indexOf(right);
}

/** The contract requires a price, and a carrier that there is. */
function priceOf(price: ShippingMethod["price"]): Price {
  switch (price.case) {
    case "flat":
      return {
        kind: "flat",
        prices: price.value.prices.map(({ base, perKilogram, abroad }) => ({
          base: moneyOf(base),
          perKilogram: perKilogram && moneyOf(perKilogram),
          abroad: abroad && moneyOf(abroad),
        })),
      };
    case "weight":
      return {
        kind: "weight",
        bands: price.value.bands.map(({ upToGrams, prices }) => ({ upToGrams, prices: prices.map(moneyOf) })),
      };
    case "value":
      return {
        kind: "value",
        bands: price.value.bands.map(({ fromValue, price: amount }) => ({
          from: moneyOf(fromValue),
          price: moneyOf(amount),
        })),
      };
    default: {
      const { carrier = "", serviceIds = [], markupBasisPoints = 0 } = price.value ?? {};
      const known = carrierNames.find((name) => name === carrier) ?? "fedex";
      return { kind: "carrier", carrier: known, serviceIds, markupBasisPoints };
    }
  }
}

function methodToMessage(method: Method): MessageInitShape<typeof ShippingMethodSchema> {
  const { id, name, days, carriers, isFallback } = method;
  const [minDays, maxDays] = days;
  return {
    id,
    name,
    price: priceToMessage(method.price),
    minDays,
    maxDays,
    carriers: [...carriers],
    onlyAsFallback: isFallback,
  };
}

function priceToMessage(price: Price): NonNullable<MessageInitShape<typeof ShippingMethodSchema>["price"]> {
  switch (price.kind) {
    case "flat":
      return {
        case: "flat",
        value: {
          prices: price.prices.map(({ base, perKilogram, abroad }) => ({
            base,
            ...(perKilogram && { perKilogram }),
            ...(abroad && { abroad }),
          })),
        },
      };
    case "weight":
      return {
        case: "weight",
        value: { bands: price.bands.map(({ upToGrams, prices }) => ({ upToGrams, prices: [...prices] })) },
      };
    case "value":
      return {
        case: "value",
        value: { bands: price.bands.map(({ from, price: amount }) => ({ fromValue: from, price: amount })) },
      };
    case "carrier": {
      const { carrier, serviceIds, markupBasisPoints } = price;
      return { case: "carrier", value: { carrier, serviceIds: [...serviceIds], markupBasisPoints } };
    }
  }
}

function moneyOf(message: Pick<MoneyMessage, "currencyCode" | "minorUnits"> | undefined): Money {
  return money(message?.currencyCode ?? "", message?.minorUnits ?? 0n);
}
