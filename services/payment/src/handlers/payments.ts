import type {
  AuthorizePaymentRequest,
  CapturePaymentRequest,
  PaymentService,
  PaymentTender,
  RefundPaymentRequest,
  VoidPaymentRequest,
} from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import type { Money as MoneyMessage } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";
import { DomainError, type Money, money } from "@shopmesh/kernel";
import type { Call, Handlers } from "@shopmesh/mesh";
import type Stripe from "stripe";
import { changeBook, type Desk, traceOrders } from "../effects/change.ts";
import { resolve } from "../effects/resolve.ts";
import { askTransfers } from "../effects/transfers.ts";
import { readStripeEvent, takeStripeEvent } from "../effects/webhook.ts";
import { ASK_AGAIN_MS, type Payment, wantVoid } from "../payment.ts";
import { findBook, insertPayment, insertTombstone, isTombstone, requireBook } from "../store/payments.ts";
import { soleTender } from "../tender.ts";
import { type Book, beginCapture, beginRefund, transferIn } from "../transfer.ts";
import { captureToProto, paymentToProto, refundToProto, stateToProto } from "./proto.ts";

export type PaymentDeps = {
  readonly desk: Desk;
  readonly stripe: Stripe;
  readonly webhookSecret: string;
  /** Where payers come back to where the caller names no page. */
  readonly publicUrl: string;
};

export function paymentHandlers(deps: PaymentDeps): Handlers<typeof PaymentService> {
  const { desk } = deps;
  return {
    async authorizePayment(request, call) {
      const book = await begin(deps, request, call);
      return { payment: paymentToProto(await resolve(desk, call, book)) };
    },
    capturePayment: (request, call) => capture(desk, request, call),
    voidPayment: (request, call) => giveUp(desk, request, call),
    refundPayment: (request, call) => refund(desk, request, call),
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
      const signature = headers["stripe-signature"] ?? "";
      const message = { body, signature, nowMs: desk.clock() };
      await takeStripeEvent(desk, call, readStripeEvent(deps.stripe, deps.webhookSecret, message));
      return {};
    },
  };
}

/** Writes the intent down before anybody asks the provider; or finds the payment that is there by this id. */
async function begin(deps: PaymentDeps, request: AuthorizePaymentRequest, call: Call): Promise<Book> {
  const payment = newPayment(deps, request);
  traceOrders(payment);
  if (await insertPayment(call.sql, payment)) return { payment, transfers: [] };
  const known = await findBook(call.sql, payment.id);
  if (known === undefined || known.payment.voidReason !== undefined) {
    throw new DomainError("precondition", "PAYMENT_VOIDED", { payment_id: payment.id });
  }
  const { amount, orderGroupId } = known.payment;
  const isSame =
    orderGroupId === payment.orderGroupId &&
    amount.currencyCode === payment.amount.currencyCode &&
    amount.minorUnits === payment.amount.minorUnits;
  if (isSame) return known;
  throw new DomainError("precondition", "PAYMENT_MISMATCH", { payment_id: payment.id });
}

function newPayment({ desk, publicUrl }: PaymentDeps, request: AuthorizePaymentRequest): Payment {
  const nowMs = desk.clock();
  const amount = moneyOf(request.amount);
  if (amount.minorUnits <= 0n) {
    throw new DomainError("invalid", "AMOUNT_NOT_POSITIVE", { asked: String(amount.minorUnits) });
  }
  const tenders = request.tenders.map(({ means, amount: part }) => ({
    paymentMethod: cardToken(means),
    amount: part === undefined ? undefined : moneyOf(part),
  }));
  const { paymentMethod } = soleTender(tenders, amount);
  const nothing = { ...amount, minorUnits: 0n };
  return {
    id: request.paymentId,
    orderGroupId: request.orderGroupId,
    version: 1,
    state: "created",
    amount,
    taken: nothing,
    refunded: nothing,
    voidReason: undefined,
    failureReason: "",
    actionUrl: "",
    actionExpireMs: undefined,
    authorizationExpireMs: undefined,
    cardBrand: "",
    cardLastFour: "",
    isMulticapture: false,
    reference: "",
    authorization: {
      paymentMethod,
      orderNumbers: request.orderNumbers,
      returnUrl: request.returnUrl || `${publicUrl}/checkout/payments/${request.paymentId}`,
    },
    personId: request.customerId || undefined,
    guestTokenHash: request.guestTokenHash || undefined,
    askMs: nowMs + ASK_AGAIN_MS,
    createMs: nowMs,
    updateMs: nowMs,
  };
}

/** The token of a card. Throws TENDER_UNSUPPORTED for what nobody can promise here. */
function cardToken(means: PaymentTender["means"]): string {
  if (means.case === "card" && means.value.paymentMethod !== "") return means.value.paymentMethod;
  throw new DomainError("invalid", "TENDER_UNSUPPORTED", { means: means.case ?? "" });
}

async function capture(desk: Desk, request: CapturePaymentRequest, call: Call) {
  const { paymentId, captureId: id, final: isFinal } = request;
  const wanted = { id, amount: moneyOf(request.amount), isFinal };
  const begun = await changeBook(desk, call, paymentId, (book, nowMs) => ({
    book: beginCapture(book, wanted, nowMs),
  }));
  const book = await askTransfers(desk, call, begun, [transferIn(begun, id)]);
  return { capture: captureToProto(transferIn(book, id)), payment: paymentToProto(book) };
}

async function refund(desk: Desk, request: RefundPaymentRequest, call: Call) {
  const { paymentId, refundId: id, reason } = request;
  const wanted = { id, amount: moneyOf(request.amount), reason };
  const begun = await changeBook(desk, call, paymentId, (book, nowMs) => ({
    book: beginRefund(book, wanted, nowMs),
  }));
  const book = await askTransfers(desk, call, begun, [transferIn(begun, id)]);
  return { refund: refundToProto(transferIn(book, id)), payment: paymentToProto(book) };
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

/** Required by the contract wherever this is asked. */
function moneyOf(amount: MoneyMessage | undefined): Money {
  return money(amount?.currencyCode ?? "", amount?.minorUnits ?? 0n);
}
