import { DomainError, type Money, money, splitByWeights, sumMoney } from "@shopmesh/kernel";
import type { OrderLine, Shipping, Totals } from "./order.ts";
import type { Parcel, ParcelPiece } from "./parcel.ts";
import { platformShare } from "./platform-share.ts";

/** A parcel before shipping has given it an id and the order's money is split. */
export type ParcelDraft = {
  readonly key: string;
  readonly locationId: string;
  readonly lines: readonly ParcelPiece[];
};

/** Where goods of an order lie. */
export type Allocated = { readonly sku: string; readonly quantity: number; readonly locationId: string };

/** What one parcel may weigh (FedEx Service Guide 2026: 150 lb a package). */
export const MAX_PARCEL_GRAMS = 68_000;

/**
 * What is sent from where: a parcel for each location, more where one would weigh too much, in the order of allocation. Goods
 * of a sku go to the order's lines of that sku, first line first. Throws ALLOCATION_MISMATCH where the two are not the same goods.
 */
export function draftParcels(lines: readonly OrderLine[], allocated: readonly Allocated[]): readonly ParcelDraft[] {
  const open = lines.map((line) => ({ line, left: line.quantity }));
  const drafts: (ParcelDraft & { readonly lines: ParcelPiece[]; grams: number; readonly count: number })[] = [];
  const openDraft = (locationId: string) => {
    const count = drafts.filter((draft) => draft.locationId === locationId).length + 1;
    const draft = { key: count === 1 ? locationId : `${locationId}.${count}`, locationId, lines: [], grams: 0, count };
    drafts.push(draft);
    return draft;
  };
  for (const { sku, quantity, locationId } of allocated) {
    for (let left = quantity; left > 0; ) {
      const wanted = open.find((candidate) => candidate.line.sku === sku && candidate.left > 0);
      if (wanted === undefined) throw mismatch(sku);
      const { id: lineId, weightGrams } = wanted.line;
      const last = drafts.findLast((draft) => draft.locationId === locationId) ?? openDraft(locationId);
      const room = weightGrams === 0 ? left : Math.floor((MAX_PARCEL_GRAMS - last.grams) / weightGrams);
      const draft = room < 1 && last.lines.length > 0 ? openDraft(locationId) : last;
      const fits = weightGrams === 0 ? left : Math.max(1, Math.floor((MAX_PARCEL_GRAMS - draft.grams) / weightGrams));
      const taken = Math.min(left, wanted.left, fits);
      draft.lines.push({ lineId, sku, quantity: taken });
      draft.grams += taken * weightGrams;
      wanted.left -= taken;
      left -= taken;
    }
  }
  const missing = open.find(({ left }) => left > 0);
  if (missing !== undefined) throw mismatch(missing.line.sku);
  return drafts.map(({ key, locationId, lines: pieces }) => ({ key, locationId, lines: pieces }));
}

/**
 * The drafts with their parts of the order's money: each line by its pieces, the delivery by what the goods cost, by largest
 * remainder, so that the amounts add up to the order's total exactly. What never leaves costs nothing, its delivery too.
 */
export function priceParcels(
  { lines, shipping: { tax, platformDiscount }, totals }: PricedOrder,
  drafts: readonly ParcelDraft[],
): readonly Omit<Parcel, "id">[] {
  const currency = totals.total.currencyCode;
  const zero = money(currency, 0n);
  const pieces = drafts.flatMap((draft, parcel) => draft.lines.map((piece) => ({ ...piece, parcel })));
  const priced = lines.flatMap((line) => {
    const own = pieces.filter(({ lineId }) => lineId === line.id);
    const amounts = splitMoney(line.total, own.map(weightOf));
    const taxes = splitMoney(line.tax.amount, own.map(weightOf));
    const shares = splitMoney(line.platformDiscount ?? zero, own.map(weightOf));
    return own.map((piece, index) => ({ ...piece, amount: amounts[index], tax: taxes[index], share: shares[index] }));
  });
  const goods = drafts.map((_, parcel) => priced.filter((piece) => piece.parcel === parcel));
  const sums = goods.map((list) =>
    sumMoney(
      currency,
      list.flatMap(({ amount }) => amount ?? []),
    ),
  );
  const delivery = totals.total.minorUnits - sums.reduce((sum, { minorUnits }) => sum + minorUnits, 0n);
  const weights = sums.map(({ minorUnits }) => minorUnits);
  const shipping = splitByWeights(delivery, weights);
  const taxes = splitMoney(tax.amount, weights);
  const shares = splitMoney(platformDiscount ?? zero, weights);
  return drafts.map(({ key, locationId }, index) => ({
    key,
    locationId,
    state: "planned",
    lines: (goods[index] ?? []).map(({ lineId, sku, quantity, amount = zero, tax: taxed = zero, share = zero }) => ({
      lineId,
      sku,
      quantity,
      amount,
      tax: taxed,
      ...platformShare(share),
    })),
    shipping: money(currency, shipping[index] ?? 0n),
    shippingTax: taxes[index] ?? zero,
    ...shippingShare(shares[index] ?? zero),
    amount: money(currency, (weights[index] ?? 0n) + (shipping[index] ?? 0n)),
    isCaptured: false,
    endReason: "",
  }));
}

function shippingShare(share: Money): Pick<Parcel, "shippingPlatformShare"> {
  return share.minorUnits === 0n ? {} : { shippingPlatformShare: share };
}

type PricedOrder = { readonly lines: readonly OrderLine[]; readonly shipping: Shipping; readonly totals: Totals };

function splitMoney(whole: Money, weights: readonly bigint[]): readonly Money[] {
  if (weights.length === 0) return [];
  return splitByWeights(whole.minorUnits, weights).map((part) => money(whole.currencyCode, part));
}

function weightOf({ quantity }: ParcelPiece): bigint {
  return BigInt(quantity);
}

function mismatch(sku: string): DomainError {
  return new DomainError("internal", "ALLOCATION_MISMATCH", { sku });
}
