import { DomainError } from "./domain-error.ts";

/** An amount of one currency in its minor unit (cents for EUR, whole yen for JPY). */
export type Money = {
  readonly currencyCode: string;
  readonly minorUnits: bigint;
};

/** Digits after the decimal point by ISO 4217; every other known currency has two. Pinned: ISO 4217:2015, amendment 176. */
const exponents: Readonly<Record<string, number>> = {
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  CLF: 4,
  UYW: 4,
};

const BASIS_POINTS = 10_000n;

/** The digits after the decimal point of `currencyCode`. */
export function currencyExponent(currencyCode: string): number {
  return exponents[currencyCode] ?? 2;
}

/** `minorUnits` of `currencyCode`. Throws CURRENCY_INVALID for what is not three capitals. */
export function money(currencyCode: string, minorUnits: bigint): Money {
  if (!/^[A-Z]{3}$/.test(currencyCode)) {
    throw new DomainError("invalid", "CURRENCY_INVALID", {
      currency: currencyCode,
    });
  }
  return { currencyCode, minorUnits };
}

/** The sum; throws CURRENCY_MISMATCH across currencies. */
export function addMoney(left: Money, right: Money): Money {
  return {
    currencyCode: sameCurrency(left, right),
    minorUnits: left.minorUnits + right.minorUnits,
  };
}

/** `left` less `right`, possibly below zero; throws CURRENCY_MISMATCH across currencies. */
export function subtractMoney(left: Money, right: Money): Money {
  return {
    currencyCode: sameCurrency(left, right),
    minorUnits: left.minorUnits - right.minorUnits,
  };
}

/** The sum of `amounts`, zero of `currencyCode` for none; throws CURRENCY_MISMATCH across currencies. */
export function sumMoney(currencyCode: string, amounts: readonly Money[]): Money {
  return amounts.reduce(addMoney, money(currencyCode, 0n));
}

/** `amount` times a whole `quantity`. */
export function timesQuantity(amount: Money, quantity: number): Money {
  return { ...amount, minorUnits: amount.minorUnits * BigInt(quantity) };
}

/** The share of `minorUnits` that `basisPoints` (1/100 of a percent) make, rounded half-up (away from zero). */
export function shareOf(minorUnits: bigint, basisPoints: number): bigint {
  return divideHalfUp(minorUnits * BigInt(basisPoints), BASIS_POINTS);
}

/** The net in a tax-inclusive `gross`: round(gross / (1 + rate)), half-up. */
export function netOfInclusive(gross: bigint, rateBasisPoints: number): bigint {
  return divideHalfUp(gross * BASIS_POINTS, BASIS_POINTS + BigInt(rateBasisPoints));
}

/** `dividend / divisor` rounded half-up, away from zero at the half. `divisor` is above zero. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const magnitude = dividend < 0n ? -dividend : dividend;
  const rounded = (2n * magnitude + divisor) / (2n * divisor);
  return dividend < 0n ? -rounded : rounded;
}

/**
 * `total` split in proportion to `weights` (each ≥ 0) by largest remainder, ties to the lowest index:
 * the parts always add up to `total`. All weights zero: split evenly. No weights: throws SPLIT_EMPTY.
 */
export function splitByWeights(total: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.length === 0) throw new DomainError("invalid", "SPLIT_EMPTY");
  if (weights.some((weight) => weight < 0n)) throw new DomainError("invalid", "SPLIT_NEGATIVE_WEIGHT");
  if (total < 0n) return splitByWeights(-total, weights).map((part) => -part);
  const sum = weights.reduce((left, right) => left + right, 0n);
  const shares = sum === 0n ? weights.map(() => 1n) : weights;
  const divisor = sum === 0n ? BigInt(weights.length) : sum;
  const parts = shares.map((weight) => (total * weight) / divisor);
  let left = total - parts.reduce((a, b) => a + b, 0n);
  const byRemainder = shares
    .map((weight, index) => ({ index, remainder: (total * weight) % divisor }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  for (const { index } of byRemainder) {
    if (left === 0n) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return parts;
}

/** For people and logs: "EUR 12.30". */
export function formatMoney({ currencyCode, minorUnits }: Money): string {
  const exponent = currencyExponent(currencyCode);
  const sign = minorUnits < 0n ? "-" : "";
  const digits = (minorUnits < 0n ? -minorUnits : minorUnits).toString().padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  return `${currencyCode} ${sign}${whole}${exponent === 0 ? "" : `.${digits.slice(-exponent)}`}`;
}

/** The currency of both. Throws CURRENCY_MISMATCH. */
export function sameCurrency(left: Money, right: Money): string {
  if (left.currencyCode !== right.currencyCode) {
    throw new DomainError("invalid", "CURRENCY_MISMATCH", {
      left: left.currencyCode,
      right: right.currencyCode,
    });
  }
  return left.currencyCode;
}
