import type {
  BookPlatformShareRequest,
  CapturePaymentRequest,
  PaymentService,
  RefundPaymentRequest,
  ReleasePaymentRequest,
  VoidPaymentRequest,
} from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { isRefusal } from "@shopmesh/kernel";
import type { Call, Handlers, Tx } from "@shopmesh/mesh";
import { transferIn } from "../book.ts";
import { beginCapture } from "../capture.ts";
import { changeBook, type Desk } from "../effects/change.ts";
import type { GiftCodes } from "../effects/gift-codes.ts";
import { renew } from "../effects/keep.ts";
import { resolve } from "../effects/resolve.ts";
import { takeMessage } from "../effects/webhook.ts";
import { shareMovements } from "../ledger.ts";
import { wantVoid } from "../payment.ts";
import type { ReadMessage } from "../provider.ts";
import { beginRefund } from "../refund.ts";
import { beginRelease } from "../release.ts";
import { insertMovementsOnce, sumBookedBeside } from "../store/ledger.ts";
import { findBook, insertTombstone, isTombstone, requireBook } from "../store/payments.ts";
import { requireParts } from "../transfer.ts";
import { type AuthorizeDeps, beginPayment, moneyOf } from "./authorize.ts";
import { giftCardHandlers } from "./gift-cards.ts";
import { methodHandlers } from "./methods.ts";
import { captureToProto, paymentToProto, refundToProto, stateToProto, transferStateToProto } from "./proto.ts";

export type PaymentDeps = AuthorizeDeps & {
  readonly codes: GiftCodes;
  readonly readStripeMessage: ReadMessage;
  readonly readPayPalMessage: ReadMessage;
};

export function paymentHandlers(deps: PaymentDeps): Handlers<typeof PaymentService> {
  const { desk } = deps;
  return {
    async authorizePayment(request, call) {
      const book = await beginPayment(deps, request, call);
      return { payment: paymentToProto(await resolve(desk, call, book)) };
    },
    capturePayment: (request, call) => capture(desk, request, call),
    voidPayment: (request, call) => giveUp(desk, request, call),
    refundPayment: (request, call) => refund(desk, request, call),
    releasePayment: (request, call) => release(desk, request, call),
    bookPlatformShare: (request, call) => bookShare(desk, request, call),
    ...giftCardHandlers({ ...desk, ...deps }),
    ...methodHandlers(deps),
    async getPayment({ paymentId }, call) {
      return { payment: paymentToProto(await requireBook(call.sql, paymentId)) };
    },
    async completePaymentAction({ paymentId }, call) {
      const book = await requireBook(call.sql, paymentId);
      const { payment } = await resolve(desk, call, book);
      return {
        state: stateToProto(payment),
        orderGroupId: payment.orderGroupId,
        failureReason: payment.failureReason,
      };
    },
    async receiveStripeEvent({ body, headers }, call) {
      const message = await deps.readStripeMessage({ body, headers, nowMs: desk.clock() });
      await takeMessage(desk, call, "stripe", message);
      return {};
    },
    async receivePayPalEvent({ body, headers }, call) {
      // Where PayPal is not configured nobody's signature is PayPal's.
      desk.providerOf({ provider: "paypal" });
      const message = await deps.readPayPalMessage({ body, headers, nowMs: desk.clock() });
      await takeMessage(desk, call, "paypal", message);
      return {};
    },
  };
}

async function capture(desk: Desk, request: CapturePaymentRequest, call: Call) {
  const { paymentId, captureId: id, final: isFinal } = request;
  const wanted = { id, ...pricedOf(request), isFinal };
  const begin = () =>
    changeBook(desk, call, paymentId, (book, nowMs) => ({
      book: beginCapture(book, wanted, { nowMs, newId: desk.newId }),
    }));
  const asked = await resolve(desk, call, await begin());
  // What lapsed is promised anew where its payer need not be there; else the capture has failed and says so.
  const hasLapsed = asked.payment.state === "expired";
  const isRenewed = hasLapsed && (await renew(desk, call, asked)).payment.state === "authorized";
  const book = isRenewed ? await resolve(desk, call, await begin()) : asked;
  return { capture: captureToProto(book, id), payment: paymentToProto(book) };
}

async function refund(desk: Desk, request: RefundPaymentRequest, call: Call) {
  const { paymentId, refundId: id, reason } = request;
  const wanted = { id, ...pricedOf(request), reason };
  const isShared = (wanted.platformShare?.minorUnits ?? 0n) > 0n;
  const beside = isShared ? await sumBookedBeside(call.sql, paymentId) : undefined;
  const begun = await changeBook(desk, call, paymentId, (book, nowMs) => ({
    book: beginRefund(book, { ...wanted, beside }, nowMs),
  }));
  const book = await resolve(desk, call, begun);
  return { refund: refundToProto(book, id), payment: paymentToProto(book) };
}

function pricedOf({ amount, tax, platformShare }: CapturePaymentRequest | RefundPaymentRequest) {
  return {
    amount: moneyOf(amount),
    tax: tax && moneyOf(tax),
    platformShare: platformShare && moneyOf(platformShare),
  };
}

async function bookShare(desk: Desk, request: BookPlatformShareRequest, call: Call) {
  const { bookingId, orderGroupId, reversed: isReversed, tax } = request;
  const amount = moneyOf(request.platformShare);
  const parts = requireParts({ amount, platformShare: amount, tax: tax && moneyOf(tax) });
  const movements = shareMovements({ ...parts, currencyCode: amount.currencyCode, isReversed });
  const booked = { transferId: bookingId, paymentId: "", orderGroupId, movements };
  const book = (tx: Tx) => insertMovementsOnce(tx, booked, { nowMs: desk.clock(), newId: desk.newId });
  await call.transaction(book).catch((error: unknown) => {
    if (!isRefusal(error, "DUPLICATE")) throw error;
    // Another call has just booked it: whether the same is to be seen now.
    return call.transaction(book);
  });
  return {};
}

async function release(desk: Desk, request: ReleasePaymentRequest, call: Call) {
  const { paymentId, releaseId: id, reason } = request;
  const wanted = { id, amount: moneyOf(request.amount), reason };
  const begun = await changeBook(desk, call, paymentId, (book, nowMs) => ({
    book: beginRelease(book, wanted, nowMs),
  }));
  const book = await resolve(desk, call, begun);
  return { state: transferStateToProto(transferIn(book, id)), payment: paymentToProto(book) };
}

async function giveUp(desk: Desk, { paymentId, reason }: VoidPaymentRequest, call: Call) {
  const found = await findBook(call.sql, paymentId);
  if (found === undefined) {
    const isKnown = await call.transaction(async (tx) => {
      await insertTombstone(tx, paymentId, desk.clock());
      // An authorisation may have come in between.
      return !(await isTombstone(tx, paymentId));
    });
    if (!isKnown) return {};
  }
  const wanted = await changeBook(desk, call, paymentId, ({ payment, transfers }) => ({
    book: { payment: wantVoid(payment, reason || "VOIDED"), transfers },
  }));
  return { payment: paymentToProto(await resolve(desk, call, wanted)) };
}
