import type { PlacedGroup } from "./group.ts";

/** An offer and how many. */
export type Wanted = { readonly sku: string; readonly quantity: number };

/**
 * What a checkout asks of the others. It is fixed when the group is placed and survives JSON, so that its saga carries it
 * and no step reads the group again.
 */
export type Purchase = {
  /** Empty for a replacement of goods that went back: no cart became it. */
  readonly cartId: string;
  /** Empty for none. */
  readonly couponCode: string;
  /** Empty for a guest's. */
  readonly customerId: string;
  readonly guestTokenHash: string;
  readonly paymentId: string;
  readonly total: { readonly currencyCode: string; readonly minorUnits: string };
  /** The promotions to reserve with what they take off, in minor units; absent in what older code wrote. */
  readonly promotions?: readonly { readonly promotionId: string; readonly minorUnits: string }[];
  /** Where it goes, as far as it decides where its goods come from; absent in what older code wrote. */
  readonly destination?: { readonly countryCode: string; readonly region: string; readonly postalCode: string };
  readonly orders: readonly { readonly id: string; readonly number: string; readonly lines: readonly Wanted[] }[];
};

/** What the checkout of a group asks of the others. */
export function purchaseOf({ group, orders }: PlacedGroup): Purchase {
  const { currencyCode, minorUnits } = group.totals.total;
  const { countryCode, region, postalCode } = group.address;
  return {
    cartId: orders.some(({ exchangeOf }) => exchangeOf !== undefined) ? "" : group.cartId,
    couponCode: group.couponCode,
    promotions: (group.promotions ?? []).map(({ promotionId, amount }) => ({
      promotionId,
      minorUnits: String(amount.minorUnits),
    })),
    customerId: group.personId ?? "",
    guestTokenHash: group.guestTokenHashes.at(-1) ?? "",
    paymentId: group.paymentId,
    total: { currencyCode, minorUnits: String(minorUnits) },
    destination: { countryCode, region, postalCode },
    orders: orders.map(({ id, number, lines }) => ({
      id,
      number,
      lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    })),
  };
}

/** Whether it replaces goods that went back. */
export function isReplacement({ cartId }: Purchase): boolean {
  return cartId === "";
}

/** An amount that survived JSON. */
export function amountOf({ currencyCode, minorUnits }: Purchase["total"]) {
  return { currencyCode, minorUnits: BigInt(minorUnits) };
}
