import type { Request } from "../http.ts";
import type { Outcome, PayPalEndpoint, Show } from "./api.ts";
import { captureAuthorization, reauthorize, voidAuthorization } from "./authorizations.ts";
import { findDispute, listDisputes, provideEvidence } from "./disputes.ts";
import { type Fields, parseBody } from "./fields.ts";
import { authorizeOrder, createOrder } from "./orders.ts";
import { refundCapture } from "./refunds.ts";
import { listTransactions } from "./reporting.ts";
import { isSignedByUs } from "./signing.ts";
import { orderView, resourceView } from "./views.ts";
import type { PayPalCall, PayPalWorld } from "./world.ts";

const order = (status: number, id: string): Outcome => ({ status, view: { kind: "order", id } });
const part = (status: number, id: string): Outcome => ({ status, view: { kind: "part", id } });
const plain = (body: object, id = ""): Outcome => ({ status: 200, view: { kind: "plain", id, body } });

/** The part of PayPal's REST APIs that the sandbox speaks; `webhookId` names the shop's webhook. */
export function payPalEndpoints(webhookId: string): readonly PayPalEndpoint[] {
  return [...orderEndpoints, ...paymentEndpoints, ...otherEndpoints(webhookId)];
}

const orderEndpoints: readonly PayPalEndpoint[] = [
  {
    method: "POST",
    path: "/v2/checkout/orders",
    name: "createOrder",
    operation: (world, call) => order(201, createOrder(world, call).id),
  },
  {
    method: "GET",
    path: "/v2/checkout/orders/:id",
    name: "getOrder",
    operation: (world, { params }) => order(200, world.orders.get(params["id"] ?? "").id),
  },
  {
    method: "POST",
    path: "/v2/checkout/orders/:id/authorize",
    name: "authorizeOrder",
    isPayers: true,
    operation: (world, call) => order(201, authorizeOrder(world, call).id),
  },
];

const paymentEndpoints: readonly PayPalEndpoint[] = [
  { method: "GET", path: "/v2/payments/authorizations/:id", name: "getAuthorization", operation: known },
  {
    method: "POST",
    path: "/v2/payments/authorizations/:id/capture",
    name: "captureAuthorization",
    operation: (world, call) => part(201, captureAuthorization(world, call).id),
  },
  {
    method: "POST",
    path: "/v2/payments/authorizations/:id/reauthorize",
    name: "reauthorize",
    operation: (world, call) => part(201, reauthorize(world, call).id),
  },
  {
    method: "POST",
    path: "/v2/payments/authorizations/:id/void",
    name: "voidAuthorization",
    operation: (world, call) => part(200, voidAuthorization(world, call).id),
  },
  { method: "GET", path: "/v2/payments/captures/:id", name: "getCapture", operation: known },
  {
    method: "POST",
    path: "/v2/payments/captures/:id/refund",
    name: "refundCapture",
    operation: (world, call) => part(201, refundCapture(world, call).id),
  },
  { method: "GET", path: "/v2/payments/refunds/:id", name: "getRefund", operation: known },
];

function otherEndpoints(webhookId: string): readonly PayPalEndpoint[] {
  return [
    {
      method: "GET",
      path: "/v1/reporting/transactions",
      name: "listTransactions",
      operation: (world, call) => plain(listTransactions(world, call)),
    },
    {
      method: "GET",
      path: "/v1/customer/disputes",
      name: "listDisputes",
      operation: (world, call) => plain(listDisputes(world, call)),
    },
    {
      method: "GET",
      path: "/v1/customer/disputes/:id",
      name: "getDispute",
      operation: (world, { params }) => plain(findDispute(world, params["id"] ?? "")),
    },
    {
      method: "POST",
      path: "/v1/customer/disputes/:id/provide-evidence",
      name: "provideEvidence",
      parse: evidenceIn,
      operation: (world, call) => plain({ links: [] }, provideEvidence(world, call).dispute_id),
    },
    {
      method: "POST",
      path: "/v1/notifications/verify-webhook-signature",
      name: "verifyWebhookSignature",
      operation: (world, { body }) =>
        plain({ verification_status: isSignedByUs(world.database, webhookId, body) ? "SUCCESS" : "FAILURE" }),
    },
  ];
}

/** Shows an authorisation, a capture or a refund. */
function known(world: PayPalWorld, { params }: PayPalCall): Outcome {
  const id = params["id"] ?? "";
  resourceView(world.orders.having(id), id);
  return part(200, id);
}

/** What was made, as it is now. */
export const showPayPal: Show = (world, { kind, id, body }, base) => {
  if (kind === "plain") return body;
  return kind === "order" ? orderView(world.orders.get(id), base) : resourceView(world.orders.having(id), id).resource;
};

/** The JSON in the `input` part of a multipart body. */
function evidenceIn({ headers, body }: Request): Fields {
  const boundary = /boundary=("?)([^";]+)\1/.exec(headers["content-type"] ?? "")?.[2];
  if (boundary === undefined) return parseBody(body);
  const input = body
    .toString()
    .split(`--${boundary}`)
    .find((section) => /name="input"/.test(section));
  return parseBody(Buffer.from(input?.split("\r\n\r\n").slice(1).join("\r\n\r\n").trim() ?? ""));
}
