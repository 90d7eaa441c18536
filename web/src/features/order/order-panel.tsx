import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import type { Order } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { CancelReason, OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { wordsOf } from "../../api/problem.ts";
import { Money } from "../money/money.tsx";
import { ProblemNotice } from "../notice/problem-notice.tsx";
import { Parcels } from "./parcels.tsx";
import { Returns } from "./returns.tsx";
import { SendBack } from "./send-back.tsx";
import { Steps } from "./steps.tsx";
import { orderTone, orderWord, parcelWords, paymentWords, type Tone } from "./words.ts";

const colours: Readonly<Record<Tone, string>> = { good: "forest.8", bad: "red.9", wait: "yellow.3" };

/** One seller's order: what is in it, how it stands; can be cancelled while it can. */
export function OrderPanel({ order }: { readonly order: Order }) {
  return (
    <section className="panel" aria-label={`Order ${order.number}`}>
      <Group justify="space-between" gap="xs" mb="sm">
        <div>
          <Title order={2} size="h4">
            {order.number}
          </Title>
          <Text size="sm" c="dimmed">
            {order.sellerName}
            {order.shipping !== undefined && ` · ${order.shipping.serviceName}`}
          </Text>
        </div>
        <Badge size="lg" tt="none" color={colours[orderTone(order.state)]} autoContrast data-order-state={order.state}>
          {orderWord(order.state)}
        </Badge>
      </Group>
      <Steps order={order} />
      <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }}>
        {order.lines.map((line) => (
          <Group component="li" key={line.id} wrap="nowrap" gap="sm">
            <img className="picture picture-small" src={line.pictureUrl} alt="" />
            <div style={{ flex: 1, minWidth: 0 }}>
              <Text fw={600}>{line.title}</Text>
              <Text size="sm" c="dimmed">
                {[line.optionTitle, `quantity ${line.quantity}`].filter((part) => part !== "").join(" · ")}
              </Text>
            </div>
            <Money value={line.total} />
          </Group>
        ))}
      </Stack>
      <Text size="sm" mt="md">
        Payment: {paymentWords(order.paymentState)}. Parcels: {parcelWords(order.fulfilmentState)}.
      </Text>
      <Parcels order={order} />
      <Returns order={order} />
      {order.endReason !== "" && (
        <Text size="sm" c="red.9">
          {wordsOf(order.endReason) ?? order.endReason}
        </Text>
      )}
      <Cancel order={order} />
      <SendBack order={order} />
    </section>
  );
}

function Cancel({ order }: { readonly order: Order }) {
  const cancel = useMutation(OrderService.method.cancelOrder);
  if (order.cancelRequestTime !== undefined && order.cancellable) return <Text size="sm">Being cancelled …</Text>;
  if (!order.cancellable) return <ProblemNotice error={cancel.error} />;
  return (
    <Stack gap="xs" mt="sm" align="flex-start">
      <Button
        size="compact-sm"
        variant="subtle"
        c="red.9"
        loading={cancel.isPending}
        onClick={() =>
          cancel.mutate({
            requestId: `cancel/${order.id}`,
            orderId: order.id,
            reason: CancelReason.CUSTOMER_REQUEST,
          })
        }
      >
        Cancel this order
      </Button>
      <ProblemNotice error={cancel.error} />
    </Stack>
  );
}
