import { divideHalfUp, DomainError, type Money, money, shareOf, splitByWeights } from "@shopmesh/kernel";
import type { Action, Promotion } from "./promotion.ts";

/** One line to be priced. */
export type Line = {
  readonly sku: string;
  readonly sellerId: string;
  /** May be empty. */
  readonly categoryId: string;
  readonly quantity: number;
  readonly unitPrice: Money;
};

/** A line and what is left of its price, in minor units. */
export type OpenLine = { readonly line: Line; readonly left: bigint };

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

/** What a whole line costs before discounts, in minor units. */
export function lineTotal({ unitPrice, quantity }: Line): bigint {
  return unitPrice.minorUnits * BigInt(quantity);
}

/** Whether the promotion speaks of the line. */
export function goodsOf({ sellerId, conditions }: Promotion, lines: readonly Line[]): readonly Line[] {
  const { skus, categoryIds, sellerIds } = conditions;
  const [ofSkus, ofCategories, ofSellers] = [new Set(skus), new Set(categoryIds), new Set(sellerIds)];
  return lines.filter(
    (line) =>
      (sellerId === undefined || line.sellerId === sellerId) &&
      (ofSkus.size === 0 || ofSkus.has(line.sku)) &&
      (ofCategories.size === 0 || ofCategories.has(line.categoryId)) &&
      (ofSellers.size === 0 || ofSellers.has(line.sellerId)),
  );
}

/**
 * What an action takes off its goods, of what is left of them; one part for each line of `goods`, none negative, none more
 * than is left. `others` are the lines that it may give cheaper without being bought.
 */
export function takeOff(
  { action, promotionClass, sellerId }: Pick<Promotion, "action" | "promotionClass" | "sellerId">,
  goods: readonly OpenLine[],
  others: readonly OpenLine[],
): ReadonlyMap<Line, bigint> {
  switch (action.kind) {
    case "percent-off":
      return promotionClass === "product"
        ? eachLine(goods, ({ left }) => shareOf(left, action.basisPoints))
        : ofSum(goods, (total) => shareOf(total, action.basisPoints));
    case "amount-off":
      return promotionClass === "product"
        ? eachLine(goods, ({ line, left }) => atMost(action.amount.minorUnits * BigInt(line.quantity), left))
        : ofSum(goods, (total) => atMost(action.amount.minorUnits, total));
    case "cheapest-free":
      return ofCheapest(goods, Math.floor(piecesOf(goods) / action.everyQuantity), 10_000);
    case "buy-x-get-y":
      return buyAndGet(action, goods, sellerId === undefined ? others : others.filter(isOf(sellerId)));
    case "free-shipping":
      return new Map();
  }
}

/** What free shipping takes off a delivery of which `left` is to pay. */
export function freeOf({ maximum }: Extract<Action, { kind: "free-shipping" }>, left: bigint): bigint {
  return maximum === undefined ? left : atMost(maximum.minorUnits, left);
}

function eachLine(goods: readonly OpenLine[], part: (open: OpenLine) => bigint): ReadonlyMap<Line, bigint> {
  return new Map(goods.map((open) => [open.line, part(open)]));
}

/**
 * A part of the sum, rounded once, split by largest remainder first between the sellers, who bear it, then between each
 * seller's lines.
 */
function ofSum(goods: readonly OpenLine[], part: (total: bigint) => bigint): ReadonlyMap<Line, bigint> {
  const bySeller = [...Map.groupBy(goods, ({ line }) => line.sellerId).values()];
  if (bySeller.length === 0) return new Map();
  const totals = bySeller.map((own) => sum(own.map(({ left }) => left)));
  const whole = part(sum(totals));
  const shares = whole === 0n ? totals.map(() => 0n) : splitByWeights(whole, totals);
  const parts = new Map<Line, bigint>();
  for (const [index, own] of bySeller.entries()) {
    const share = shares[index] ?? 0n;
    const split =
      share === 0n
        ? []
        : splitByWeights(
            share,
            own.map(({ left }) => left),
          );
    for (const [position, { line }] of own.entries()) parts.set(line, split[position] ?? 0n);
  }
  return parts;
}

function buyAndGet(
  action: Extract<Action, { kind: "buy-x-get-y" }>,
  goods: readonly OpenLine[],
  others: readonly OpenLine[],
): ReadonlyMap<Line, bigint> {
  const { buyQuantity, getQuantity, basisPoints, getSkus, maxTimes } = action;
  const capped = (times: number) => (maxTimes === 0 ? times : Math.min(times, maxTimes));
  if (getSkus.length === 0) {
    const times = capped(Math.floor(piecesOf(goods) / (buyQuantity + getQuantity)));
    return ofCheapest(goods, times * getQuantity, basisPoints);
  }
  const given = others.filter(({ line }) => getSkus.includes(line.sku));
  const bought = goods.filter(({ line }) => !getSkus.includes(line.sku));
  const times = capped(Math.floor(piecesOf(bought) / buyQuantity));
  return ofCheapest(given, times * getQuantity, basisPoints);
}

/** A share of so many of the cheapest pieces, by their price before discounts; rounded for each line, half-up. */
function ofCheapest(goods: readonly OpenLine[], count: number, basisPoints: number): ReadonlyMap<Line, bigint> {
  const parts = new Map<Line, bigint>();
  let wanted = count;
  for (const { line, left } of goods.toSorted(byPrice)) {
    const pieces = Math.min(wanted, line.quantity);
    wanted -= pieces;
    if (pieces > 0) {
      const [share, whole] = [BigInt(pieces * basisPoints), BigInt(line.quantity * 10_000)];
      parts.set(line, divideHalfUp(left * share, whole));
    }
  }
  return parts;
}

function byPrice({ line: one }: OpenLine, { line: other }: OpenLine): number {
  const [left, right] = [one.unitPrice.minorUnits, other.unitPrice.minorUnits];
  return left === right ? bySku(one, other) : left < right ? -1 : 1;
}

/** The order in which lines are reckoned, whatever the order in which they lie in the cart. */
export function bySku(left: Line, right: Line): number {
  return left.sku === right.sku ? 0 : left.sku < right.sku ? -1 : 1;
}

function isOf(sellerId: string): (open: OpenLine) => boolean {
  return ({ line }) => line.sellerId === sellerId;
}

function piecesOf(goods: readonly OpenLine[]): number {
  return goods.reduce((count, { line }) => count + line.quantity, 0);
}

function atMost(amount: bigint, most: bigint): bigint {
  return amount < most ? amount : most;
}

/** The sum of amounts. */
export function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((left, right) => left + right, 0n);
}
