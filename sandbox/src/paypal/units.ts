import { refused } from "./refusal.ts";

/** An amount in PayPal's words: a decimal number as text. */
export type WireMoney = { readonly currency_code: string; readonly value: string };

/** The currencies that PayPal takes, with the decimals that it writes them with: other than ISO 4217 for HUF and TWD. */
const decimals: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN SEK SGD THB USD"
      .split(" ")
      .map((code) => [code, 2]),
  ),
  HUF: 0,
  JPY: 0,
  TWD: 0,
};

/** How many digits ISO 4217 has behind the point: the ledger counts in those. */
function isoDecimals(currency: string): number {
  return currency === "JPY" ? 0 : 2;
}

/** The amount in ISO's minor unit. Throws CURRENCY_NOT_SUPPORTED, DECIMALS_NOT_SUPPORTED, DECIMAL_PRECISION, CANNOT_BE_ZERO_OR_NEGATIVE. */
export function minorOf(money: Partial<WireMoney> | undefined): { readonly currency: string; readonly amount: number } {
  const { currency_code: currency = "", value = "" } = money ?? {};
  const places = decimals[currency];
  if (places === undefined) throw refused("CURRENCY_NOT_SUPPORTED", "Currency code is not currently supported.");
  if (!/^\d{1,12}(?:\.\d+)?$/.test(value)) throw refused("INVALID_PARAMETER_VALUE", "The value of a field is invalid.");
  const [whole = "", fraction = ""] = value.split(".");
  if (fraction.length > places) {
    throw places === 0
      ? refused("DECIMALS_NOT_SUPPORTED", "Currency does not support decimals.")
      : refused("DECIMAL_PRECISION", "Only two decimal place precision is supported.");
  }
  const amount = Number(whole + fraction.padEnd(isoDecimals(currency), "0"));
  if (amount <= 0) throw refused("CANNOT_BE_ZERO_OR_NEGATIVE", "Must be greater than zero.");
  return { currency, amount };
}

/** The amount as PayPal writes it. */
export function moneyOf(currency: string, amount: number): WireMoney {
  const shown = amount / 10 ** isoDecimals(currency);
  return { currency_code: currency, value: shown.toFixed(decimals[currency] ?? 2) };
}
