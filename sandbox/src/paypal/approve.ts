import { escapeHtml, page } from "../html.ts";
import { html, json, redirect, type Reply, type Request, type Route } from "../http.ts";
import { decideDispute, disputeOrder } from "./disputes.ts";
import { parseBody, textAt } from "./fields.ts";
import { approveOrder } from "./orders.ts";
import type { Order } from "./orders-store.ts";
import { payers } from "./payers.ts";
import { PayPalRefusal, refusalReply } from "./refusal.ts";
import { moneyOf } from "./units.ts";
import type { PayPalWorld } from "./world.ts";

/** PayPal's own page, where a payer agrees or turns back, and the switches of disputes. */
export function payPalPages(world: PayPalWorld): readonly Route[] {
  const approve = (request: Request) => sendBack(world, request, true);
  const cancel = (request: Request) => sendBack(world, request, false);
  return [
    {
      method: "GET",
      path: "/paypal/checkoutnow",
      answer: ({ query }) => answering(() => showPage(world.orders.get(query.get("token") ?? ""))),
    },
    ...(["GET", "POST"] as const).flatMap((method) => [
      {
        method,
        path: "/paypal/checkoutnow/:id/approve",
        answer: (request: Request) => answering(() => approve(request)),
      },
      {
        method,
        path: "/paypal/checkoutnow/:id/cancel",
        answer: (request: Request) => answering(() => cancel(request)),
      },
    ]),
    {
      method: "POST",
      path: "/sandbox/paypal/disputes",
      answer: ({ body }) =>
        answering(() =>
          json(
            200,
            world.database.transaction(() => disputeOrder(world, textAt(parseBody(body), "order"))),
          ),
        ),
    },
    {
      method: "POST",
      path: "/sandbox/paypal/disputes/:id",
      answer: ({ body, params }) =>
        answering(() => {
          const hasWon = parseBody(body)["won"] === true;
          return json(
            200,
            world.database.transaction(() => decideDispute(world, params["id"] ?? "", hasWon)),
          );
        }),
    },
  ];
}

function answering(work: () => Reply): Reply {
  try {
    return work();
  } catch (error) {
    if (error instanceof PayPalRefusal) return refusalReply(error);
    throw error;
  }
}

function showPage(order: Order): Reply {
  const { currency_code: currency, value } = moneyOf(order.currency, order.amount);
  const choices = payers.map(
    ({ email, what }) => `<option value="${escapeHtml(email)}">${escapeHtml(`${email}: ${what}`)}</option>`,
  );
  const action = `/paypal/checkoutnow/${order.id}`;
  const forms =
    order.status === "COMPLETED"
      ? "<p>This payment waits for nobody any more.</p>"
      : `<form method="post" action="${action}/approve"><p><label>Pay as <select name="payer">${choices.join("")}</select></label></p>
         <button>Agree and pay</button></form><form method="post" action="${action}/cancel"><button>Cancel and return</button></form>`;
  const what = `<p>${escapeHtml(order.description)}</p><p>To pay: <strong>${currency} ${value}</strong></p>`;
  return html(page("PayPal test page", what + forms));
}

/** Where PayPal sends the payer: the shop's address with the order, and who agreed. */
function sendBack(world: PayPalWorld, { params, query, body }: Request, hasAgreed: boolean): Reply {
  const id = params["id"] ?? "";
  const payer = query.get("payer") ?? new URLSearchParams(body.toString()).get("payer") ?? undefined;
  const order = hasAgreed ? world.database.transaction(() => approveOrder(world, id, payer)) : world.orders.get(id);
  const url = new URL(hasAgreed ? order.returnUrl : order.cancelUrl);
  url.searchParams.set("token", id);
  if (hasAgreed) url.searchParams.set("PayerID", "SANDBOXPAYER1");
  return redirect(url.href);
}
