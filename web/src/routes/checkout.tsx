import { Button, Loader, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Cart } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { problemOf, wordsOf } from "../api/problem.ts";
import { cartKey, queryClient } from "../api/query.ts";
import { LinkButton } from "../app/link-button.tsx";
import { PromotionClass } from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import { useTitle } from "../app/use-title.ts";
import { useSession } from "../features/account/use-session.ts";
import { useCart } from "../features/cart/use-cart.ts";
import { type Draft, emptyDraft, problemsOf } from "../features/checkout/address.ts";
import { AddressForm } from "../features/checkout/address-form.tsx";
import { PaymentChoice } from "../features/checkout/payment-choice.tsx";
import { ShippingChoice } from "../features/checkout/shipping-choice.tsx";
import { standardMeans } from "../features/checkout/means.ts";
import { usePlaceOrder } from "../features/checkout/use-place-order.ts";
import { useChosenOptions } from "../features/checkout/use-chosen-options.ts";
import { useQuote } from "../features/checkout/use-quote.ts";
import { formatMoney } from "../features/money/format.ts";
import { discountParts } from "../features/money/discounts.ts";
import { Sums } from "../features/money/sums.tsx";
import { Notice, ProblemNotice } from "../features/notice/problem-notice.tsx";

/** From the cart to the order, on one page. */
export function CheckoutPage() {
  useTitle("Checkout");
  const { cart, error, isLoading, refetch } = useCart();
  const { account, isLoading: isAsking } = useSession();
  if (isLoading || isAsking) return <Loader aria-label="The checkout is being fetched" />;
  if (cart === undefined || cart.lines.length === 0) {
    return (
      <Stack align="flex-start">
        <Title>Checkout</Title>
        <ProblemNotice error={error} onRetry={() => void refetch()} />
        <Text>There is nothing to check out.</Text>
        <LinkButton to="/">Look around</LinkButton>
      </Stack>
    );
  }
  const draft = { ...emptyDraft, email: account?.email ?? "", name: account?.name ?? "" };
  return <Checkout cart={cart} initial={draft} />;
}

function Checkout({ cart, initial }: { readonly cart: Cart; readonly initial: Draft }) {
  const [draft, setDraft] = useState(initial);
  const { options, choose } = useChosenOptions(draft.countryCode);
  const [means, setMeans] = useState(standardMeans);
  const [isChecked, setIsChecked] = useState(false);
  const { quote, isCurrent, error: quoteError, refetch } = useQuote(cart, draft, options);
  const order = usePlaceOrder(() => {
    void refetch();
    void queryClient.invalidateQueries({ queryKey: cartKey(cart.id) });
  });
  const submit = () => {
    setIsChecked(true);
    if (quote === undefined || !isCurrent) return;
    order.mutate({ quote, means });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Title mb="lg">Checkout</Title>
      <div className="split">
        <Stack gap="lg">
          <AddressForm
            draft={draft}
            isChecked={isChecked}
            refused={quoteError === null ? {} : problemOf(quoteError).fields}
            onChange={setDraft}
          />
          <ShippingChoice quote={quote} onChoose={choose} />
          <PaymentChoice quoteId={quote?.id ?? ""} means={means} onChange={setMeans} />
        </Stack>
        <Stack className="panel sticky" gap="md">
          <Summary cart={cart} quote={quote} />
          <ProblemNotice error={quoteError} onRetry={() => void refetch()} />
          <ProblemNotice error={order.error} />
          {order.data !== undefined && (
            <Notice tone="bad" title="The order was not accepted">
              {wordsOf(order.data.reason, order.data.metadata) ?? "It was refused. Nothing was charged."}
            </Notice>
          )}
          <Button type="submit" size="lg" loading={order.isPending} disabled={quote !== undefined && !isCurrent}>
            {quote?.totals?.total === undefined ? "Order and pay" : `Pay ${formatMoney(quote.totals.total)}`}
          </Button>
          {isChecked && Object.keys(problemsOf(draft)).length > 0 && (
            <Text size="sm" c="red.9" role="alert">
              The address is not complete yet.
            </Text>
          )}
        </Stack>
      </div>
    </form>
  );
}

function Summary({ cart, quote }: { readonly cart: Cart; readonly quote: ReturnType<typeof useQuote>["quote"] }) {
  const goods = { label: `Goods (${cart.itemCount})`, value: quote?.totals?.subtotal ?? cart.subtotal };
  // A quote's delivery is told as it is after discounts: what came off it is no sum of its own.
  const offGoods = (quote?.discounts ?? cart.promotions).filter(
    ({ promotionClass }) => promotionClass !== PromotionClass.SHIPPING,
  );
  const offDelivery = (quote?.discounts ?? []).filter(
    ({ promotionClass }) => promotionClass === PromotionClass.SHIPPING,
  );
  const discounts = discountParts(offGoods, quote?.totals?.discount ?? cart.discountTotal);
  const delivery = ["Delivery", ...offDelivery.map(({ label }) => label)].join(", ");
  return (
    <>
      <Title order={2} size="h3">
        Your order
      </Title>
      <Stack component="ul" gap={4} m={0} p={0} style={{ listStyle: "none" }}>
        {cart.lines.map(({ sku, quantity, title, optionTitle }) => (
          <Text component="li" key={sku} size="sm">
            {quantity} × {title}
            {optionTitle !== "" && <Text component="span" c="dimmed">{` (${optionTitle})`}</Text>}
          </Text>
        ))}
      </Stack>
      <Sums
        parts={[goods, ...discounts, { label: delivery, value: quote?.totals?.shipping }]}
        total={{ label: "To pay", value: quote?.totals?.total }}
      />
      {quote?.totals?.tax !== undefined && (
        <Text size="sm" c="dimmed">
          Tax in it: {formatMoney(quote.totals.tax)}
        </Text>
      )}
    </>
  );
}
