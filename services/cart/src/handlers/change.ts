import { CartChangedSchema, CartCheckedOutSchema } from "@shopmesh/contracts/shop/cart/v1/cart_events_pb.ts";
import { type Clock, isRefusal } from "@shopmesh/kernel";
import { type Call, failpoint, type Tx } from "@shopmesh/mesh";
import { type Bought, type Cart, type CartEdit, changeCart, takeOut } from "../cart.ts";
import type { Reading } from "../pricing.ts";
import { findCart, insertPurchase, lockCart, updateCart } from "../store.ts";
import { type Readers, readPrices } from "./reading.ts";

/** One change that a cart's owner asks for. */
export type Change = {
  readonly cartId: string;
  /** Empty to change whatever the cart holds by now. */
  readonly etag: string;
  readonly edit: CartEdit;
  /** Throws where what the others say forbids the change. */
  readonly check?: (reading: Reading, changed: Cart) => void;
};

/** A writer without an etag loses this many races before it is told. */
const MAX_RACES = 8;

/**
 * The changed cart and what the others say of it. They are asked before the transaction, so that it is one statement long;
 * where another writer was faster everything is read again.
 */
export async function applyChange(
  deps: { readonly readers: Readers; readonly clock: Clock },
  { cartId, etag, edit, check }: Change,
  call: Call,
): Promise<{ readonly cart: Cart; readonly reading: Reading }> {
  for (let race = 1; ; race += 1) {
    const before = await findCart(call.sql, cartId);
    const cart = changeCart(before, edit, { etag, nowMs: deps.clock() });
    const reading = await readPrices(deps.readers, cart, call);
    check?.(reading, cart);
    if (cart === before) return { cart, reading };
    try {
      await call.transaction((tx) => saveChange(tx, before, cart));
      return { cart, reading };
    } catch (error) {
      if (!isRefusal(error, "CART_CHANGED") || race === MAX_RACES) throw error;
    }
  }
}

/** Writes a changed cart and says so. Throws CART_CHANGED where `before` is no longer so. */
export async function saveChange(tx: Tx, before: Cart, after: Cart): Promise<void> {
  await updateCart(tx, before, after);
  failpoint("cart.while-saving");
  const skus = after.items.map(({ sku }) => sku);
  tx.emit(CartChangedSchema, { ...eventOf(after), skus }, after);
  tx.wake(after.id);
}

/** Takes out of a cart what was bought; once for each order group, however often and late it is asked. */
export async function settlePurchase(tx: Tx, cartId: string, bought: Bought, nowMs: number): Promise<Cart> {
  const before = await lockCart(tx, cartId);
  const after = takeOut(before, bought, nowMs);
  const { orderGroupId } = bought;
  if (after === before || !(await insertPurchase(tx, { cartId, orderGroupId }))) return before;
  await saveChange(tx, before, after);
  tx.emit(CartCheckedOutSchema, { ...eventOf(after), orderGroupId }, after);
  return after;
}

function eventOf({ id, version, customerId = "" }: Cart) {
  return { cartId: id, version: BigInt(version), customerId };
}
