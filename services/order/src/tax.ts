import { type Money, money, netOfInclusive } from "@shopmesh/kernel";
import type { Tax } from "./order.ts";

/** Standard rates of value-added tax by country of delivery, in basis points (European Commission, VAT rates, January 2026). */
const standardRates: Readonly<Record<string, number>> = {
  AT: 2000,
  BE: 2100,
  BG: 2000,
  CY: 1900,
  CZ: 2100,
  DE: 1900,
  DK: 2500,
  EE: 2400,
  ES: 2100,
  FI: 2550,
  FR: 2000,
  GR: 2400,
  HR: 2500,
  HU: 2700,
  IE: 2300,
  IT: 2200,
  LT: 2100,
  LU: 1700,
  LV: 2100,
  MT: 1800,
  NL: 2100,
  PL: 2300,
  PT: 2300,
  RO: 2100,
  SE: 2500,
  SI: 2200,
  SK: 2300,
};

/** The tax inside an inclusive `gross` delivered to `countryCode`; nothing where the country is no member: an export. */
export function taxOfInclusive(gross: Money, countryCode: string): Tax {
  const rateBasisPoints = standardRates[countryCode] ?? 0;
  const net = netOfInclusive(gross.minorUnits, rateBasisPoints);
  return {
    rateBasisPoints,
    isInclusive: true,
    net: money(gross.currencyCode, net),
    amount: money(gross.currencyCode, gross.minorUnits - net),
    jurisdiction: countryCode,
  };
}
