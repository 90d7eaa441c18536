import { type Cart, type CartItem, MAX_LINES, MAX_QUANTITY } from "./cart.ts";

/** So many guests' carts are remembered: their quotes are over within minutes. */
const MAX_TAKEN_OVER = 8;

/** What comes of a customer's cart and a guest's. */
export type Merged = {
  readonly own: Cart;
  readonly guest: Cart;
  /** What found no place: quantities beyond 999, lines beyond 200. */
  readonly leftOut: readonly CartItem[];
};

/**
 * The customer's cart with what was in the guest's, and the guest's closed. Quantities are added up to the limit; the
 * customer's lines come first, her coupon stays. The same objects where the guest's cart is closed already.
 */
export function mergeCarts(own: Cart, guest: Cart, nowMs: number): Merged {
  if (guest.state !== "open") return { own, guest, leftOut: [] };
  const brought = new Map(guest.items.map((item) => [item.sku, item]));
  const shared = own.items.map((item) => grown(item, brought.get(item.sku)));
  const fresh = guest.items.filter(({ sku }) => !own.items.some((item) => item.sku === sku));
  const room = MAX_LINES - own.items.length;
  const couponCode = own.couponCode || guest.couponCode;
  const items = [...shared.map(({ item }) => item), ...fresh.slice(0, room)];
  const takenOver = [...own.takenOver, guest.id].slice(-MAX_TAKEN_OVER);
  const isSame = guest.items.length === 0 && couponCode === own.couponCode;
  return {
    own: isSame ? own : { ...own, items, couponCode, takenOver, version: own.version + 1, updateMs: nowMs },
    guest: {
      ...guest,
      state: "merged",
      mergedInto: own.id,
      items: [],
      couponCode: "",
      version: guest.version + 1,
      updateMs: nowMs,
    },
    leftOut: [...shared.flatMap(({ leftOut }) => leftOut), ...fresh.slice(room)],
  };
}

function grown(item: CartItem, more: CartItem | undefined): { item: CartItem; leftOut: readonly CartItem[] } {
  if (more === undefined) return { item, leftOut: [] };
  const wanted = item.quantity + more.quantity;
  const quantity = Math.min(wanted, MAX_QUANTITY);
  const leftOut = wanted > quantity ? [{ sku: item.sku, quantity: wanted - quantity }] : [];
  return { item: { ...item, quantity }, leftOut };
}
