import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import type { ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { DomainError, type Money, money } from "@shopmesh/kernel";
import type { Call, Client } from "@shopmesh/mesh";
import { addressesOf } from "../effects/allocation.ts";
import { originsOf } from "../origin.ts";
import type { Address, Offer, ShippingChoice } from "../quote.ts";
import { unlessAway } from "./away.ts";
import { moneyOf } from "./money.ts";

/** Whom the ways to send goods are asked of. */
export type RateDeps = {
  readonly inventory: Pick<Client<typeof InventoryService>, "locateStock">;
  readonly shipping: Pick<Client<typeof ShippingService>, "quoteRates">;
};

/** What is to be sent, and where. */
type Wanted = {
  readonly cartId: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly offers: readonly Offer[];
  readonly address: Address;
};

/** The ways to send each seller's goods from where they would leave now. Throws SKU_NOT_SELLABLE, RATES_UNAVAILABLE. */
export async function askRates(
  { inventory, shipping }: RateDeps,
  wanted: Wanted,
  call: Call,
): Promise<ReadonlyMap<string, readonly ShippingChoice[]>> {
  const { cartId, address: destination } = wanted;
  const origins = await findOrigins(inventory, wanted, call);
  const rates = await unlessAway(
    shipping.quoteRates({ destination, parcels: parcelsOf(wanted, origins) }, call),
    () => {
      throw new DomainError("unavailable", "RATES_UNAVAILABLE", { cart_id: cartId });
    },
  );
  return new Map(rates.parcels.map(({ sellerId, options }) => [sellerId, options.map(choiceOf)]));
}

/** Where each seller's goods would leave from; nowhere in particular while inventory cannot say. */
async function findOrigins(
  inventory: RateDeps["inventory"],
  { items, offers, address }: Wanted,
  call: Call,
): Promise<ReadonlyMap<string, Address>> {
  const destination = { countryCode: address.countryCode, region: address.region, postalCode: address.postalCode };
  const nowhere = { lines: [], locations: [] };
  const located = inventory.locateStock({ lines: [...items], destination }, call);
  const { lines, locations } = await unlessAway<Pick<Awaited<typeof located>, "lines" | "locations">>(
    located,
    () => nowhere,
  );
  const bySku = new Map(offers.map((offer) => [offer.sku, offer]));
  const placed = lines.flatMap(({ sku, quantity, locationId }) => {
    const offer = bySku.get(sku);
    return offer === undefined
      ? []
      : { sellerId: offer.sellerId, locationId, weightGrams: offer.weightGrams * quantity };
  });
  const addresses = addressesOf(locations).map(({ locationId, address: place }) => [locationId, place] as const);
  return originsOf(placed, new Map(addresses));
}

function parcelsOf({ items, offers }: Wanted, origins: ReadonlyMap<string, Address>) {
  const bySeller = new Map<string, { weightGrams: number; value: Money }>();
  for (const { sku, quantity } of items) {
    const offer = offers.find((candidate) => candidate.sku === sku);
    if (offer === undefined) throw new DomainError("precondition", "SKU_NOT_SELLABLE", { sku });
    const known = bySeller.get(offer.sellerId);
    const value = offer.unitPrice.minorUnits * BigInt(quantity) + (known?.value.minorUnits ?? 0n);
    bySeller.set(offer.sellerId, {
      weightGrams: offer.weightGrams * quantity + (known?.weightGrams ?? 0),
      value: money(offer.unitPrice.currencyCode, value),
    });
  }
  return [...bySeller].map(([sellerId, parcel]) => {
    const from = origins.get(sellerId);
    return { sellerId, ...parcel, ...(from === undefined ? {} : { from }) };
  });
}

type ProtoRate = Awaited<ReturnType<RateDeps["shipping"]["quoteRates"]>>["parcels"][number]["options"][number];

function choiceOf(rate: ProtoRate): ShippingChoice {
  return {
    optionId: rate.id,
    carrier: rate.carrier,
    serviceName: rate.service,
    price: moneyOf(rate.price),
    earliestDeliveryMs: rate.earliestDeliveryTime === undefined ? undefined : timestampMs(rate.earliestDeliveryTime),
    latestDeliveryMs: rate.latestDeliveryTime === undefined ? undefined : timestampMs(rate.latestDeliveryTime),
  };
}
