import { createClient } from "@connectrpc/connect";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import type { Cart } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { CheckoutService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { rememberQuote } from "../../api/keyring.ts";
import { transport } from "../../api/transport.ts";
import { type Draft, problemsOf } from "./address.ts";

/** The shop's till. */
export const checkout = createClient(CheckoutService, transport);

const TYPING_MS = 400;
/** A quote lives for 15 minutes; one that is older than this is made anew before it can be placed. */
const QUOTE_FRESH_MS = 12 * 60_000;

/** What the cart would cost at that address, sent by the `options` chosen for sellers, asked for while the buyer still types elsewhere; nothing until it is complete. */
export function useQuote(cart: Cart | undefined, draft: Draft, options: Readonly<Record<string, string>>) {
  const wanted = JSON.stringify([draft, options]);
  const [settled] = useDebouncedValue(wanted, TYPING_MS);
  const isComplete = Object.keys(problemsOf(draft)).length === 0;
  const query = useQuery({
    queryKey: ["quote", cart?.id, String(cart?.version), settled],
    enabled: cart !== undefined && isComplete && settled === wanted,
    staleTime: QUOTE_FRESH_MS,
    refetchInterval: QUOTE_FRESH_MS,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const { email, ...shippingAddress } = draft;
      const cartId = cart?.id ?? "";
      const { quote } = await checkout.quoteCheckout(
        {
          cartId,
          email: email.trim(),
          shippingAddress,
          sellerShippingOptions: options,
          locale: navigator.language,
        },
        { signal },
      );
      if (quote === undefined) throw new Error("the shop made no quote");
      rememberQuote(cartId, quote.id);
      return quote;
    },
  });
  const isCurrent = isComplete && settled === wanted && !query.isPlaceholderData && !query.isFetching;
  return { quote: isComplete ? query.data : undefined, isCurrent, error: query.error, refetch: query.refetch };
}
