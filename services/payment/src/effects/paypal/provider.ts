import type {
  CheckoutPaymentIntent,
  OrderRequest,
  PaypalExperienceUserAction,
  PaypalWalletContextShippingPreference,
} from "@paypal/paypal-server-sdk";
import type { Log } from "@shopmesh/mesh";
import type { AuthorizationOrder, CaptureOrder, Provider, ProviderMovement, RefundOrder } from "../../provider.ts";
import { type Ask, createAsk, isPayPalError, issueOf, type Question, type Refusal } from "./ask.ts";
import { createPayPalBooks } from "./books.ts";
import type { PayPalClient } from "./client.ts";
import { createPayPalDisputes } from "./disputes.ts";
import { toPayPalMoney } from "./units.ts";
import { cancelledIntent, failureReason, firstPromise, isTaken, readFee, readOrder, readPromise } from "./words.ts";

const WHOLE = "return=representation";

/**
 * PayPal as a provider. A payment is an order there, which its payer approves; the promise is an authorisation of that order, and
 * another one each time that it is promised anew. The order names the payment, the newest authorisation is what is taken from.
 */
export function createPayPalProvider(client: PayPalClient, log: Log): Provider {
  const ask = createAsk(client, log);
  return {
    name: "paypal",
    authorize: (order, timeoutMs) =>
      ask("authorize", { timeoutMs }, async ({ orders, until }) => {
        const paypalRequestId = `${order.paymentId}/authorize/${order.attempt}`;
        const { result } = await orders.createOrder(
          { body: orderRequest(order), paypalRequestId, prefer: WHOLE },
          until,
        );
        return readOrder(result);
      }),
    find: (reference, timeoutMs) => ask("find", { timeoutMs, reference }, (question) => find(question, reference)),
    confirm: ({ reference, paymentId }, timeoutMs) =>
      ask("confirm", { timeoutMs, reference }, (question) => confirm(question, reference, paymentId)),
    // PayPal finds no order by our id; one that is made twice is approved once, and moves nothing before.
    search: async () => ({ kind: "answered", value: undefined }),
    cancel: ({ reference, paymentId }, timeoutMs) =>
      ask("cancel", { timeoutMs, reference }, (question) => cancel(question, reference, paymentId)),
    capture: (order, timeoutMs) => ask("capture", { timeoutMs }, (question) => capture(question, order)),
    isRefundedByTaking: true,
    refund: (order, timeoutMs) => refund(ask, order, timeoutMs),
    renew: (order, timeoutMs) =>
      ask("renew", { timeoutMs, reference: order.reference }, async ({ payments, until }) => {
        const paypalRequestId = `${order.paymentId}/authorize/${order.attempt}`;
        const body = { amount: toPayPalMoney(order.amount) };
        const wanted = { authorizationId: order.promise, paypalRequestId, prefer: WHOLE, body };
        const { result } = await payments.reauthorizePayment(wanted, until);
        return readPromise(order.reference, result, false);
      }),
    // Accounts at PayPal are not kept: who pays there is asked there.
    vault: undefined,
    disputes: createPayPalDisputes(ask),
    books: createPayPalBooks(ask),
  };
}

function orderRequest(order: AuthorizationOrder): OrderRequest {
  const { returnUrl } = order;
  return {
    // The client's enums are not loaded before it is.
    intent: "AUTHORIZE" as CheckoutPaymentIntent,
    purchaseUnits: [
      {
        amount: toPayPalMoney(order.amount),
        customId: order.paymentId,
        description: order.orderNumbers.join(" ").slice(0, 127),
      },
    ],
    paymentSource: {
      paypal: {
        experienceContext: {
          returnUrl,
          cancelUrl: returnUrl,
          userAction: "PAY_NOW" as PaypalExperienceUserAction,
          shippingPreference: "NO_SHIPPING" as PaypalWalletContextShippingPreference,
        },
      },
    },
  };
}

/** An order that nobody approved is forgotten by PayPal after some hours. */
async function find({ orders, until }: Question, reference: string) {
  try {
    const { result } = await orders.getOrder({ id: reference }, until);
    return readOrder(result);
  } catch (error) {
    if (isPayPalError(error) && error.statusCode === 404) return cancelledIntent(reference);
    throw error;
  }
}

async function confirm(question: Question, reference: string, paymentId: string) {
  const { orders, until } = question;
  try {
    const paypalRequestId = `${paymentId}/confirm/1`;
    const { result } = await orders.authorizeOrder({ id: reference, paypalRequestId, prefer: WHOLE }, until);
    return readOrder(result);
  } catch (error) {
    // Its answer got lost, longer ago than PayPal keeps keys.
    if (isPayPalError(error) && issueOf(error) === "ORDER_ALREADY_AUTHORIZED") return find(question, reference);
    throw error;
  }
}

/** Gives up what is promised; an order of which nothing is, is left to itself: nothing moves before we say so. */
async function cancel({ orders, payments, until }: Question, reference: string, paymentId: string) {
  const { result } = await orders.getOrder({ id: reference }, until);
  const first = firstPromise(result);
  const isOver = first === undefined || String(first.status) === "VOIDED" || String(first.status) === "DENIED";
  if (isOver) return cancelledIntent(reference);
  const paypalRequestId = `${paymentId}/void/${reference}`;
  await payments.voidPayment({ authorizationId: first.id ?? "", paypalRequestId }, until);
  return cancelledIntent(reference);
}

async function capture({ payments, until }: Question, order: CaptureOrder): Promise<ProviderMovement | Refusal> {
  const paypalRequestId = `${order.transferId}/capture/${order.attempt}`;
  const body = { amount: toPayPalMoney(order.amount), finalCapture: order.isFinal };
  const wanted = { authorizationId: order.promise, paypalRequestId, prefer: WHOLE, body };
  const { result } = await payments.captureAuthorizedPayment(wanted, until);
  const status = String(result.status);
  if (isTaken(status)) return { reference: result.id ?? "", fee: readFee(result) };
  // PayPal still looks at it; asked again with the same key it tells how that went.
  return { said: status === "PENDING" ? "unanswered" : "refused", reason: failureReason("INSTRUMENT_DECLINED") };
}

/** Gives each part back out of its capture, under a key of its own; what one of several refuses is asked again. */
async function refund(ask: Ask, order: RefundOrder, timeoutMs: number): ReturnType<Provider["refund"]> {
  const untilMs = performance.now() + timeoutMs;
  const references: string[] = [];
  for (const { reference: captureId, amount } of order.outOf) {
    const leftMs = Math.max(1, Math.trunc(untilMs - performance.now()));
    const answer = await ask("refund", { timeoutMs: leftMs }, async ({ payments, until }) => {
      const paypalRequestId = `${order.transferId}/refund/${order.attempt}/${captureId}`;
      const body = { amount: toPayPalMoney(amount), customId: order.paymentId };
      const { result } = await payments.refundCapturedPayment(
        { captureId, paypalRequestId, prefer: WHOLE, body },
        until,
      );
      return movedBack(String(result.status), result.id ?? "");
    });
    if (answer.kind === "refused" && references.length > 0) return { kind: "unanswered" };
    if (answer.kind !== "answered") return answer;
    references.push(answer.value);
  }
  return { kind: "answered", value: { reference: references.join(","), fee: undefined } };
}

function movedBack(status: string, id: string): string | Refusal {
  if (status === "COMPLETED") return id;
  return { said: status === "PENDING" ? "unanswered" : "refused", reason: failureReason("") };
}
