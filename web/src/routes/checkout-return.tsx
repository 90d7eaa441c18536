import { createClient } from "@connectrpc/connect";
import { Loader, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Navigate, useParams, useSearch } from "@tanstack/react-router";
import { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { transport } from "../api/transport.ts";
import { LinkButton } from "../app/link-button.tsx";
import { useTitle } from "../app/use-title.ts";
import { pendingPayment } from "../features/checkout/pending-payment.ts";
import { ProblemNotice } from "../features/notice/problem-notice.tsx";
import { readWords } from "./search.ts";

const payments = createClient(PaymentService, transport);

/** Where the bank sends the buyer back to: tells the shop, then goes on to the order. */
export function CheckoutReturnPage() {
  useTitle("Payment");
  const params = useParams({ strict: false });
  const search: Record<string, unknown> = useSearch({ strict: false });
  const paymentId = params.paymentId ?? pendingPayment.read();
  const { data, error, refetch } = useQuery({
    queryKey: ["payment-return", paymentId],
    enabled: paymentId !== "",
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => payments.completePaymentAction({ paymentId, returnParameters: readWords(search) }),
  });
  if (data !== undefined) return <Navigate to="/orders/$groupId" params={{ groupId: data.orderGroupId }} replace />;
  if (paymentId === "") {
    return (
      <Stack align="flex-start">
        <Title>Payment</Title>
        <Text>This browser waits for no payment.</Text>
        <LinkButton to="/orders/find">Find an order</LinkButton>
      </Stack>
    );
  }
  if (error !== null) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  return (
    <Stack align="center" mih={300} justify="center" role="status">
      <Loader />
      <Text>Asking how it went …</Text>
    </Stack>
  );
}
