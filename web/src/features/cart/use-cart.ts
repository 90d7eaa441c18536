import { skipToken, useQuery } from "@connectrpc/connect-query";
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Cart, CartState } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { useStored } from "../../api/stored.ts";
import { savedKey } from "./saved-key.ts";
import { useLive } from "../../live/use-live.ts";
import { problemOf } from "../../api/problem.ts";
import { cartKey, queryClient } from "../../api/query.ts";
import { newRequestId } from "../../api/request-id.ts";
import { addToCart, cartId, carts, isOver, showCart, shownEtag } from "./cart-store.ts";

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
  const isGone = (error !== null && isOver(error)) || (data?.cart !== undefined && data.cart.state !== CartState.OPEN);
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

/**
 * Changes a cart's lines and coupon, one after another. A line is changed as this browser shows it: what another one
 * has changed meanwhile is shown instead of overwritten.
 */
export function useChangeCart(cart: Pick<Cart, "id">) {
  const cartId = cart.id;
  return useMutation({
    scope: { id: cartId },
    mutationFn: async (change: CartChange) => {
      const etag = shownEtag(cartId);
      if ("quantity" in change) return carts.updateItem({ cartId, etag, ...change });
      if ("later" in change) return carts.saveForLater({ requestId: newRequestId(), cartId, etag, sku: change.later });
      if (change.couponCode === "") return carts.removeCoupon({ cartId });
      return carts.applyCoupon({ cartId, couponCode: change.couponCode });
    },
    onSuccess: async ({ cart: changed }, change) => {
      showCart(changed);
      if ("later" in change) await queryClient.invalidateQueries({ queryKey: savedKey });
    },
    onError: (error) => {
      if (problemOf(error).reason === "CART_CHANGED") void queryClient.invalidateQueries({ queryKey: cartKey(cartId) });
    },
  });
}

/** A quantity of zero removes the line, an empty code the coupon; `later` is the sku to save for later. */
type CartChange =
  | { readonly sku: string; readonly quantity: number }
  | { readonly later: string }
  | { readonly couponCode: string };

/** Says that the cart's changes were seen as they are shown. */
export function useAcknowledge({ id, lines }: Pick<Cart, "id" | "lines">) {
  return useMutation({
    mutationFn: () =>
      carts.acknowledgeCart({
        cartId: id,
        lines: lines.map(({ sku, unitPrice, available }) => ({
          sku,
          ...(unitPrice === undefined ? {} : { unitPrice }),
          ...(available === undefined ? {} : { available }),
        })),
      }),
    onSuccess: ({ cart }) => showCart(cart),
  });
}
