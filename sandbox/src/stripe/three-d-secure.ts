import { escapeHtml, page } from "../html.ts";
import { html, json, redirect, type Reply, type Route } from "../http.ts";
import { finishAuthentication } from "./confirm.ts";
import type { PaymentIntent } from "./objects.ts";
import { StripeRefusal } from "./refusal.ts";
import { ownCall, type StripeWorld } from "./world.ts";

/** The card issuer's page: the payer completes or fails the check and is sent back to the shop. */
export function threeDSecureRoutes(world: StripeWorld): readonly Route[] {
  const show = (id: string): Reply => withIntent(world, id, showPage);
  const finish = (id: string, hasPassed: boolean): Reply =>
    withIntent(world, id, (intent) =>
      sendBack(
        world.database.transaction(() => finishAuthentication(world, ownCall, { intent, hasPassed })),
        hasPassed,
      ),
    );
  return [
    { method: "GET", path: "/stripe/3ds/:id", answer: ({ params }) => show(params["id"] ?? "") },
    ...(["GET", "POST"] as const).flatMap((method) => [
      {
        method,
        path: "/stripe/3ds/:id/complete",
        answer: ({ params }: PathParams) => finish(params["id"] ?? "", true),
      },
      {
        method,
        path: "/stripe/3ds/:id/fail",
        answer: ({ params }: PathParams) => finish(params["id"] ?? "", false),
      },
    ]),
  ];
}

type PathParams = { readonly params: Readonly<Record<string, string>> };

function withIntent(world: StripeWorld, id: string, answer: (intent: PaymentIntent) => Reply): Reply {
  try {
    return answer(world.store.get("payment_intent", id));
  } catch (error) {
    if (error instanceof StripeRefusal) return json(error.status, { error: error.body });
    throw error;
  }
}

function showPage(intent: PaymentIntent): Reply {
  const amount = `${escapeHtml(intent.currency.toUpperCase())} ${intent.amount} (in minor units)`;
  const buttons =
    intent.status === "requires_action"
      ? `<form method="post" action="/stripe/3ds/${intent.id}/complete" style="display:inline"><button>Complete</button></form>
         <form method="post" action="/stripe/3ds/${intent.id}/fail" style="display:inline"><button>Fail</button></form>`
      : `<p>This payment no longer waits: it is <code>${intent.status}</code>.</p>`;
  return html(page("3-D Secure test page", `<p>Your bank asks: do you want to pay ${amount}?</p>${buttons}`));
}

/** Where Stripe sends the payer: the shop's return address with the intent and how it went. */
function sendBack(intent: PaymentIntent, hasPassed: boolean): Reply {
  const returnUrl = intent["_returnUrl"];
  if (typeof returnUrl !== "string") return showPage(intent);
  const hasSucceeded = hasPassed && (intent.status === "succeeded" || intent.status === "requires_capture");
  const url = new URL(returnUrl);
  url.searchParams.set("payment_intent", intent.id);
  url.searchParams.set("payment_intent_client_secret", intent.client_secret);
  url.searchParams.set("source_type", "card");
  url.searchParams.set("redirect_status", hasSucceeded ? "succeeded" : "failed");
  return redirect(url.href);
}
