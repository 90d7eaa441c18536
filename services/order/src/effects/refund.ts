import { TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { type Clock, isRefusal } from "@shopmesh/kernel";
import {
  type Client,
  failpoint,
  type Outcome,
  type SagaPlan,
  type Sql,
  type StepAttempt,
  type Tx,
} from "@shopmesh/mesh";
import type { Order } from "../order.ts";
import { settleRefund } from "../refunding.ts";
import { findGroup, orderIn } from "../store/orders.ts";
import { changeAftersale } from "./aftersale.ts";
import { bookPlatformShare } from "./platform-share.ts";

/** What the saga of one refund without goods remembers. */
export type RefundState = {
  readonly groupId: string;
  readonly orderId: string;
  /** The order's refund. */
  readonly refundId: string;
  /** What payment knows it by: another only after the provider refused for good. */
  readonly transferId: string;
};

/** What giving money back needs of the others. */
export type RefundDeps = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly sql: Sql;
  readonly payment: Pick<Client<typeof PaymentService>, "refundPayment" | "bookPlatformShare">;
};

/** How long a refund that the provider has not answered rests. */
const UNKNOWN_RETRY_MS = 5_000;
/** How long a refund that the provider refused rests, if nobody looks at it before. */
const REFUSED_RETRY_MS = 24 * 3_600_000;

/** The saga of one refund without goods. It was promised when it began, so it only goes forward. */
export function refundPlan(deps: RefundDeps): SagaPlan<RefundState> {
  return {
    kind: "refund",
    stages: [
      { steps: [{ name: "promise-refund", perform: async () => ({ kind: "done" }) }], isPivot: true },
      { steps: [{ name: "refund-payment", perform: (state, attempt) => giveBack(deps, state, attempt) }] },
    ],
    async onProgress(tx, state, { phase }) {
      if (phase === "done") await settle(deps, tx, state);
    },
  };
}

/** The money has gone back: the order counts it, once. */
async function settle({ clock }: RefundDeps, tx: Tx, state: RefundState): Promise<void> {
  const nowMs = clock();
  await changeAftersale(tx, state, nowMs, (order) => settleRefund(order, state.refundId, nowMs));
}

/**
 * Gives back what the order promised. Whoever asks again asks by the same id, so the money moves once; what the provider has
 * not answered is waited for; what it refused for good is tried by another id after a day, or when somebody wakes it. While the
 * payer's bank has the money, or may take it, by a dispute, nothing is given back beside: that is looked at once a day.
 */
export async function giveBack(
  { clock, newId, sql, payment }: RefundDeps,
  state: RefundState,
  { key, origin }: Pick<StepAttempt, "key" | "origin">,
): Promise<Outcome<RefundState>> {
  const placed = await findGroup(sql, state.groupId);
  const refund = refundIn(orderIn(placed, state.orderId), state.refundId);
  if (refund === undefined) return { kind: "done" };
  if (refund.amount.minorUnits === 0n) {
    // Goods that cost their buyer nothing come back for nothing.
    const booking = { orderGroupId: state.groupId, bookingId: state.transferId, reversed: true, price: refund };
    await bookPlatformShare(payment, booking, { key, origin });
    return { kind: "done" };
  }
  const { amount, tax, platformShare, reason } = refund;
  const wish = { paymentId: placed.group.paymentId, refundId: state.transferId, amount, tax, platformShare, reason };
  const answer = await payment.refundPayment({ requestId: key, ...wish }, origin).catch((error: unknown) => {
    if (!isRefusal(error, "PAYMENT_STATE")) throw error;
  });
  failpoint("order.after-refund");
  if (answer === undefined) return { kind: "waiting", until: clock() + REFUSED_RETRY_MS, for: "a person" };
  switch (answer.refund?.state) {
    case TransferState.SUCCEEDED:
      return { kind: "done" };
    case TransferState.FAILED:
      return { kind: "waiting", until: clock() + REFUSED_RETRY_MS, for: "a person", state: { transferId: newId() } };
    default:
      return { kind: "waiting", until: clock() + UNKNOWN_RETRY_MS, for: "provider" };
  }
}

function refundIn({ refunds }: Order, refundId: string) {
  return refunds?.find(({ id }) => id === refundId);
}
