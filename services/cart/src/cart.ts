import { DomainError, type Money } from "@shopmesh/kernel";

/** One offer in a cart and how many; prices are read, and kept only as they were last seen. */
export type CartItem = {
  readonly sku: string;
  readonly quantity: number;
  /** Undefined for what nobody has seen yet. */
  readonly seen?: Seen;
};

/** An offer as its buyer last saw it. */
export type Seen = {
  /** Undefined where it was not sold. */
  readonly unitPrice: Money | undefined;
  /** How many could be bought; undefined where nobody could say. */
  readonly available: number | undefined;
};

/** What its owner can change. */
export type CartContent = {
  /** In the order in which they were added, one for each sku. */
  readonly items: readonly CartItem[];
  /** Upper case; empty for none. */
  readonly couponCode: string;
};

/** What one customer or guest means to buy. */
export type Cart = CartContent & {
  readonly id: string;
  /** Counts the changes. */
  readonly version: number;
  /** Carts stay open, but for a guest's that a customer's took over; older code closed one whose whole content was bought. */
  readonly state: "open" | "checked-out" | "merged";
  /** The account that owns it; undefined for a guest's. */
  readonly customerId: string | undefined;
  /** SHA-256 hex of the guest's access token; undefined for a customer's. */
  readonly guestTokenHash: string | undefined;
  /** The order group that last took goods out of it; empty before the first. */
  readonly orderGroupId: string;
  /** The customer's cart that took over what was in this guest's; empty where none did. */
  readonly mergedInto: string;
  /** Guests' carts that this one took over since it was last ordered of, and that bought nothing since; the latest last. */
  readonly takenOver: readonly string[];
  readonly createMs: number;
  readonly updateMs: number;
};

/** A change of the content; the same object where there is nothing to change. */
export type CartEdit = (content: CartContent) => CartContent;

export const MAX_LINES = 200;
export const MAX_QUANTITY = 999;

const HOUR_MS = 3_600_000;
const EMPTY_GUEST_TTL_MS = 24 * HOUR_MS;
const IDLE_TTL_MS = 90 * 24 * HOUR_MS;

/** An empty, open cart. */
export function newCart(id: string, owner: Pick<Cart, "customerId" | "guestTokenHash">, nowMs: number): Cart {
  return {
    ...owner,
    id,
    version: 1,
    state: "open",
    items: [],
    couponCode: "",
    orderGroupId: "",
    mergedInto: "",
    takenOver: [],
    createMs: nowMs,
    updateMs: nowMs,
  };
}

/** Changes with every change of the cart. */
export function etagOf({ version }: Cart): string {
  return String(version);
}

/**
 * The cart after `edit`, a version on; the same object where nothing changes, whatever the etag: so a repeated change is
 * answered. Throws CART_CHECKED_OUT, CART_MERGED, and CART_CHANGED where `etag` is given and is not the cart's.
 */
export function changeCart(
  cart: Cart,
  edit: CartEdit,
  { etag, nowMs }: { readonly etag: string; readonly nowMs: number },
): Cart {
  refuseClosed(cart);
  const before = { items: cart.items, couponCode: cart.couponCode };
  const after = edit(before);
  if (after === before) return cart;
  if (etag !== "" && etag !== etagOf(cart)) throw cartChanged(cart);
  return { ...cart, ...after, version: cart.version + 1, updateMs: nowMs };
}

/** What an order group bought of a cart. */
export type Bought = {
  readonly orderGroupId: string;
  readonly items: readonly CartItem[];
  /** The guest's cart that it was bought of, where this one has taken that over: it is no checkout of this one. */
  readonly guestCartId?: string | undefined;
  /** The coupon that was redeemed; empty for none. */
  readonly couponCode: string;
};

/**
 * The cart without what was bought, open: what was added since stays, and a coupon that was not redeemed. The same object
 * where that group took it out last. Throws CART_CHECKED_OUT for a cart of older days that another group has closed.
 */
export function takeOut(cart: Cart, { orderGroupId, items, couponCode, guestCartId }: Bought, nowMs: number): Cart {
  if (cart.orderGroupId === orderGroupId) return cart;
  refuseClosed(cart);
  const taken = new Map(items.map(({ sku, quantity }) => [sku, quantity]));
  return {
    ...cart,
    items: cart.items
      .map((item) => ({ ...item, quantity: item.quantity - (taken.get(item.sku) ?? 0) }))
      .filter(({ quantity }) => quantity > 0),
    couponCode: cart.couponCode === couponCode ? "" : cart.couponCode,
    orderGroupId: guestCartId === undefined ? orderGroupId : cart.orderGroupId,
    takenOver: guestCartId === undefined ? [] : cart.takenOver.filter((id) => id !== guestCartId),
    version: cart.version + 1,
    updateMs: nowMs,
  };
}

/** Adds to the line of the item's offer, or a line at the end. Throws CART_FULL, QUANTITY_TOO_LARGE. */
export function addItem(item: CartItem): CartEdit {
  const { sku, quantity } = item;
  return (content) => {
    const known = content.items.find((line) => line.sku === sku);
    const wanted = (known?.quantity ?? 0) + quantity;
    if (known === undefined && content.items.length >= MAX_LINES) {
      throw new DomainError("precondition", "CART_FULL", { max_lines: String(MAX_LINES) });
    }
    if (wanted > MAX_QUANTITY) {
      throw new DomainError("precondition", "QUANTITY_TOO_LARGE", {
        sku,
        quantity: String(wanted),
        max_quantity: String(MAX_QUANTITY),
      });
    }
    const items = known === undefined ? [...content.items, item] : withQuantity(content.items, sku, wanted);
    return { ...content, items };
  };
}

/** Sets the quantity of the line of `sku`; zero removes it, if it is there. Throws LINE_NOT_FOUND. */
export function setQuantity({ sku, quantity }: CartItem): CartEdit {
  if (quantity === 0) return removeItem(sku);
  return (content) => {
    const known = content.items.find((item) => item.sku === sku);
    if (known === undefined) throw new DomainError("not-found", "LINE_NOT_FOUND", { sku });
    if (known.quantity === quantity) return content;
    return { ...content, items: withQuantity(content.items, sku, quantity) };
  };
}

/** Removes the line of `sku`, if it is there. */
export function removeItem(sku: string): CartEdit {
  return (content) => {
    const items = content.items.filter((item) => item.sku !== sku);
    return items.length === content.items.length ? content : { ...content, items };
  };
}

/** Enters a coupon in place of any other; case and outer spaces do not count. Empty takes it off. */
export function enterCoupon(code: string): CartEdit {
  const couponCode = code.trim().toUpperCase();
  return (content) => (content.couponCode === couponCode ? content : { ...content, couponCode });
}

/** Removes every line and the coupon. */
export function clear(content: CartContent): CartContent {
  return content.items.length === 0 && content.couponCode === "" ? content : { items: [], couponCode: "" };
}

/** From when on the cart may be forgotten; undefined for never. A customer's open cart stays. */
export function expiryOf({ state, customerId, items, updateMs }: Cart): number | undefined {
  if (state === "open" && customerId !== undefined) return undefined;
  return updateMs + (state === "open" && items.length === 0 ? EMPTY_GUEST_TTL_MS : IDLE_TTL_MS);
}

/** Since when the cart lies there with goods in it; undefined for one that nobody has left. */
export function restsSince({ state, items, updateMs }: Cart): number | undefined {
  return state === "open" && items.length > 0 ? updateMs : undefined;
}

/** The refusal for a cart that is not what its writer last read. */
export function cartChanged(cart: Cart): DomainError {
  return new DomainError("aborted", "CART_CHANGED", { cart_id: cart.id, etag: etagOf(cart) });
}

/** Throws CART_CHECKED_OUT, CART_MERGED for a cart that never changes again. */
export function refuseClosed({ id, state, orderGroupId, mergedInto }: Cart): void {
  if (state === "merged")
    throw new DomainError("precondition", "CART_MERGED", { cart_id: id, merged_into: mergedInto });
  if (state === "checked-out")
    throw new DomainError("precondition", "CART_CHECKED_OUT", { cart_id: id, order_group_id: orderGroupId });
}

function withQuantity(items: readonly CartItem[], sku: string, quantity: number): readonly CartItem[] {
  return items.map((item) => (item.sku === sku ? { ...item, quantity } : item));
}
