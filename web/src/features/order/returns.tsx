import { useMutation } from "@connectrpc/connect-query";
import { Anchor, Button, Stack, Text } from "@mantine/core";
import type { Order } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import type { OrderRefund, Return } from "@shopmesh/contracts/shop/order/v1/return_pb.ts";
import { OrderRefundState, ReturnState } from "@shopmesh/contracts/shop/order/v1/return_pb.ts";
import { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { keyOf, rememberKey } from "../../api/keyring.ts";
import { wordsOf } from "../../api/problem.ts";
import { LinkButton } from "../../app/link-button.tsx";
import { Money } from "../money/money.tsx";
import { ProblemNotice } from "../notice/problem-notice.tsx";
import { exchangeWord, isOrdered, returnWord } from "./return-words.ts";

/** What of an order goes or went back, and the money for it. */
export function Returns({ order: { id, returns, refunds } }: { readonly order: Order }) {
  if (returns.length === 0 && refunds.length === 0) return null;
  return (
    <Stack component="ul" gap="xs" mt="md" m={0} p={0} style={{ listStyle: "none" }} aria-label="Returns and refunds">
      {returns.map((one) => (
        <ReturnItem key={one.id} one={one} orderId={id} />
      ))}
      {refunds.map((refund) => (
        <RefundItem key={refund.id} refund={refund} />
      ))}
    </Stack>
  );
}

function ReturnItem({ one, orderId }: { readonly one: Return; readonly orderId: string }) {
  const goods = one.lines.map(({ quantity, title }) => `${quantity} × ${title}`).join(", ");
  // Once it is on its way nobody needs the label.
  const label = one.state === ReturnState.LABEL_SENT ? (one.shipment?.labelUrl ?? "") : "";
  return (
    <li className="parcel" data-return-state={one.state}>
      <Text size="sm" fw={600}>
        Return: {returnWord(one.state)}
      </Text>
      <Text size="sm" c="dimmed">
        {goods}
      </Text>
      {label !== "" && (
        <Anchor size="sm" href={label} target="_blank" rel="noreferrer">
          Print the label
        </Anchor>
      )}
      {one.exchange !== undefined && (
        <Text size="sm">
          Exchange: {exchangeWord(one.exchange.state)}
          {(one.exchange.charge?.minorUnits ?? 0n) > 0n && (
            <>
              , <Money value={one.exchange.charge} /> to pay
            </>
          )}
        </Text>
      )}
      {one.exchange !== undefined && isOrdered(one.exchange.state) && (
        <LinkButton
          to="/orders/$groupId"
          params={{ groupId: one.exchange.orderGroupId }}
          size="compact-sm"
          variant="light"
          mt={4}
        >
          Look at order {one.exchange.orderNumber}
        </LinkButton>
      )}
      {one.endReason !== "" && (
        <Text size="sm" c="red.9">
          {wordsOf(one.endReason) ?? one.endReason}
        </Text>
      )}
      <Escalate one={one} orderId={orderId} />
    </li>
  );
}

const unsettled: readonly ReturnState[] = [ReturnState.REQUESTED, ReturnState.DECLINED, ReturnState.REJECTED];

/** Asks the shop itself to look at a return that its seller did not answer or accept. */
function Escalate({ one, orderId }: { readonly one: Return; readonly orderId: string }) {
  const escalate = useMutation(OrderService.method.escalateReturn);
  if (one.escalateTime !== undefined && unsettled.includes(one.state))
    return <Text size="sm">You have asked us to look at it; we write to you.</Text>;
  if (!one.escalatable) return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="subtle"
        loading={escalate.isPending}
        onClick={() => {
          // What opens the order opens what goes back of it.
          rememberKey(keyOf(orderId) ?? "", one.id);
          escalate.mutate({ requestId: `escalate/${one.id}`, returnId: one.id });
        }}
      >
        Ask us to look at it
      </Button>
      <ProblemNotice error={escalate.error} />
    </>
  );
}

function RefundItem({ refund }: { readonly refund: OrderRefund }) {
  const isDone = refund.state === OrderRefundState.SUCCEEDED;
  return (
    <li className="parcel" data-refund-state={refund.state}>
      <Text size="sm">
        <Money value={refund.amount} fw={600} /> {isDone ? "was given back" : "is being given back"}
      </Text>
    </li>
  );
}
