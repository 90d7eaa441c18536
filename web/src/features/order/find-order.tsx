import { createClient } from "@connectrpc/connect";
import { Button, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { rememberKey } from "../../api/keyring.ts";
import { transport } from "../../api/transport.ts";
import { ProblemNotice } from "../notice/problem-notice.tsx";

const orders = createClient(OrderService, transport);

/** Asks for an order's number, `number` where it is known, and the e-mail address given with it; leads to the order. */
export function FindOrder({ number = "" }: { readonly number?: string }) {
  const navigate = useNavigate();
  const [orderNumber, setOrderNumber] = useState(number);
  const [email, setEmail] = useState("");
  const find = useMutation({
    mutationFn: () => orders.findGuestOrder({ orderNumber: orderNumber.trim(), email: email.trim() }),
    onSuccess: async ({ group, accessToken }) => {
      if (group === undefined) return;
      rememberKey(accessToken, group.id, ...group.orders.flatMap((order) => [order.id, order.number]));
      await navigate({ to: "/orders/$groupId", params: { groupId: group.id } });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        find.mutate();
      }}
    >
      <Stack maw={460} className="panel" mx="auto">
        <Title size="h2">Find an order</Title>
        <Text c="dimmed">You bought as a guest? Both are in the mail that we sent you.</Text>
        <TextInput
          label="Order number"
          placeholder="E7Q2M9-XK4TR6"
          required
          autoComplete="off"
          value={orderNumber}
          onChange={(event) => setOrderNumber(event.currentTarget.value)}
        />
        <TextInput
          label="E-mail address"
          type="email"
          required
          autoComplete="email"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Button type="submit" loading={find.isPending}>
          Find it
        </Button>
        <ProblemNotice error={find.error} />
      </Stack>
    </form>
  );
}
