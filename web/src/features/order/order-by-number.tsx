import { Code, ConnectError } from "@connectrpc/connect";
import { useQuery } from "@connectrpc/connect-query";
import { Loader, Stack } from "@mantine/core";
import { Navigate } from "@tanstack/react-router";
import { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { LinkButton } from "../../app/link-button.tsx";
import { useTitle } from "../../app/use-title.ts";
import { ProblemNotice } from "../notice/problem-notice.tsx";
import { FindOrder } from "./find-order.tsx";

/** Not theirs to see, as far as the shop can tell: a guest in another browser, or a customer who is not signed in. */
const strange: readonly Code[] = [Code.NotFound, Code.Unauthenticated, Code.PermissionDenied];

/** What the link in a mail names: leads to the order, or asks a stranger who they are. */
export function OrderByNumber({ number }: { readonly number: string }) {
  useTitle("Your order");
  const { data, error, refetch } = useQuery(OrderService.method.getOrder, { orderId: number });
  if (data?.order !== undefined) {
    return <Navigate to="/orders/$groupId" params={{ groupId: data.order.orderGroupId }} replace />;
  }
  if (error === null) return <Loader aria-label="The order is being fetched" />;
  if (!strange.includes(ConnectError.from(error).code)) {
    return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  }
  return (
    <Stack maw={460} mx="auto">
      <FindOrder number={number} />
      <LinkButton to="/sign-in" variant="subtle">
        I have an account
      </LinkButton>
    </Stack>
  );
}
