import { Badge, Button, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Order } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { LinkButton } from "../app/link-button.tsx";
import { useTitle } from "../app/use-title.ts";
import { useSession, useSignOut } from "../features/account/use-session.ts";
import { Money } from "../features/money/money.tsx";
import { ProblemNotice } from "../features/notice/problem-notice.tsx";
import { orderWord } from "../features/order/words.ts";

/** A customer's orders, and the way out. */
export function MyOrdersPage() {
  useTitle("My orders");
  const navigate = useNavigate();
  const { account, isLoading } = useSession();
  const signOut = useSignOut(() => void navigate({ to: "/" }));
  if (isLoading) return <Loader aria-label="Your account is being fetched" />;
  if (account === undefined) {
    return (
      <Stack align="flex-start">
        <Title>My orders</Title>
        <Text>Please sign in to see your orders.</Text>
        <Group>
          <LinkButton to="/sign-in">Sign in</LinkButton>
          <LinkButton to="/orders/find" variant="default">
            Find an order by its number
          </LinkButton>
        </Group>
      </Stack>
    );
  }
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <div>
          <Title>My orders</Title>
          <Text c="dimmed">
            {account.name} · {account.email}
          </Text>
        </div>
        <Group gap="sm">
          <LinkButton to="/account/messages" variant="default">
            My messages
          </LinkButton>
          <LinkButton to="/account/payment" variant="default">
            My cards
          </LinkButton>
          <Button variant="default" loading={signOut.isPending} onClick={() => signOut.mutate()}>
            Sign out
          </Button>
        </Group>
      </Group>
      <ProblemNotice error={signOut.error} />
      <Orders />
    </Stack>
  );
}

function Orders() {
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useInfiniteQuery(
    OrderService.method.listOrders,
    { pageSize: 20, pageToken: "" },
    // Whoever looks has often just ordered.
    {
      refetchOnMount: "always",
      pageParamKey: "pageToken",
      getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
    },
  );
  if (isPending) return <Loader aria-label="Your orders are being fetched" />;
  const orders = data?.pages.flatMap((page) => page.orders) ?? [];
  return (
    <Stack gap="sm">
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      {orders.length === 0 && error === null && <Text>You have not ordered anything yet.</Text>}
      {orders.map((order) => (
        <Row key={order.id} order={order} />
      ))}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show older ones
        </Button>
      )}
    </Stack>
  );
}

function Row({ order }: { readonly order: Order }) {
  return (
    <Group className="panel" justify="space-between" gap="sm">
      <div>
        <Link to="/orders/$groupId" params={{ groupId: order.orderGroupId }}>
          <strong>{order.number}</strong>
        </Link>
        <Text size="sm" c="dimmed">
          {order.createTime !== undefined && timestampDate(order.createTime).toLocaleDateString()} · {order.sellerName}
        </Text>
        <Text size="sm">{order.lines.map(({ title }) => title).join(", ")}</Text>
      </div>
      <Group gap="sm">
        <Money value={order.totals?.total} fw={600} />
        <Badge tt="none" size="lg">
          {orderWord(order.state)}
        </Badge>
      </Group>
    </Group>
  );
}
