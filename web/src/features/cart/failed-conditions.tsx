import { createClient } from "@connectrpc/connect";
import { List } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Cart } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { keyOf } from "../../api/keyring.ts";
import { transport } from "../../api/transport.ts";

const promotions = createClient(PromotionService, transport);

/** What a coupon asks for that the cart does not have, in words. */
export function FailedConditions({ cart, couponCode }: { readonly cart: Cart; readonly couponCode: string }) {
  const lines = cart.lines.flatMap(({ sku, sellerId, categoryId, quantity, unitPrice }) =>
    unitPrice === undefined ? [] : [{ sku, sellerId, categoryId, quantity, unitPrice }],
  );
  const key = keyOf(cart.id);
  const { data } = useQuery({
    queryKey: ["coupon", couponCode, cart.id, cart.etag, cart.customerId],
    // The request names no cart: a guest shows its key by hand.
    queryFn: () =>
      promotions.explainCoupon(
        { couponCode, lines },
        key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
      ),
  });
  // An unknown coupon has no conditions to tell.
  const failed = (data?.conditions ?? []).filter(({ isMet, reason }) => !isMet && reason !== "COUPON_NOT_FOUND");
  if (failed.length === 0) return null;
  return (
    <List size="sm" c="dimmed" aria-label="What the coupon asks for">
      {failed.map(({ reason, description }) => (
        <List.Item key={reason}>{description}</List.Item>
      ))}
    </List>
  );
}
