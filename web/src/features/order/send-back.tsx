import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import type { Order, OrderLine } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { ReturnReason } from "@shopmesh/contracts/shop/order/v1/return_pb.ts";
import { useState } from "react";
import { keyOf, rememberKey } from "../../api/keyring.ts";
import { newRequestId } from "../../api/request-id.ts";
import { ProblemNotice } from "../notice/problem-notice.tsx";
import { reasonChoices, reasonOf } from "./return-words.ts";

/** Lets a buyer send goods back, for their money or for the same again, as long as they can. */
export function SendBack({ order }: { readonly order: Order }) {
  const [lineId, setLineId] = useState<string>();
  const lines = order.lines.filter(({ returnableQuantity }) => returnableQuantity > 0);
  const chosen = lines.find(({ id }) => id === lineId);
  if (lines.length === 0) return null;
  return (
    <Stack gap="xs" mt="sm" align="flex-start">
      {chosen === undefined ? (
        <Group gap="xs">
          {lines.map((line) => (
            <Button
              key={line.id}
              size="compact-sm"
              variant="subtle"
              // A long name takes a second line instead of leaving a narrow screen.
              h="auto"
              ta="left"
              styles={{ label: { whiteSpace: "normal" } }}
              onClick={() => setLineId(line.id)}
            >
              Send back {line.title}
            </Button>
          ))}
        </Group>
      ) : (
        <Wish key={chosen.id} order={order} line={chosen} onDone={() => setLineId(undefined)} />
      )}
    </Stack>
  );
}

type WishProps = { readonly order: Order; readonly line: OrderLine; readonly onDone: () => void };

function Wish({ order, line, onDone }: WishProps) {
  const [quantity, setQuantity] = useState(1);
  const [reason, setReason] = useState<ReturnReason>(ReturnReason.CHANGED_MIND);
  const { ask, exchange, isBusy, error } = useSendBack({ order, line, onDone });
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm" fw={600}>
        {line.title}
        {line.returnEndTime !== undefined && `, until ${timestampDate(line.returnEndTime).toLocaleDateString()}`}
      </Text>
      <Group gap="xs">
        <NativeSelect
          aria-label="How many"
          data={Array.from({ length: line.returnableQuantity }, (_, index) => String(index + 1))}
          value={String(quantity)}
          onChange={({ currentTarget }) => setQuantity(Number(currentTarget.value))}
        />
        <NativeSelect
          aria-label="Why"
          data={[...reasonChoices]}
          value={String(reason)}
          onChange={({ currentTarget }) => setReason(reasonOf(currentTarget.value))}
        />
      </Group>
      <Group gap="xs">
        <Button size="xs" loading={isBusy} onClick={() => ask(quantity, reason)}>
          Send it back for the money
        </Button>
        <Button size="xs" variant="default" loading={isBusy} onClick={() => exchange(quantity, reason)}>
          Exchange it for the same
        </Button>
        <Button size="xs" variant="subtle" onClick={onDone}>
          Keep it
        </Button>
      </Group>
      <ProblemNotice error={error} />
    </Stack>
  );
}

/** Asks to send pieces of a line back: for their money, or for as many of the same. */
function useSendBack({ order, line, onDone }: WishProps) {
  const [requestId] = useState(newRequestId);
  const ask = useMutation(OrderService.method.requestReturn, { onSuccess: onDone });
  const exchange = useMutation(OrderService.method.requestExchange, {
    onSuccess({ return: asked }) {
      // What opens an order opens what replaces its goods.
      const { orderGroupId = "", orderId = "" } = asked?.exchange ?? {};
      rememberKey(keyOf(order.id) ?? "", orderGroupId, orderId);
      onDone();
    },
  });
  const wish = (quantity: number, reason: ReturnReason) => ({
    // Another choice is another wish.
    requestId: `${requestId}/${quantity}/${reason}`,
    orderId: order.id,
    lines: [{ lineId: line.id, quantity, reason }],
  });
  return {
    ask: (quantity: number, reason: ReturnReason) => ask.mutate(wish(quantity, reason)),
    exchange: (quantity: number, reason: ReturnReason) =>
      exchange.mutate({ ...wish(quantity, reason), replacements: [{ sku: line.sku, quantity }] }),
    isBusy: ask.isPending || exchange.isPending,
    error: ask.error ?? exchange.error,
  };
}
