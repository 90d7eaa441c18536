import { CartChangedSchema, CartCheckedOutSchema } from "@shopmesh/contracts/shop/cart/v1/cart_events_pb.ts";
import { type Clock, DomainError, isRefusal } from "@shopmesh/kernel";
import { type Call, failpoint, type Tx } from "@shopmesh/mesh";
import { type Bought, type Cart, type CartEdit, changeCart, takeOut } from "../cart.ts";
import { withFirstLook } from "../look.ts";
import type { Reading } from "../offer.ts";
import { findOwnCart, insertPurchase, lockCart, updateCartLast } from "../store/carts.ts";
import { type Readers, readPrices } from "./reading.ts";

/** One change that a cart's owner asks for. */
export type Change = {
  readonly cartId: string;
  /** Empty to change whatever the cart holds by now. */
  readonly etag: string;
  readonly edit: CartEdit;
  /** Throws where what the others say forbids the change. */
  readonly check?: (reading: Reading, changed: Cart) => void;
  /** What is written in the same transaction. */
  readonly beside?: (tx: Tx, before: Cart) => Promise<void>;
};

/** A writer without an etag loses this many races before it is told. */
const MAX_RACES = 8;

/**
 * The changed cart and what the others say of it. They are asked before the transaction, so that it is one statement long;
 * where another writer was faster everything is read again.
 */
export function applyChange(
  deps: { readonly readers: Readers; readonly clock: Clock },
  { cartId, etag, edit, check, beside }: Change,
  call: Call,
): Promise<{ readonly cart: Cart; readonly reading: Reading }> {
  return racing(async () => {
    const before = await findOwnCart(call, cartId);
    const changed = changeCart(before, edit, { etag, nowMs: deps.clock() });
    const reading = await readPrices(deps.readers, changed, call);
    check?.(reading, changed);
    if (changed === before) return { cart: changed, reading };
    const cart = withFirstLook(changed, reading);
    const isSaved = await isFirst(call, async (tx) => {
      saveChange(tx, before, cart);
      await beside?.(tx, before);
    });
    return isSaved ? { cart, reading } : undefined;
  });
}

/** What `attempt` gives, tried again while it gives nothing because another writer was faster. Throws CART_CHANGED after some races. */
export async function racing<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const done = await attempt();
    if (done !== undefined) return done;
  }
  throw new DomainError("aborted", "CART_CHANGED", { races: String(MAX_RACES) });
}

/** Whether `work` is written; false, and nothing written, where another writer was faster. */
export async function isFirst(call: Call, work: (tx: Tx) => Promise<void>): Promise<boolean> {
  try {
    await call.transaction(work);
    return true;
  } catch (error) {
    if (!isRefusal(error, "CART_CHANGED")) throw error;
    return false;
  }
}

/** Writes a changed cart with the commit and says so; that throws CART_CHANGED where `before` is no longer so. */
export function saveChange(tx: Tx, before: Cart, after: Cart): void {
  updateCartLast(tx, before, after);
  failpoint("cart.while-saving");
  const skus = after.items.map(({ sku }) => sku);
  tx.emit(CartChangedSchema, { ...eventOf(after), skus }, after);
  tx.wake(after.id);
}

/** Takes out of a cart what was bought; once for each order group, however often and late it is asked. */
export async function settlePurchase(tx: Tx, cartId: string, bought: Bought, nowMs: number): Promise<Cart> {
  const asked = await lockCart(tx, cartId);
  const guestCartId = asked.state === "merged" ? cartId : undefined;
  const before = guestCartId === undefined ? asked : await lockCart(tx, asked.mergedInto);
  const after = takeOut(before, { ...bought, guestCartId }, nowMs);
  const { orderGroupId } = bought;
  if (after === before || !(await insertPurchase(tx, { cartId, orderGroupId }))) return before;
  saveChange(tx, before, after);
  tx.emit(CartCheckedOutSchema, { ...eventOf(after), orderGroupId }, after);
  return after;
}

function eventOf({ id, version, customerId = "" }: Cart) {
  return { cartId: id, version: BigInt(version), customerId };
}
