import type { Money } from "@shopmesh/kernel";
import { type Cart, type CartItem, MAX_QUANTITY, type Seen } from "./cart.ts";
import type { Reading } from "./offer.ts";

/** What became of a line since its owner last looked. */
export type LineChange =
  | { readonly kind: "price-changed"; readonly oldUnitPrice: Money }
  /** Fewer are left than wanted, and fewer than there were. */
  | { readonly kind: "quantity-not-available"; readonly available: number }
  | { readonly kind: "no-longer-sold" }
  /** It could not be bought as wanted, and now can. */
  | { readonly kind: "available-again" };

/** What `reading` shows of an offer; undefined while catalog cannot say. */
export function lookAt(sku: string, { offers, available }: Pick<Reading, "offers" | "available">): Seen | undefined {
  if (offers === undefined) return undefined;
  const offer = offers.get(sku);
  const left = available?.get(sku);
  return {
    unitPrice: offer?.isSellable === true ? offer.unitPrice : undefined,
    // More than a line can hold is enough, whatever becomes of it.
    available: left === undefined ? undefined : Math.min(left, MAX_QUANTITY),
  };
}

/** The cart whose lines that nobody has seen yet are seen as `reading` shows them. */
export function withFirstLook(cart: Cart, reading: Reading): Cart {
  return {
    ...cart,
    items: cart.items.map((item) => {
      const seen = item.seen ?? lookAt(item.sku, reading);
      return seen === undefined ? item : { ...item, seen };
    }),
  };
}

/** The cart whose owner has seen its lines so; the same object where nothing else was seen. */
export function acknowledge(cart: Cart, looks: ReadonlyMap<string, Seen>): Cart {
  const items = cart.items.map((item) => {
    const seen = looks.get(item.sku);
    return seen === undefined || isSameLook(seen, item.seen) ? item : { ...item, seen };
  });
  return items.every((item, index) => item === cart.items[index]) ? cart : { ...cart, items };
}

/** What became of a line since it was last seen; nothing while nobody can say. */
export function changesOf({ sku, quantity, seen }: CartItem, reading: Reading): readonly LineChange[] {
  const now = lookAt(sku, reading);
  if (seen === undefined || now === undefined) return [];
  if (now.unitPrice === undefined) return seen.unitPrice === undefined ? [] : [{ kind: "no-longer-sold" }];
  const isFewer = now.available !== undefined && now.available < Math.min(quantity, seen.available ?? 0);
  return [
    ...(seen.unitPrice === undefined || isSameMoney(seen.unitPrice, now.unitPrice)
      ? []
      : [{ kind: "price-changed" as const, oldUnitPrice: seen.unitPrice }]),
    ...(isFewer ? [{ kind: "quantity-not-available" as const, available: now.available ?? 0 }] : []),
    ...(!canBuy(quantity, seen) && canBuy(quantity, now) ? [{ kind: "available-again" as const }] : []),
  ];
}

/** Whether a line could be bought as it was seen; where stock is not known it is not in the way. */
function canBuy(quantity: number, { unitPrice, available = quantity }: Seen): boolean {
  return unitPrice !== undefined && available >= quantity;
}

function isSameLook(one: Seen, other: Seen | undefined): boolean {
  return other !== undefined && one.available === other.available && isSameMoney(one.unitPrice, other.unitPrice);
}

function isSameMoney(one: Money | undefined, other: Money | undefined): boolean {
  return one?.currencyCode === other?.currencyCode && one?.minorUnits === other?.minorUnits;
}
