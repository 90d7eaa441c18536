import type { Authorization, Capture, Order, Refund } from "./orders-store.ts";
import { notFound } from "./refusal.ts";
import { moneyOf } from "./units.ts";

/** How long PayPal keeps an authorisation. */
export const authorizationMs = 29 * 24 * 3_600_000;

const feeRate = 0.0299;
const fixedFee = 39;

/** An order as PayPal shows it; `base` is where its links lead. */
export function orderView(order: Order, base = ""): object {
  const amount = moneyOf(order.currency, order.amount);
  return {
    id: order.id,
    intent: "AUTHORIZE",
    status: order.status,
    create_time: timeOf(order.createMs),
    update_time: timeOf(order.updateMs),
    payment_source: { paypal: order.payer === null ? {} : { email_address: order.payer, account_status: "VERIFIED" } },
    purchase_units: [
      {
        reference_id: "default",
        amount,
        custom_id: order.customId,
        description: order.description,
        ...(order.authorizations.length > 0 && {
          payments: {
            authorizations: order.authorizations.map((part) => authorizationView(order, part)),
            captures: order.captures.map((part) => captureView(order, part)),
            refunds: order.refunds.map((part) => refundView(order, part)),
          },
        }),
      },
    ],
    links: [
      link("self", `${base}/v2/checkout/orders/${order.id}`, "GET"),
      ...(order.status === "PAYER_ACTION_REQUIRED"
        ? [link("payer-action", `${base}/paypal/checkoutnow?token=${order.id}`, "GET")]
        : []),
    ],
  };
}

export function authorizationView(order: Order, authorization: Authorization): object {
  const first = order.authorizations[0] ?? authorization;
  return {
    id: authorization.id,
    status: authorization.status,
    ...(authorization.status === "PENDING" && { status_details: { reason: "PENDING_REVIEW" } }),
    amount: moneyOf(order.currency, authorization.amount),
    custom_id: order.customId,
    expiration_time: timeOf(first.createMs + authorizationMs),
    create_time: timeOf(authorization.createMs),
    update_time: timeOf(order.updateMs),
    supplementary_data: { related_ids: { order_id: order.id } },
    links: [link("self", `/v2/payments/authorizations/${authorization.id}`, "GET")],
  };
}

export function captureView(order: Order, capture: Capture): object {
  const fee = Math.round(capture.amount * feeRate) + fixedFee;
  const gross = moneyOf(order.currency, capture.amount);
  return {
    id: capture.id,
    status: capture.status,
    ...(capture.status === "PENDING" && { status_details: { reason: "PENDING_REVIEW" } }),
    amount: gross,
    final_capture: capture.isFinal,
    custom_id: order.customId,
    ...(!["PENDING", "DECLINED"].includes(capture.status) && {
      seller_receivable_breakdown: { gross_amount: gross, paypal_fee: moneyOf(order.currency, fee) },
    }),
    create_time: timeOf(capture.createMs),
    update_time: timeOf(order.updateMs),
    supplementary_data: { related_ids: { order_id: order.id, authorization_id: capture.authorizationId } },
    links: [
      link("self", `/v2/payments/captures/${capture.id}`, "GET"),
      link("up", `/v2/payments/authorizations/${capture.authorizationId}`, "GET"),
    ],
  };
}

export function refundView(order: Order, refund: Refund): object {
  return {
    id: refund.id,
    status: "COMPLETED",
    amount: moneyOf(order.currency, refund.amount),
    custom_id: refund.customId,
    create_time: timeOf(refund.createMs),
    update_time: timeOf(refund.createMs),
    links: [
      link("self", `/v2/payments/refunds/${refund.id}`, "GET"),
      link("up", `/v2/payments/captures/${refund.captureId}`, "GET"),
    ],
  };
}

/** The order, or the part of it that is called so, with PayPal's word for what it is. Throws RESOURCE_NOT_FOUND. */
export function resourceView(order: Order, id: string): { readonly resource: object; readonly resourceType: string } {
  if (id === order.id) return { resource: orderView(order), resourceType: "checkout-order" };
  const authorization = order.authorizations.find((part) => part.id === id);
  if (authorization) return { resource: authorizationView(order, authorization), resourceType: "authorization" };
  const capture = order.captures.find((part) => part.id === id);
  if (capture) return { resource: captureView(order, capture), resourceType: "capture" };
  const refund = order.refunds.find((part) => part.id === id);
  if (refund) return { resource: refundView(order, refund), resourceType: "refund" };
  throw notFound();
}

export function timeOf(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

function link(rel: string, href: string, method: string): object {
  return { rel, href, method };
}
