import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef } from "react";
import { CheckoutState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import type { Quote } from "@shopmesh/contracts/shop/order/v1/quote_pb.ts";
import { rememberKey } from "../../api/keyring.ts";
import { problemOf } from "../../api/problem.ts";
import { actAt, pendingPayment } from "./pending-payment.ts";
import { checkout } from "./use-quote.ts";

/** How a try to order ended, where it did not lead to another page. */
export type Rejection = { readonly reason: string; readonly metadata: Readonly<Record<string, string>> };

const MAX_RETRIES = 2;

type Order = { readonly quote: Quote; readonly card: string };

/**
 * Orders what was quoted. A second click, or the same click on a bad line, is the same order: the key is the
 * quote's, the card's and that of the attempt; a refusal ends an attempt.
 * Leads to the order's page, or to the bank's; answers with a rejection where the order was refused.
 */
export function usePlaceOrder() {
  const navigate = useNavigate();
  const attempt = useRef(1);
  return useMutation({
    // The key makes it safe to ask again; whoever pays wants an answer.
    retry: (failures, error) => failures < MAX_RETRIES && problemOf(error).isPassing,
    mutationFn: async ({ quote, card }: Order): Promise<Rejection | undefined> => {
      const { state, group, accessToken, actionUrl, rejectReason } = await checkout.placeOrder({
        requestId: `${quote.id}/${card}/${attempt.current}`,
        quoteId: quote.id,
        tenders: [{ means: { case: "card", value: { paymentMethod: card } } }],
        returnUrl: `${window.location.origin}/checkout/return`,
      });
      if (group === undefined) throw new Error("the shop made no order");
      rememberKey(accessToken, group.id, ...group.orders.flatMap(({ id, number }) => [id, number]));
      if (state === CheckoutState.REJECTED) {
        attempt.current += 1;
        return { reason: rejectReason, metadata: group.rejectMetadata };
      }
      if (state === CheckoutState.REQUIRES_ACTION && actionUrl !== "") {
        pendingPayment.write(group.paymentId);
        actAt(actionUrl);
        return undefined;
      }
      await navigate({ to: "/orders/$groupId", params: { groupId: group.id } });
      return undefined;
    },
  });
}
