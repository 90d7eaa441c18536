import type { QuoteRatesRequest } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { DomainError, money } from "@shopmesh/kernel";
import type { Call, Sql } from "@shopmesh/mesh";
import type { Desk } from "../effects/change.ts";
import { askRates } from "../effects/rates.ts";
import { carrierNames, findService, requireService, type Wish, wishFor } from "../rate.ts";
import { findMethod } from "../store/zones.ts";
import { askedCarriers, defaultWorld, methodWish, optionsOf, zoneOf } from "../zone.ts";
import { addressOf, optionToProto } from "./proto.ts";

/**
 * The ways to send each parcel from where it leaves, by the zone of its destination: carriers' and the zone's own; what stands in for
 * carriers where none of them answers in time.
 */
export async function quoteRates(desk: Desk, { destination: asked, parcels }: QuoteRatesRequest, call: Call) {
  const destination = addressOf(asked);
  const zone = zoneOf(await desk.zones.get(), destination);
  // A carrier wants a postal code, which a buyer may not have told yet.
  const carriers = destination.postalCode === "" ? [] : askedCarriers(zone);
  const drafts = parcels.map(({ sellerId, from, weightGrams, value }) => ({
    sellerId,
    parcel: {
      from: from === undefined ? desk.origin : addressOf(from),
      destination,
      weightGrams,
      value: money(value?.currencyCode ?? "", value?.minorUnits ?? 0n),
    },
  }));
  const said = await askRates(
    desk,
    call,
    drafts.map(({ parcel }) => ({ parcel, carriers })),
  );
  const nowMs = desk.clock();
  return {
    parcels: drafts.map(({ sellerId, parcel }, index) => {
      const { rates, isRefused } = said[index] ?? { rates: new Map(), isRefused: false };
      const offered = optionsOf(zone, parcel, rates, nowMs).filter(({ isFallback }) => !isFallback || !isRefused);
      if (offered.length === 0) {
        const where = { country_code: destination.countryCode, currency: parcel.value.currencyCode };
        throw new DomainError("precondition", "DESTINATION_NOT_SERVED", where);
      }
      return { sellerId, options: offered.map(optionToProto) };
    }),
  };
}

/** What an option's id stands for, also of one that no zone offers any more: orders were placed with it. Throws RATE_OPTION_NOT_FOUND. */
export async function wishOfOption({ zones }: Pick<Desk, "zones">, sql: Sql, optionId: string): Promise<Wish> {
  const service = findService(optionId);
  if (service !== undefined) return wishFor(service);
  const offered = [...(await zones.get()), defaultWorld].flatMap(({ methods }) => methods);
  const method = offered.find(({ id, price }) => id === optionId && price.kind !== "carrier");
  if (method !== undefined) return methodWish(method);
  const kept = await findMethod(sql, optionId);
  if (kept === undefined) return wishFor(requireService(optionId));
  const carriers = kept.carriers.split(" ").flatMap((known) => carrierNames.find((name) => name === known) ?? []);
  return methodWish({ days: kept.days, carriers });
}
