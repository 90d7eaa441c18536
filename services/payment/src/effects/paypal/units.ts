import { currencyExponent, DomainError, type Money, money } from "@shopmesh/kernel";

/** An amount in PayPal's words: a decimal number as text. */
export type PayPalMoney = { readonly currencyCode: string; readonly value: string };

/**
 * PayPal's own decimals, where they differ from ISO 4217: HUF and TWD have two, but PayPal takes none.
 * https://developer.paypal.com/api/rest/reference/currency-codes/
 */
const decimals: Readonly<Record<string, number>> = { HUF: 0, TWD: 0 };

/** `amount` as PayPal writes it. Throws AMOUNT_NOT_CHARGEABLE for what it cannot write. */
export function toPayPalMoney({ currencyCode, minorUnits }: Money): PayPalMoney {
  const exponent = currencyExponent(currencyCode);
  const places = decimals[currencyCode] ?? exponent;
  const step = 10n ** BigInt(exponent - places);
  if (minorUnits % step !== 0n) {
    throw new DomainError("invalid", "AMOUNT_NOT_CHARGEABLE", {
      currency: currencyCode,
      minor_units: String(minorUnits),
    });
  }
  const digits = String(minorUnits / step).padStart(places + 1, "0");
  const value = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return { currencyCode, value };
}

/** PayPal's amount in our unit. */
export function fromPayPalMoney({ currencyCode, value }: PayPalMoney): Money {
  const [whole = "0", fraction = ""] = value.replace("-", "").split(".");
  const digits = fraction.padEnd(currencyExponent(currencyCode), "0").slice(0, currencyExponent(currencyCode));
  return money(currencyCode, BigInt(whole + digits));
}
