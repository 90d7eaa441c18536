import { skipToken, useQuery } from "@connectrpc/connect-query";
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Cart, CartState } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { useStored } from "../../api/stored.ts";
import { useLive } from "../../live/use-live.ts";
import { addToCart, cartId, carts, isOver, showCart } from "./cart-store.ts";

/** How often a page that shows prices asks for them again. */
export const LIVE_PRICES_MS = 20_000;

/** This browser's cart with the prices of now; a cart that is over is forgotten. */
export function useCart({ isLive = false }: { readonly isLive?: boolean } = {}) {
  const id = useStored(cartId);
  const { data, error, isLoading, refetch } = useQuery(
    CartService.method.getCart,
    id === "" ? skipToken : { cartId: id },
    isLive ? { refetchInterval: LIVE_PRICES_MS, staleTime: 0 } : {},
  );
  const isGone = (error !== null && isOver(error)) || data?.cart?.state === CartState.CHECKED_OUT;
  useEffect(() => {
    if (isGone && cartId.read() === id) cartId.write("");
  }, [isGone, id]);
  return { cart: isGone || id === "" ? undefined : data?.cart, error: isGone ? null : error, isLoading, refetch };
}

/** Keeps this browser's cart as other tabs and devices change it. */
export function useLiveCart(): void {
  const id = useStored(cartId);
  const topic = id === "" ? undefined : { method: CartService.method.watchCart, input: { cartId: id } };
  useLive(topic, ({ cart }) => showCart(cart));
}

/** Puts an offer into the cart. */
export function useAddToCart() {
  return useMutation({
    mutationFn: ({ sku, quantity }: { readonly sku: string; readonly quantity: number }) => addToCart(sku, quantity),
  });
}

/** Changes a cart's lines and coupon. */
export function useChangeCart(cart: Pick<Cart, "id">) {
  return useMutation({
    mutationFn: async (change: CartChange) => {
      if ("quantity" in change) return carts.updateItem({ cartId: cart.id, ...change });
      if (change.couponCode === "") return carts.removeCoupon({ cartId: cart.id });
      return carts.applyCoupon({ cartId: cart.id, couponCode: change.couponCode });
    },
    onSuccess: ({ cart: changed }) => showCart(changed),
  });
}

/** A quantity of zero removes the line, an empty code the coupon. */
type CartChange = { readonly sku: string; readonly quantity: number } | { readonly couponCode: string };
