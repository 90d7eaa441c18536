import { Button, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { CheckoutState, type OrderGroup } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { wordsOf } from "../api/problem.ts";
import { queryClient } from "../api/query.ts";
import { LinkButton } from "../app/link-button.tsx";
import { useTitle } from "../app/use-title.ts";
import { cartId } from "../features/cart/cart-store.ts";
import { actAt, pendingPayment } from "../features/checkout/pending-payment.ts";
import { countryOf } from "../features/checkout/address.ts";
import { Sums } from "../features/money/sums.tsx";
import { Notice, ProblemNotice } from "../features/notice/problem-notice.tsx";
import { Countdown } from "../features/order/countdown.tsx";
import { OrderByNumber } from "../features/order/order-by-number.tsx";
import { OrderPanel } from "../features/order/order-panel.tsx";
import { Timeline } from "../features/order/timeline.tsx";
import { useLiveGroup } from "../features/order/use-live-group.ts";
import { checkoutWords } from "../features/order/words.ts";

const route = getRouteApi("/orders/$groupId");

/** An order group as it moves; also found by the number of one of its orders, as mails name it. */
export function OrderPage() {
  const { groupId } = route.useParams();
  return isGroupId(groupId) ? <LiveOrder groupId={groupId} /> : <OrderByNumber number={groupId} />;
}

function isGroupId(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}

function LiveOrder({ groupId }: { readonly groupId: string }) {
  const { group, entries, isLate, error } = useLiveGroup(groupId);
  useTitle(group === undefined ? "Order" : `${checkoutWords(group).word}: your order`);
  useEffect(() => {
    // What was bought is in the cart no more.
    if (group?.state === CheckoutState.CONFIRMED && cartId.read() === group.cartId) cartId.write("");
  }, [group]);
  if (error !== undefined) {
    return (
      <Stack align="flex-start">
        <ProblemNotice error={error} />
        <LinkButton to="/orders/find">Find an order by its number</LinkButton>
      </Stack>
    );
  }
  if (group === undefined) return <Loader aria-label="The order is being fetched" />;
  return (
    <Stack gap="lg">
      <Head group={group} isLate={isLate} />
      <div className="split">
        <Stack gap="lg">
          {group.orders.map((order) => (
            <OrderPanel key={order.id} order={order} />
          ))}
          <Timeline entries={entries} />
        </Stack>
        <Stack className="panel sticky" gap="md">
          <Sums
            parts={[
              { label: "Goods", value: group.totals?.subtotal },
              { label: group.couponCode || "Discount", value: group.totals?.discount, isLess: true },
              { label: "Delivery", value: group.totals?.shipping },
            ]}
            total={{ label: "Total", value: group.totals?.total }}
            after={{ label: "Given back", value: group.totals?.refunded }}
          />
          <SendTo group={group} />
        </Stack>
      </div>
    </Stack>
  );
}

function Head({ group, isLate }: { readonly group: OrderGroup; readonly isLate: boolean }) {
  const { word, sentence, tone } = checkoutWords(group);
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <Title>{word}</Title>
        <Text size="sm" component="span" role="status">
          <span className="live-dot" data-live={!isLate} aria-hidden /> {isLate ? "Connecting again …" : "Live"}
        </Text>
      </Group>
      <Notice tone={tone} title={sentence}>
        {group.state === CheckoutState.REJECTED &&
          (wordsOf(group.rejectReason, group.rejectMetadata) ?? group.rejectReason)}
        {group.state === CheckoutState.CONFIRMED &&
          `Keep ${group.orders.length > 1 ? "these numbers" : "this number"}: ${group.orders.map(({ number }) => number).join(", ")}`}
        {group.state === CheckoutState.REQUIRES_ACTION && group.actionExpireTime !== undefined && (
          <Countdown until={group.actionExpireTime} />
        )}
        {group.state === CheckoutState.REQUIRES_ACTION && (
          <Button
            onClick={() => {
              pendingPayment.write(group.paymentId);
              actAt(group.actionUrl);
            }}
          >
            Go to your bank
          </Button>
        )}
      </Notice>
      {group.state === CheckoutState.REJECTED && cartId.read() === group.cartId && (
        <div>
          <LinkButton to="/checkout" onClick={() => void queryClient.invalidateQueries()}>
            Try again
          </LinkButton>
        </div>
      )}
    </Stack>
  );
}

function SendTo({ group: { shippingAddress: to, email } }: { readonly group: OrderGroup }) {
  if (to === undefined) return null;
  const lines = [to.name, to.line1, to.line2, `${to.postalCode} ${to.city}`, countryOf(to.countryCode)].filter(
    (line) => line !== "",
  );
  return (
    <Text size="sm" component="address" style={{ fontStyle: "normal", whiteSpace: "pre-line" }}>
      <strong>Goes to</strong>
      {`\n${lines.join("\n")}\n\n${email}`}
    </Text>
  );
}
