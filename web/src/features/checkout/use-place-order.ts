import { createClient } from "@connectrpc/connect";
import type { Money } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";
import { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef } from "react";
import { CheckoutState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import type { Quote } from "@shopmesh/contracts/shop/order/v1/quote_pb.ts";
import { rememberKey } from "../../api/keyring.ts";
import { problemOf } from "../../api/problem.ts";
import { transport } from "../../api/transport.ts";
import { type Means, tendersOf } from "./means.ts";
import { actAt, pendingPayment } from "./pending-payment.ts";
import { checkout } from "./use-quote.ts";

/** How a try to order ended, where it did not lead to another page. */
export type Rejection = { readonly reason: string; readonly metadata: Readonly<Record<string, string>> };

/** The same quote would be refused again: what it sells or takes off is no longer there. A payment says nothing of it. */
const staleQuote = /^(?:PROMOTION|COUPON)_|^OUT_OF_STOCK$/;

const MAX_RETRIES = 2;

type Order = { readonly quote: Quote; readonly means: Means };

const payments = createClient(PaymentService, transport);

/**
 * Orders what was quoted. A second click, or the same click on a bad line, is the same order: the key is the
 * quote's, the means' and that of the attempt; a refusal ends an attempt.
 * Leads to the order's page, or to the bank's; answers with a rejection where the order was refused. `onStaleQuote` is
 * called where another quote is wanted before it is tried again.
 */
export function usePlaceOrder(onStaleQuote: () => void) {
  const navigate = useNavigate();
  const attempt = useRef(1);
  // Asked once for an attempt: a lost answer may have held what was on it, and the same key wants the same order.
  const gifts = useRef(new Map<string, Money | undefined>());
  return useMutation({
    // The key makes it safe to ask again; whoever pays wants an answer.
    retry: (failures, error) => failures < MAX_RETRIES && problemOf(error).isPassing,
    onError: onStaleQuote,
    onSuccess: (rejection) => {
      if (rejection !== undefined && staleQuote.test(rejection.reason)) onStaleQuote();
    },
    mutationFn: async ({ quote, means }: Order): Promise<Rejection | undefined> => {
      const code = means.giftCode.trim();
      if (code !== "" && !gifts.current.has(code)) {
        gifts.current.set(code, (await payments.getGiftCardBalance({ code })).available);
      }
      const { state, group, accessToken, actionUrl, rejectReason } = await checkout.placeOrder({
        requestId: [quote.id, means.choice, means.isSaving ? "save" : "", code.slice(-4), attempt.current].join("/"),
        quoteId: quote.id,
        tenders: tendersOf(means, { total: quote.totals?.total, gift: gifts.current.get(code) }),
        returnUrl: `${window.location.origin}/checkout/return`,
      });
      if (group === undefined) throw new Error("the shop made no order");
      rememberKey(accessToken, group.id, ...group.orders.flatMap(({ id, number }) => [id, number]));
      if (state === CheckoutState.REJECTED) {
        attempt.current += 1;
        gifts.current.clear();
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
