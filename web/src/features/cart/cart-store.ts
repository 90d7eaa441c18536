import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { create } from "@bufbuild/protobuf";
import type { Cart } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { CartService, GetCartResponseSchema } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { keyOf, rememberKey } from "../../api/keyring.ts";
import { problemOf } from "../../api/problem.ts";
import { cartKey, queryClient } from "../../api/query.ts";
import { newRequestId } from "../../api/request-id.ts";
import { openStored } from "../../api/stored.ts";
import { transport } from "../../api/transport.ts";

/** The id of this browser's cart; empty for none yet. */
export const cartId = openStored("shopmesh.cart");

/** The shop's carts. */
export const carts = createClient(CartService, transport);

/** Shows a cart that a call or a stream has just answered with, unless a newer one is known. */
export function showCart(cart: Cart | undefined): void {
  if (cart === undefined) return;
  const shown = create(GetCartResponseSchema, { cart });
  queryClient.setQueryData(cartKey(cart.id), (known) => ((known?.cart?.version ?? 0n) > cart.version ? known : shown));
}

/** The etag of the cart as this browser shows it; empty for none. */
export function shownEtag(id: string): string {
  return queryClient.getQueryData(cartKey(id))?.cart?.etag ?? "";
}

/** Adds to the cart; makes one where there is none, or the one there was is gone. */
export async function addToCart(sku: string, quantity: number): Promise<void> {
  const requestId = newRequestId();
  const add = async (id: string) => showCart((await carts.addItem({ requestId, cartId: id, sku, quantity })).cart);
  const known = cartId.read();
  if (known === "") return add(await makeCart());
  try {
    await add(known);
  } catch (error) {
    if (!isOver(error)) throw error;
    await add(await makeCart());
  }
}

/** Whether an error says that a cart cannot be used any more. */
export function isOver(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  const { reason } = problemOf(error);
  return overReasons.has(reason) || code === Code.Unauthenticated;
}

const overReasons: ReadonlySet<string> = new Set(["CART_NOT_FOUND", "CART_CHECKED_OUT", "CART_MERGED"]);

/** A new cart, or a customer's open one, as this browser's. */
export async function makeCart(): Promise<string> {
  const { cart, accessToken } = await carts.createCart({});
  return adopt(cart, accessToken);
}

/** After signing in: what the guest had chosen goes over to the customer's own cart. */
export async function takeCartAlong(): Promise<void> {
  const guestCartId = cartId.read();
  const accessToken = keyOf(guestCartId);
  if (accessToken === undefined) return void (await makeCart());
  try {
    const { cart } = await carts.mergeCart({ requestId: newRequestId(), guestCartId, accessToken });
    adopt(cart, "");
  } catch (error) {
    if (!isOver(error)) throw error;
    await makeCart();
  }
}

function adopt(cart: Cart | undefined, accessToken: string): string {
  if (cart === undefined) throw new Error("the shop made no cart");
  rememberKey(accessToken, cart.id);
  cartId.write(cart.id);
  showCart(cart);
  return cart.id;
}
