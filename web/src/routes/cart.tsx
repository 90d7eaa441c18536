import { Loader, Stack, Text, Title } from "@mantine/core";
import { useTitle } from "../app/use-title.ts";
import { CartLine } from "../features/cart/cart-line.tsx";
import { Coupon } from "../features/cart/coupon.tsx";
import { useCart } from "../features/cart/use-cart.ts";
import { Sums } from "../features/money/sums.tsx";
import { Notice, ProblemNotice } from "../features/notice/problem-notice.tsx";
import { LinkButton } from "../app/link-button.tsx";

/** The cart, with the prices of now. */
export function CartPage() {
  useTitle("Cart");
  const { cart, error, isLoading, refetch } = useCart({ isLive: true });
  if (isLoading) return <Loader aria-label="The cart is being fetched" />;
  if (cart === undefined || cart.lines.length === 0) {
    return (
      <Stack gap="md" align="flex-start">
        <Title>Your cart</Title>
        <ProblemNotice error={error} onRetry={() => void refetch()} />
        <Text>There is nothing in it yet.</Text>
        <LinkButton to="/">Look around</LinkButton>
      </Stack>
    );
  }
  const isBlocked = cart.lines.some(({ problems }) => problems.length > 0);
  return (
    <Stack gap="lg">
      <Title>Your cart</Title>
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      <div className="split">
        <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }}>
          {cart.lines.map((line) => (
            <CartLine key={line.sku} cart={cart} line={line} />
          ))}
        </Stack>
        <Stack className="panel sticky" gap="md">
          <Coupon cart={cart} />
          <Sums
            parts={[
              { label: `Goods (${cart.itemCount})`, value: cart.subtotal },
              {
                label: discountLabel(cart.discounts.map(({ label }) => label)),
                value: cart.discountTotal,
                isLess: true,
              },
            ]}
            total={{ label: "Total", value: cart.total }}
          />
          <Text size="sm" c="dimmed">
            With tax. Delivery is added at the checkout.
          </Text>
          {isBlocked ? (
            <Notice tone="wait" title="Not yet">
              Something in the cart cannot be bought as it is.
            </Notice>
          ) : (
            <LinkButton to="/checkout" size="md">
              Checkout
            </LinkButton>
          )}
          <LinkButton to="/" variant="subtle">
            Go on shopping
          </LinkButton>
        </Stack>
      </div>
    </Stack>
  );
}

function discountLabel(labels: readonly string[]): string {
  return [...new Set(labels)].join(", ") || "Discount";
}
