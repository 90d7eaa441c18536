import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import * as pb from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { timeField } from "@shopmesh/mesh";
import {
  type Book,
  capturedTotal,
  giftStandings,
  providerPart,
  succeeded,
  sumAmounts,
  type Transfer,
  transferIn,
} from "../book.ts";
import type { MovementKind } from "../ledger.ts";
import { isVoidWanted, type Payment, type PaymentState, providerShare } from "../payment.ts";
import type { LedgerEntry } from "../store/ledger.ts";

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
  disputed: pb.PaymentState.DISPUTED,
  won: pb.PaymentState.WON,
  lost: pb.PaymentState.LOST,
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
  release: pb.MovementKind.RELEASE,
  take: pb.MovementKind.TAKE,
  "dispute-open": pb.MovementKind.DISPUTE_OPEN,
  "dispute-fee": pb.MovementKind.DISPUTE_FEE,
  "dispute-won": pb.MovementKind.DISPUTE_WON,
  "dispute-lost": pb.MovementKind.DISPUTE_LOST,
  "gift-card-issue": pb.MovementKind.GIFT_CARD_ISSUE,
  "gift-card-redeem": pb.MovementKind.GIFT_CARD_REDEEM,
  "gift-card-refund": pb.MovementKind.GIFT_CARD_REFUND,
  tax: pb.MovementKind.TAX,
  "tax-refund": pb.MovementKind.TAX_REFUND,
  "platform-share": pb.MovementKind.PLATFORM_SHARE,
  "platform-share-refund": pb.MovementKind.PLATFORM_SHARE_REFUND,
} as const satisfies Record<MovementKind, pb.MovementKind>;

/** The domain's words for the states that a request names. */
export function stateNames(wanted: readonly pb.PaymentState[]): readonly PaymentState[] {
  return (Object.keys(states) as PaymentState[]).filter((name) => wanted.includes(states[name]));
}

/** How a payment stands to those outside: one that is to be given up is neither promised nor not. */
export function stateToProto(payment: Payment): pb.PaymentState {
  return isVoidWanted(payment) ? pb.PaymentState.UNKNOWN : states[payment.state];
}

export function transferStateToProto({ state }: Transfer): pb.TransferState {
  return transferStates[state];
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
    refunded: { ...payment.amount, minorUnits: sumAmounts(succeeded(book, "refund")) },
    failureReason: payment.failureReason,
    actionUrl: payment.actionUrl,
    ...timeField("actionExpireTime", payment.actionExpireMs),
    ...(payment.authorizationExpireMs === undefined || !isPromised
      ? {}
      : { authorizationExpireTime: timestampFromMs(payment.authorizationExpireMs) }),
    tenders: tendersToProto(book),
    captures: transfers.filter(({ kind }) => kind === "capture").map((transfer) => captureToProto(book, transfer.id)),
    refunds: transfers.filter(({ kind }) => kind === "refund").map((transfer) => refundToProto(book, transfer.id)),
    provider: payment.provider,
    providerReference: payment.reference,
    createTime: timestampFromMs(payment.createMs),
    updateTime: timestampFromMs(payment.updateMs),
  };
}

const providerKinds = {
  stripe: pb.TenderKind.CARD,
  paypal: pb.TenderKind.PAYPAL,
  "": pb.TenderKind.UNSPECIFIED,
} as const satisfies Record<Payment["provider"], pb.TenderKind>;

/** The tenders in the order in which they are taken: gift cards, then the provider's. */
function tendersToProto(book: Book): MessageInitShape<typeof pb.PaidTenderSchema>[] {
  const { payment } = book;
  const moneyOf = (minorUnits: bigint) => ({ ...payment.amount, minorUnits });
  const standings = new Map(giftStandings(book).map((standing) => [standing.giftCardId, standing]));
  const gifts = payment.gifts.map(({ giftCardId, lastFour, minorUnits }) => ({
    kind: pb.TenderKind.GIFT_CARD,
    giftCardId,
    cardLastFour: lastFour,
    amount: moneyOf(minorUnits),
    captured: moneyOf(standings.get(giftCardId)?.taken ?? 0n),
    refunded: moneyOf(standings.get(giftCardId)?.refunded ?? 0n),
  }));
  if (payment.provider === "") return gifts;
  const partOf = (kind: Transfer["kind"]) =>
    succeeded(book, kind).reduce((total, transfer) => total + providerPart(transfer), 0n);
  const promised = {
    kind: providerKinds[payment.provider],
    amount: moneyOf(providerShare(payment)),
    cardBrand: payment.cardBrand,
    cardLastFour: payment.cardLastFour,
    captured: moneyOf(partOf("capture")),
    refunded: moneyOf(partOf("refund")),
  };
  return [...gifts, promised];
}

function partsToProto({ payment }: Book, transfer: Transfer): MessageInitShape<typeof pb.TenderPartSchema>[] {
  const gifts = transfer.gifts.map(({ giftCardId, minorUnits }) => ({
    kind: pb.TenderKind.GIFT_CARD,
    giftCardId,
    amount: { ...payment.amount, minorUnits },
  }));
  const promised = providerPart(transfer);
  if (promised === 0n) return gifts;
  return [...gifts, { kind: providerKinds[payment.provider], amount: { ...payment.amount, minorUnits: promised } }];
}

export function captureToProto(book: Book, id: string): MessageInitShape<typeof pb.CaptureSchema> {
  const transfer = transferIn(book, id);
  return {
    id: transfer.id,
    state: transferStates[transfer.state],
    amount: transfer.amount,
    failureReason: transfer.failureReason,
    createTime: timestampFromMs(transfer.createMs),
    parts: partsToProto(book, transfer),
  };
}

export function refundToProto(book: Book, id: string): MessageInitShape<typeof pb.RefundSchema> {
  const transfer = transferIn(book, id);
  return {
    id: transfer.id,
    state: transferStates[transfer.state],
    amount: transfer.amount,
    failureReason: transfer.failureReason,
    reason: transfer.reason,
    createTime: timestampFromMs(transfer.createMs),
    parts: partsToProto(book, transfer),
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
