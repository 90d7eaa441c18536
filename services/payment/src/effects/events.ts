import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  PaymentActionRequiredSchema,
  PaymentAuthorizedSchema,
  PaymentCapturedSchema,
  PaymentFailedSchema,
  PaymentRefundedSchema,
  PaymentVoidedSchema,
} from "@shopmesh/contracts/shop/payment/v1/payment_events_pb.ts";
import type { Tx } from "@shopmesh/mesh";
import { LAPSED, type Payment } from "../payment.ts";
import { type Book, capturedTotal, succeeded, sumAmounts, type Transfer } from "../book.ts";

/** Says what became of a payment, in the transaction that changed it. */
export function emitChanges(tx: Tx, before: Book, after: Book): void {
  if (before.payment.state !== after.payment.state) emitState(tx, after);
  if (isRestLapsed(after.payment) && !isRestLapsed(before.payment)) emitFailed(tx, after);
  for (const transfer of after.transfers) {
    const known = before.transfers.find(({ id }) => id === transfer.id);
    if (transfer.state === "succeeded" && known?.state !== "succeeded") {
      emitTransfer(tx, after, transfer);
    }
  }
}

function emitState(tx: Tx, { payment }: Book): void {
  const fields = fieldsOf({ payment });
  const aggregate = { id: payment.id, version: payment.version };
  switch (payment.state) {
    case "authorized":
      return tx.emit(PaymentAuthorizedSchema, fields, aggregate);
    case "requires-action":
      return tx.emit(
        PaymentActionRequiredSchema,
        { ...fields, expireTime: timestampFromMs(payment.actionExpireMs ?? payment.updateMs) },
        aggregate,
      );
    case "failed":
    case "expired":
      return emitFailed(tx, { payment });
    case "voided":
      return tx.emit(PaymentVoidedSchema, { ...fields, reason: payment.voidReason ?? "" }, aggregate);
    default:
  }
}

function emitFailed(tx: Tx, { payment }: Pick<Book, "payment">): void {
  const aggregate = { id: payment.id, version: payment.version };
  tx.emit(PaymentFailedSchema, { ...fieldsOf({ payment }), reason: payment.failureReason }, aggregate);
}

/** Whether a promise has lapsed of which a part was taken: the payment has not come to nothing, but no more of it will be taken. */
function isRestLapsed({ state, failureReason }: Payment): boolean {
  return failureReason === LAPSED && state !== "expired" && state !== "failed";
}

function emitTransfer(tx: Tx, book: Book, transfer: Transfer): void {
  const { payment } = book;
  const fields = { ...fieldsOf(book), amount: transfer.amount };
  const aggregate = { id: payment.id, version: payment.version };
  switch (transfer.kind) {
    case "capture": {
      const captured = { captureId: transfer.id, capturedTotal: capturedTotal(book) };
      return tx.emit(PaymentCapturedSchema, { ...fields, ...captured }, aggregate);
    }
    case "refund": {
      const refundedTotal = { ...payment.amount, minorUnits: sumAmounts(succeeded(book, "refund")) };
      const refunded = { refundId: transfer.id, refundedTotal };
      return tx.emit(PaymentRefundedSchema, { ...fields, ...refunded, reason: transfer.reason }, aggregate);
    }
    // What no capture asked for is nobody's news.
    case "release":
    case "take":
  }
}

function fieldsOf({ payment }: Pick<Book, "payment">) {
  return {
    paymentId: payment.id,
    orderGroupId: payment.orderGroupId,
    amount: payment.amount,
  };
}
