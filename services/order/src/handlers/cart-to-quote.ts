import type { Cart } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import type { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import type { Call, Client, SagaDriver } from "@shopmesh/mesh";
import type { Quote } from "../quote.ts";
import { type CartGroup, findGroupOfCart, findGroupsOfCarts } from "../store/orders.ts";
import { endQuotesOf } from "../store/quotes.ts";

type Deps = {
  readonly clock: Clock;
  readonly cart: Pick<Client<typeof CartService>, "getCart">;
  readonly saga: Pick<SagaDriver<unknown>, "drive">;
};

/** What is quoted, and the last group that came of it. */
export type QuotableCart = { readonly cart: Cart | undefined; readonly last: CartGroup | undefined };

/**
 * The cart without what its last checkout bought, or that of a guest's cart which it took over: that leaves it only after the checkout
 * was answered, and whoever goes on at once waits for it. Throws CART_CHANGED where it takes longer than until `deadlineMs`.
 */
export async function cartToQuote(deps: Deps, cartId: string, call: Call, deadlineMs: number): Promise<QuotableCart> {
  const { cart, saga } = deps;
  const last = await findGroupOfCart(call.sql, cartId);
  if (last?.state === "confirmed") await saga.drive(last.id, deadlineMs);
  const asked = (await cart.getCart(quotable(cartId), call)).cart;
  if (last?.state === "confirmed" && last.id !== asked?.lastOrderGroupId) throw changed(cartId);
  const isWhole = asked === undefined || asked.mergedCartIds.length === 0;
  return { cart: isWhole ? asked : await withoutGuests(deps, asked, call, deadlineMs), last };
}

// Where its goods lie is asked of inventory, which says so if there are none.
function quotable(cartId: string) {
  return { cartId, whole: true, withoutStock: true };
}

/** As cartToQuote: what guests' carts brought is quoted as this one's from here on, and by no quote of theirs any more. */
async function withoutGuests({ cart, clock, saga }: Deps, asked: Cart, call: Call, deadlineMs: number): Promise<Cart> {
  await endQuotesOf(call.sql, asked.mergedCartIds, clock());
  const groups = await findGroupsOfCarts(call.sql, asked.mergedCartIds);
  const bought = groups.filter(({ state }) => state === "confirmed");
  if (bought.length === 0) return asked;
  await Promise.all(bought.map(({ id }) => saga.drive(id, deadlineMs)));
  const left = (await cart.getCart(quotable(asked.id), call)).cart;
  if (left === undefined || left.mergedCartIds.length > asked.mergedCartIds.length - bought.length)
    throw changed(asked.id);
  return left;
}

/** Throws CART_CHECKED_OUT while a checkout of a guest's cart is open whose goods are quoted here too: nobody pays for them twice. */
export async function refuseGuestsCheckout({ cartId, mergedCartIds = [] }: Quote, call: Call): Promise<void> {
  if (mergedCartIds.length === 0) return;
  const open = (await findGroupsOfCarts(call.sql, mergedCartIds)).find((group) => !isTurnedBack(group));
  if (open !== undefined)
    throw new DomainError("precondition", "CART_CHECKED_OUT", { cart_id: cartId, order_group_id: open.id });
}

/** A cart may be tried again once what came of it was undone. */
export function isTurnedBack({ state }: CartGroup): boolean {
  return state === "rejected" || state === "cancelled";
}

function changed(cartId: string): DomainError {
  return new DomainError("aborted", "CART_CHANGED", { cart_id: cartId });
}
