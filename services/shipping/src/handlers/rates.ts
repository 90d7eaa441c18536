import type { ParcelDraft, QuoteRatesRequest } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Call } from "@shopmesh/mesh";
import { type Desk, patienceOf } from "../effects/change.ts";
import { carrierOptions, flatOptions, type RateOption } from "../rate.ts";
import type { Address } from "../shipment.ts";
import { addressOf, optionToProto } from "./proto.ts";

/** The ways to send each parcel from where it leaves: the carrier's, or flat rates where it does not answer in time. */
export async function quoteRates(desk: Desk, { destination: asked, parcels }: QuoteRatesRequest, call: Call) {
  const destination = addressOf(asked);
  const quoted = parcels.map(async (parcel) => ({
    sellerId: parcel.sellerId,
    options: (await optionsOf(desk, { parcel, destination }, call)).map(optionToProto),
  }));
  return { parcels: await Promise.all(quoted) };
}

type Wanted = { readonly parcel: ParcelDraft; readonly destination: Address };

async function optionsOf(desk: Desk, { parcel, destination }: Wanted, call: Call): Promise<readonly RateOption[]> {
  const { weightGrams, value } = parcel;
  const from = parcel.from === undefined ? desk.origin : addressOf(parcel.from);
  const isAbroad = destination.countryCode !== from.countryCode;
  const currencyCode = value?.currencyCode ?? "";
  const nowMs = desk.clock();
  const flat = () => flatOptions({ weightGrams, currencyCode, isAbroad, nowMs });
  const patience = patienceOf(desk, call);
  // A carrier wants a postal code, which a buyer may not have told yet.
  if (destination.postalCode === "" || patience === undefined) return flat();
  const answer = await desk.carrier.rates(
    { from, destination, weightGrams, currencyCode },
    { ...patience, signal: call.signal },
  );
  if (answer.kind === "refused" && /RECIPIENT[.]COUNTRY/.test(answer.code)) {
    throw new DomainError("precondition", "DESTINATION_NOT_SERVED", { country_code: destination.countryCode });
  }
  const options = answer.kind === "answered" ? carrierOptions(answer.value, nowMs) : [];
  return options.length === 0 ? flat() : options;
}
