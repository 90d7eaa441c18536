import { DomainError, type Money, money, shareOf, splitByWeights } from "@shopmesh/kernel";

/** One line to be priced. */
export type Line = {
  readonly sku: string;
  readonly sellerId: string;
  readonly quantity: number;
  readonly unitPrice: Money;
};

/** What comes off a whole line. */
export type LineDiscount = { readonly sku: string; readonly amount: Money };

/** What the lines cost in all; undefined for no lines. Throws CURRENCY_MIXED. */
export function subtotalOf(lines: readonly Line[]): Money | undefined {
  const [first] = lines;
  if (first === undefined) return undefined;
  const { currencyCode } = first.unitPrice;
  const other = lines.find(({ unitPrice }) => unitPrice.currencyCode !== currencyCode);
  if (other !== undefined) {
    throw new DomainError("invalid", "CURRENCY_MIXED", {
      left: currencyCode,
      right: other.unitPrice.currencyCode,
    });
  }
  return money(currencyCode, sum(lines.map(lineTotal)));
}

/**
 * A percentage off the lines: of their sum, rounded half-up once, split by largest remainder first between the sellers,
 * who bear it, then between each seller's lines. The parts add up to it; none is more than its line. Lines that get
 * nothing are left out. Throws CURRENCY_MIXED.
 */
export function percentageOff(lines: readonly Line[], basisPoints: number): readonly LineDiscount[] {
  const subtotal = subtotalOf(lines);
  if (subtotal === undefined) return [];
  const sellers = [...new Set(lines.map(({ sellerId }) => sellerId))];
  const totals = sellers.map((seller) => sum(lines.filter(({ sellerId }) => sellerId === seller).map(lineTotal)));
  const shares = splitByWeights(shareOf(subtotal.minorUnits, basisPoints), totals);
  const parts = new Map<Line, bigint>();
  for (const [index, seller] of sellers.entries()) {
    const own = lines.filter(({ sellerId }) => sellerId === seller);
    const split = splitByWeights(shares[index] ?? 0n, own.map(lineTotal));
    for (const [position, line] of own.entries()) parts.set(line, split[position] ?? 0n);
  }
  return lines.flatMap((line) => {
    const part = parts.get(line) ?? 0n;
    return part === 0n ? [] : [{ sku: line.sku, amount: money(subtotal.currencyCode, part) }];
  });
}

function lineTotal({ unitPrice, quantity }: Line): bigint {
  return unitPrice.minorUnits * BigInt(quantity);
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((left, right) => left + right, 0n);
}
