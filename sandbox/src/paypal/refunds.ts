import { fieldAt, textAt } from "./fields.ts";
import type { Made } from "./orders.ts";
import type { Capture, Order } from "./orders-store.ts";
import { notFound, refused } from "./refusal.ts";
import { dueOf } from "./due.ts";
import { minorOf } from "./units.ts";
import { book, listTransaction, newPayPalId, type PayPalCall, type PayPalWorld, tell } from "./world.ts";

/** Gives back some or all of a capture. */
export function refundCapture(world: PayPalWorld, call: PayPalCall): Made {
  const id = call.params["id"] ?? "";
  const order = world.orders.having(id);
  const capture = order.captures.find((part) => part.id === id);
  if (capture === undefined) throw notFound();
  if (capture.status === "REFUNDED")
    throw refused("CAPTURE_FULLY_REFUNDED", "The capture has already been fully refunded.");
  if (capture.status === "PENDING" || capture.status === "DECLINED")
    throw refused("PENDING_CAPTURE", "Cannot initiate a refund as the capture is pending.");
  const rest = capture.amount - refundedOf(order, capture);
  const given = fieldAt(call.body, "amount") as Parameters<typeof minorOf>[0];
  const { currency, amount } = given === undefined ? { currency: order.currency, amount: rest } : minorOf(given);
  if (currency !== order.currency)
    throw refused("REFUND_CAPTURE_CURRENCY_MISMATCH", "Refund must be in the same currency as the capture.");
  if (amount > rest)
    throw refused(
      "REFUND_AMOUNT_EXCEEDED",
      "The refund amount must be less than or equal to the capture amount that has not yet been refunded.",
    );
  const nowMs = world.clock.now();
  const refund = {
    id: newPayPalId(),
    captureId: id,
    amount,
    customId: textAt(call.body, "custom_id"),
    createMs: nowMs,
  };
  const status = amount === rest ? ("REFUNDED" as const) : ("PARTIALLY_REFUNDED" as const);
  const after: Order = {
    ...order,
    updateMs: nowMs,
    captures: order.captures.map((part) => (part.id === id ? { ...part, status } : part)),
    refunds: [...order.refunds, refund],
  };
  const saved = world.orders.save(after, dueOf(after));
  book(world, call, { operation: "refund", order, amount, captureId: id, refundId: refund.id });
  listTransaction(world, { id: refund.id, code: "T1107", order, amount: -amount });
  tell(world, "PAYMENT.CAPTURE.REFUNDED", saved, refund.id);
  return { order: saved, id: refund.id };
}

function refundedOf({ refunds }: Order, { id }: Capture): number {
  return refunds.reduce((sum, refund) => (refund.captureId === id ? sum + refund.amount : sum), 0);
}
