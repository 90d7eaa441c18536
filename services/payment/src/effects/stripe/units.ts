import { DomainError, type Money, money } from "@shopmesh/kernel";

/**
 * Stripe's own units, where they differ from ISO 4217: ISK and UGX have no decimals, but are told with two; MGA has two, but is
 * told without. https://docs.stripe.com/currencies#special-cases
 */
const factors: Readonly<Record<string, { readonly times: bigint; readonly by: bigint; readonly step: bigint }>> = {
  ISK: { times: 100n, by: 1n, step: 1n },
  UGX: { times: 100n, by: 1n, step: 1n },
  MGA: { times: 1n, by: 100n, step: 100n },
  // Three decimals, of which the last must be zero.
  BHD: { times: 1n, by: 1n, step: 10n },
  JOD: { times: 1n, by: 1n, step: 10n },
  KWD: { times: 1n, by: 1n, step: 10n },
  OMR: { times: 1n, by: 1n, step: 10n },
  TND: { times: 1n, by: 1n, step: 10n },
};

const same = { times: 1n, by: 1n, step: 1n };

/** `amount` in Stripe's unit. Throws AMOUNT_NOT_CHARGEABLE for what that unit cannot tell. */
export function toStripeAmount({ currencyCode, minorUnits }: Money): number {
  const { times, by, step } = factors[currencyCode] ?? same;
  const amount = Number((minorUnits * times) / by);
  if (minorUnits % step !== 0n || !Number.isSafeInteger(amount)) {
    throw new DomainError("invalid", "AMOUNT_NOT_CHARGEABLE", {
      currency: currencyCode,
      minor_units: String(minorUnits),
    });
  }
  return amount;
}

/** Stripe's `amount` of `currency` ("eur") in our unit. */
export function fromStripeAmount(amount: number, currency: string): Money {
  const currencyCode = currency.toUpperCase();
  const { times, by } = factors[currencyCode] ?? same;
  return money(currencyCode, (BigInt(amount) * by) / times);
}
