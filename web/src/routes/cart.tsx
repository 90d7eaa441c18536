import { Loader, Stack, Text, Title } from "@mantine/core";
import type { Cart } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { PromotionClass } from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import { useTitle } from "../app/use-title.ts";
import { CartLine } from "../features/cart/cart-line.tsx";
import { Changes } from "../features/cart/changes.tsx";
import { Coupon } from "../features/cart/coupon.tsx";
import { Saved } from "../features/cart/saved.tsx";
import { useCart } from "../features/cart/use-cart.ts";
import { discountParts } from "../features/money/discounts.ts";
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
        <Saved />
      </Stack>
    );
  }
  return (
    <Stack gap="lg">
      <Title>Your cart</Title>
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      <Changes cart={cart} />
      <div className="split">
        <Stack gap="lg">
          <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }}>
            {cart.lines.map((line) => (
              <CartLine key={line.sku} cart={cart} line={line} />
            ))}
          </Stack>
          <Saved />
        </Stack>
        <ToCheckout cart={cart} />
      </div>
    </Stack>
  );
}

/** What it comes to, and the way on where nothing keeps it from being bought. */
function ToCheckout({ cart }: { readonly cart: Cart }) {
  const offDelivery = cart.promotions.filter(({ promotionClass }) => promotionClass === PromotionClass.SHIPPING);
  const isBlocked = cart.lines.some(({ problems }) => problems.length > 0);
  return (
    <Stack className="panel sticky" gap="md">
      <Coupon cart={cart} />
      <Sums
        parts={[
          { label: `Goods (${cart.itemCount})`, value: cart.subtotal },
          ...discountParts(cart.promotions, cart.discountTotal),
        ]}
        total={{ label: "Total", value: cart.total }}
      />
      <Text size="sm" c="dimmed">
        With tax. Delivery is added at the checkout
        {offDelivery.length === 0 ? "" : `, less ${offDelivery.map(({ label }) => label).join(", ")}`}.
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
  );
}
