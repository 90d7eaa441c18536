import { escapeHtml, page } from "../html.ts";
import { html, json, redirect, type Reply, type Route } from "../http.ts";
import { newId } from "../ids.ts";
import type { Decline } from "./cards.ts";
import { flagOf, mergeMetadata, requiredText } from "./fields.ts";
import { textOf } from "./form.ts";
import { cardOf, resolveMethod } from "./methods.ts";
import { type PaymentMethod, publicView, type SetupIntent } from "./objects.ts";
import { invalidParameter, StripeRefusal } from "./refusal.ts";
import { emit, nowSeconds, type Operation, type Outcome, ownCall, type StripeCall, type StripeWorld } from "./world.ts";

/** Keeps a payment method for a customer; the card's test token decides whether its holder must act or is refused. */
export const createSetup: Operation = (world, call) => {
  if (flagOf(call.form, "confirm") !== true) {
    throw invalidParameter("confirm", "The sandbox makes a SetupIntent only together with its confirmation.");
  }
  const customer = world.store.get("customer", requiredText(call.form, "customer"), "customer");
  const method = resolveMethod(world, requiredText(call.form, "payment_method"));
  const id = newId("seti");
  const setup: SetupIntent = world.store.save({
    id,
    object: "setup_intent",
    client_secret: `${id}_${newId("secret")}`,
    created: nowSeconds(world),
    customer: customer.id,
    last_setup_error: null,
    livemode: false,
    metadata: mergeMetadata({}, call.form),
    next_action: null,
    payment_method: method.id,
    status: "requires_confirmation",
    usage: textOf(call.form, "usage") ?? "off_session",
    _returnUrl: textOf(call.form, "return_url") ?? null,
  });
  emit(world, call, "setup_intent.created", setup);
  const { outcome } = cardOf(method);
  if (outcome.kind === "decline") return declined(refuse(world, call, setup, outcome.decline), outcome.decline);
  const after = outcome.kind === "authenticate" ? askOwner(world, call, setup) : keep(world, call, setup, method);
  return { status: 200, body: publicView(after) };
};

/** The card issuer's page of a SetupIntent: its owner completes or fails the check and is sent back to the shop. */
export function setupRoutes(world: StripeWorld): readonly Route[] {
  const finish = (id: string, hasPassed: boolean): Reply =>
    withSetup(world, id, (setup) => sendBack(world.database.transaction(() => end(world, setup, hasPassed))));
  return [
    {
      method: "GET",
      path: "/stripe/3ds-setup/:id",
      answer: ({ params }) => withSetup(world, params["id"] ?? "", showPage),
    },
    ...(["GET", "POST"] as const).flatMap((method): Route[] => [
      { method, path: "/stripe/3ds-setup/:id/complete", answer: ({ params }) => finish(params["id"] ?? "", true) },
      { method, path: "/stripe/3ds-setup/:id/fail", answer: ({ params }) => finish(params["id"] ?? "", false) },
    ]),
  ];
}

const notAuthenticated: Decline = {
  code: "setup_intent_authentication_failure",
  message: "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
};

function end(world: StripeWorld, setup: SetupIntent, hasPassed: boolean): SetupIntent {
  if (setup.status !== "requires_action" || setup.payment_method === null) return setup;
  if (!hasPassed) return refuse(world, ownCall, setup, notAuthenticated);
  return keep(world, ownCall, setup, world.store.get("payment_method", setup.payment_method));
}

function keep(world: StripeWorld, call: StripeCall, setup: SetupIntent, method: PaymentMethod): SetupIntent {
  world.store.save({ ...method, customer: setup.customer });
  const kept = world.store.save<SetupIntent>({ ...setup, next_action: null, status: "succeeded" });
  emit(world, call, "setup_intent.succeeded", kept);
  return kept;
}

function askOwner(world: StripeWorld, call: StripeCall, setup: SetupIntent): SetupIntent {
  const url = `${world.publicUrl ?? call.origin}/stripe/3ds-setup/${setup.id}`;
  const waiting = world.store.save<SetupIntent>({
    ...setup,
    next_action: { type: "redirect_to_url", redirect_to_url: { url, return_url: setup._returnUrl ?? "" } },
    status: "requires_action",
  });
  emit(world, call, "setup_intent.requires_action", waiting);
  return waiting;
}

function refuse(world: StripeWorld, call: StripeCall, setup: SetupIntent, decline: Decline): SetupIntent {
  const failed = world.store.save<SetupIntent>({
    ...setup,
    last_setup_error: errorOf(decline),
    next_action: null,
    payment_method: null,
    status: "requires_payment_method",
  });
  emit(world, call, "setup_intent.setup_failed", failed);
  return failed;
}

function declined(setup: SetupIntent, decline: Decline): Outcome {
  return { status: 402, body: { error: { ...errorOf(decline), setup_intent: publicView(setup) } } };
}

function errorOf({ code, declineCode, message }: Decline) {
  const isCard = code !== notAuthenticated.code;
  return {
    type: isCard ? ("card_error" as const) : ("invalid_request_error" as const),
    code,
    message,
    ...(declineCode === undefined ? {} : { decline_code: declineCode }),
  };
}

function withSetup(world: StripeWorld, id: string, answer: (setup: SetupIntent) => Reply): Reply {
  try {
    return answer(world.store.get("setup_intent", id));
  } catch (error) {
    if (error instanceof StripeRefusal) return json(error.status, { error: error.body });
    throw error;
  }
}

function showPage(setup: SetupIntent): Reply {
  const buttons =
    setup.status === "requires_action"
      ? `<form method="post" action="/stripe/3ds-setup/${setup.id}/complete" style="display:inline"><button>Complete</button></form>
         <form method="post" action="/stripe/3ds-setup/${setup.id}/fail" style="display:inline"><button>Fail</button></form>`
      : `<p>This card no longer waits: it is <code>${escapeHtml(setup.status)}</code>.</p>`;
  return html(page("3-D Secure test page", `<p>Your bank asks: do you want this card to be kept?</p>${buttons}`));
}

function sendBack(setup: SetupIntent): Reply {
  if (setup._returnUrl === null) return showPage(setup);
  const url = new URL(setup._returnUrl);
  url.searchParams.set("setup_intent", setup.id);
  url.searchParams.set("setup_intent_client_secret", setup.client_secret);
  url.searchParams.set("redirect_status", setup.status === "succeeded" ? "succeeded" : "failed");
  return redirect(url.href);
}
