import { DomainError, subtractMoney } from "@shopmesh/kernel";
import type { OrderLine, Shipping, Totals } from "./order.ts";
import { asDelivery, type Parcel, type ParcelPiece } from "./parcel.ts";
import { noPrice, priceOfDelivery, priceOfLine, splitPrice, sumPrices } from "./price.ts";

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
export function priceParcels(order: PricedOrder, drafts: readonly ParcelDraft[]): readonly Omit<Parcel, "id">[] {
  const { total } = order.totals;
  const nothing = noPrice(total.currencyCode);
  const pieces = drafts.flatMap((draft, parcel) => draft.lines.map((piece) => ({ piece, parcel })));
  const priced = order.lines.flatMap((line) => {
    const own = pieces.filter(({ piece }) => piece.lineId === line.id);
    if (own.length === 0) return [];
    const prices = splitPrice(
      priceOfLine(line),
      own.map(({ piece }) => BigInt(piece.quantity)),
    );
    return own.map(({ piece, parcel }, index) => ({ parcel, line: { ...piece, ...(prices[index] ?? nothing) } }));
  });
  const goods = drafts.map((_, index) => priced.filter(({ parcel }) => parcel === index).map(({ line }) => line));
  const sums = goods.map((lines) => sumPrices(total.currencyCode, lines).amount);
  const delivery = { ...priceOfDelivery(order.shipping), amount: sums.reduce(subtractMoney, total) };
  const deliveries = splitPrice(
    delivery,
    sums.map(({ minorUnits }) => minorUnits),
  );
  return drafts.map(({ key, locationId }, index) => {
    const [lines, part] = [goods[index] ?? [], deliveries[index] ?? nothing];
    return {
      key,
      locationId,
      state: "planned",
      lines,
      ...asDelivery(part),
      amount: sumPrices(total.currencyCode, [...lines, part]).amount,
      isCaptured: false,
      endReason: "",
    };
  });
}

type PricedOrder = { readonly lines: readonly OrderLine[]; readonly shipping: Shipping; readonly totals: Totals };

function mismatch(sku: string): DomainError {
  return new DomainError("internal", "ALLOCATION_MISMATCH", { sku });
}
