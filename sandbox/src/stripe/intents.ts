import { newId } from "../ids.ts";
import { attemptPayment } from "./confirm.ts";
import { amountOf, currencyOf, flagOf, mergeMetadata } from "./fields.ts";
import { formOf, listOf, recordOf, textOf, toPlain, type Form } from "./form.ts";
import { resolveMethod } from "./methods.ts";
import { publicView, type PaymentIntent } from "./objects.ts";
import { invalidParameter, StripeRefusal } from "./refusal.ts";
import { emit, nowSeconds, type Operation, type StripeWorld } from "./world.ts";

const captureMethods = ["automatic", "automatic_async", "manual"] as const;

export const createIntent: Operation = (world, call) => {
  const wantsConfirmation = flagOf(call.form, "confirm") ?? false;
  const offer = offerOf(call.form);
  if (wantsConfirmation) requireReturnUrl(call.form, offer);
  const intent = world.store.save(newIntent(world, call.form, offer));
  emit(world, call, "payment_intent.created", intent);
  return wantsConfirmation ? attemptPayment(world, call, intent) : { status: 200, body: publicView(intent) };
};

export const confirmIntent: Operation = (world, call) => {
  const intent = world.store.get("payment_intent", call.params["id"] ?? "");
  const token = textOf(call.form, "payment_method");
  refuseUnless(intent, "confirmed", ["requires_payment_method", "requires_confirmation", "requires_action"]);
  if (token === undefined && intent.payment_method === null) {
    throw invalidParameter(
      "payment_method",
      "You cannot confirm this PaymentIntent because it's missing a payment method.",
      "payment_intent_unexpected_state",
    );
  }
  const chosen = token === undefined ? intent : { ...intent, payment_method: resolveMethod(world, token).id };
  return attemptPayment(world, call, chosen);
};

export const updateIntent: Operation = (world, call) => {
  const before = world.store.get("payment_intent", call.params["id"] ?? "");
  const token = textOf(call.form, "payment_method");
  const isResized = textOf(call.form, "amount") !== undefined;
  if (isResized || token !== undefined) {
    refuseUnless(before, "updated", ["requires_payment_method", "requires_confirmation", "requires_action"]);
  }
  const method = token === undefined ? before.payment_method : resolveMethod(world, token).id;
  const after = world.store.save({
    ...before,
    amount: isResized ? amountOf(call.form, before.currency) : before.amount,
    description: textOf(call.form, "description") ?? before.description,
    metadata: mergeMetadata(before.metadata, call.form),
    payment_method: method,
    status: before.status === "requires_payment_method" && method !== null ? "requires_confirmation" : before.status,
  });
  return { status: 200, body: publicView(after) };
};

/** Throws Stripe's `payment_intent_unexpected_state` unless the intent is in one of the states. */
export function refuseUnless(intent: PaymentIntent, deed: string, allowed: readonly PaymentIntent["status"][]): void {
  if (allowed.includes(intent.status)) return;
  throw new StripeRefusal(
    400,
    {
      type: "invalid_request_error",
      code: "payment_intent_unexpected_state",
      message:
        `This PaymentIntent could not be ${deed} because it has a status of ${intent.status}. ` +
        `Only a PaymentIntent with one of the following statuses may be ${deed}: ${allowed.join(", ")}.`,
      payment_intent: publicView(intent),
    },
    true,
  );
}

type Offer = {
  /** The method types that the request limits the payment to. */
  readonly allowedTypes: readonly string[] | null;
  readonly automatic: { readonly enabled: true; readonly allow_redirects: "always" | "never" };
};

/** Unless it is limited, a payment may be made by all of the account's methods, also those that redirect the payer. */
function offerOf(form: Form): Offer {
  if (form.has("payment_method_types")) {
    throw invalidParameter(
      "payment_method_types",
      "Received unknown parameter: payment_method_types. Did you mean allowed_payment_method_types?",
      "parameter_unknown",
    );
  }
  const allowed = listOf(form, "allowed_payment_method_types");
  const { allow_redirects: redirects } = recordOf(form, "automatic_payment_methods");
  return {
    allowedTypes: allowed.length === 0 ? null : allowed,
    automatic: { enabled: true, allow_redirects: redirects === "never" ? "never" : "always" },
  };
}

function requireReturnUrl(form: Form, { allowedTypes, automatic }: Offer): void {
  const mayRedirect = automatic.allow_redirects === "always" && allowedTypes?.every((type) => type === "card") !== true;
  if (!mayRedirect || textOf(form, "return_url") !== undefined) return;
  throw invalidParameter(
    "return_url",
    "This PaymentIntent accepts payment methods that might redirect your customer off of your page: provide a `return_url`, " +
      "or set `automatic_payment_methods[allow_redirects]` to `never`, or limit `allowed_payment_method_types`.",
    "parameter_missing",
  );
}

function newIntent(world: StripeWorld, form: Form, offer: Offer): PaymentIntent {
  const id = newId("pi");
  const currency = currencyOf(form);
  const token = textOf(form, "payment_method");
  const methodId = token === undefined ? null : resolveMethod(world, token).id;
  const customer = textOf(form, "customer");
  return {
    ...unusedFields,
    id,
    object: "payment_intent",
    allowed_payment_method_types: offer.allowedTypes,
    amount: amountOf(form, currency),
    amount_capturable: 0,
    amount_received: 0,
    automatic_payment_methods: offer.automatic,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: captureMethodOf(form),
    client_secret: `${id}_${newId("secret")}`,
    confirmation_method: textOf(form, "confirmation_method") ?? "automatic",
    created: nowSeconds(world),
    currency,
    customer: customer === undefined ? null : world.store.get("customer", customer, "customer").id,
    description: textOf(form, "description") ?? null,
    last_payment_error: null,
    latest_charge: null,
    metadata: mergeMetadata({}, form),
    next_action: null,
    payment_method: methodId,
    payment_method_options: {
      card: {
        installments: null,
        mandate_options: null,
        network: null,
        request_three_d_secure: "automatic",
        ...recordOf(formOf(form, "payment_method_options") ?? new Map(), "card"),
      },
    },
    payment_method_types: ["card"],
    receipt_email: textOf(form, "receipt_email") ?? null,
    setup_future_usage: textOf(form, "setup_future_usage") ?? null,
    shipping: toPlainOrNull(formOf(form, "shipping")),
    statement_descriptor_suffix: textOf(form, "statement_descriptor_suffix") ?? null,
    status: methodId === null ? "requires_payment_method" : "requires_confirmation",
    transfer_group: textOf(form, "transfer_group") ?? null,
  };
}

function captureMethodOf(form: Form): PaymentIntent["capture_method"] {
  const text = textOf(form, "capture_method") ?? "automatic_async";
  const known = captureMethods.find((method) => method === text);
  if (!known)
    throw invalidParameter("capture_method", `Invalid capture_method: must be one of ${captureMethods.join(", ")}`);
  return known;
}

function toPlainOrNull(form: Form | undefined): Readonly<Record<string, unknown>> | null {
  return form === undefined ? null : toPlain(form);
}

/** What Stripe shows on every intent and a shop without its more special products never sees filled. */
const unusedFields = {
  amount_details: { tip: {} },
  application: null,
  application_fee_amount: null,
  customer_account: null,
  excluded_payment_method_types: null,
  livemode: false,
  managed_payments: null,
  on_behalf_of: null,
  payment_method_configuration_details: null,
  payment_record: null,
  processing: null,
  review: null,
  source: null,
  statement_descriptor: null,
  transfer_data: null,
};
