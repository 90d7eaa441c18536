import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import * as pb from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import type { MovementKind } from "../ledger.ts";
import { isVoidWanted, type Payment, type PaymentState } from "../payment.ts";
import type { LedgerEntry } from "../store/ledger.ts";
import { type Book, capturedTotal, type Transfer } from "../transfer.ts";

const states = {
  created: pb.PaymentState.CREATED,
  unknown: pb.PaymentState.UNKNOWN,
  "requires-action": pb.PaymentState.REQUIRES_ACTION,
  authorized: pb.PaymentState.AUTHORIZED,
  "partially-captured": pb.PaymentState.PARTIALLY_CAPTURED,
  captured: pb.PaymentState.CAPTURED,
  failed: pb.PaymentState.FAILED,
  expired: pb.PaymentState.EXPIRED,
  voided: pb.PaymentState.VOIDED,
  "partially-refunded": pb.PaymentState.PARTIALLY_REFUNDED,
  refunded: pb.PaymentState.REFUNDED,
} as const satisfies Record<PaymentState, pb.PaymentState>;

const transferStates = {
  pending: pb.TransferState.PENDING,
  succeeded: pb.TransferState.SUCCEEDED,
  failed: pb.TransferState.FAILED,
} as const satisfies Record<Transfer["state"], pb.TransferState>;

const movementKinds = {
  capture: pb.MovementKind.CAPTURE,
  refund: pb.MovementKind.REFUND,
  fee: pb.MovementKind.FEE,
} as const satisfies Record<MovementKind, pb.MovementKind>;

/** The domain's words for the states that a request names. */
export function stateNames(wanted: readonly pb.PaymentState[]): readonly PaymentState[] {
  return (Object.keys(states) as PaymentState[]).filter((name) => wanted.includes(states[name]));
}

/** How a payment stands to those outside: one that is to be given up is neither promised nor not. */
export function stateToProto(payment: Payment): pb.PaymentState {
  return isVoidWanted(payment) ? pb.PaymentState.UNKNOWN : states[payment.state];
}

export function paymentToProto(book: Book): MessageInitShape<typeof pb.PaymentSchema> {
  const { payment, transfers } = book;
  const isPromised = payment.state === "authorized" || payment.state === "partially-captured";
  return {
    id: payment.id,
    orderGroupId: payment.orderGroupId,
    version: BigInt(payment.version),
    state: stateToProto(payment),
    amount: payment.amount,
    captured: capturedTotal(book),
    refunded: payment.refunded,
    failureReason: payment.failureReason,
    actionUrl: payment.actionUrl,
    ...(payment.actionExpireMs === undefined ? {} : { actionExpireTime: timestampFromMs(payment.actionExpireMs) }),
    ...(payment.authorizationExpireMs === undefined || !isPromised
      ? {}
      : { authorizationExpireTime: timestampFromMs(payment.authorizationExpireMs) }),
    tenders: [
      {
        amount: payment.amount,
        cardBrand: payment.cardBrand,
        cardLastFour: payment.cardLastFour,
        kind: pb.TenderKind.CARD,
        captured: capturedTotal(book),
        refunded: payment.refunded,
      },
    ],
    captures: transfers.filter(({ kind }) => kind === "capture").map(captureToProto),
    refunds: transfers.filter(({ kind }) => kind === "refund").map(refundToProto),
    provider: "stripe",
    providerReference: payment.reference,
    createTime: timestampFromMs(payment.createMs),
    updateTime: timestampFromMs(payment.updateMs),
  };
}

export function captureToProto(transfer: Transfer): MessageInitShape<typeof pb.CaptureSchema> {
  return {
    id: transfer.id,
    state: transferStates[transfer.state],
    amount: transfer.amount,
    failureReason: transfer.failureReason,
    createTime: timestampFromMs(transfer.createMs),
    parts: [{ kind: pb.TenderKind.CARD, amount: transfer.amount }],
  };
}

export function refundToProto(transfer: Transfer): MessageInitShape<typeof pb.RefundSchema> {
  return {
    id: transfer.id,
    state: transferStates[transfer.state],
    amount: transfer.amount,
    failureReason: transfer.failureReason,
    reason: transfer.reason,
    createTime: timestampFromMs(transfer.createMs),
    parts: [{ kind: pb.TenderKind.CARD, amount: transfer.amount }],
  };
}

export function entryToProto(entry: LedgerEntry): MessageInitShape<typeof pb.LedgerEntrySchema> {
  return {
    id: entry.id,
    movementId: entry.movementId,
    kind: movementKinds[entry.kind],
    account: entry.account,
    amount: entry.amount,
    paymentId: entry.paymentId,
    orderGroupId: entry.orderGroupId,
    createTime: timestampFromMs(entry.createMs),
  };
}
