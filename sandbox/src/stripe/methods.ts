import { newId } from "../ids.ts";
import { findCard, type TestCard } from "./cards.ts";
import { mergeMetadata, requiredText } from "./fields.ts";
import { textOf } from "./form.ts";
import { publicView, type Customer, type PaymentMethod } from "./objects.ts";
import { invalidParameter, missingParameter, noSuch } from "./refusal.ts";
import { emit, nowSeconds, type Operation, type StripeWorld } from "./world.ts";

/** The stored method of an id, or a new one made from a test token, as Stripe does with `pm_card_…`. */
export function resolveMethod(world: StripeWorld, idOrToken: string): PaymentMethod {
  const known = world.store.find("payment_method", idOrToken);
  if (known) return known;
  const card = findCard(idOrToken);
  if (!card) throw noSuch("payment_method", idOrToken, "payment_method");
  return world.store.save({
    id: newId("pm"),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: { address: noAddress, email: null, name: null, phone: null, tax_id: null },
    card: card.face,
    created: nowSeconds(world),
    customer: null,
    livemode: false,
    metadata: {},
    type: "card",
    _token: idOrToken,
  });
}

/** The behaviour behind a stored method. */
export function cardOf(method: PaymentMethod): TestCard {
  const card = findCard(method._token);
  if (!card) throw noSuch("payment_method", method._token, "payment_method");
  return card;
}

export const retrieveMethod: Operation = (world, call) => ({
  status: 200,
  body: publicView(resolveMethod(world, call.params["id"] ?? "")),
});

export const createMethod: Operation = (_world, call) => {
  if (textOf(call.form, "type") === undefined) throw missingParameter("type");
  throw invalidParameter("card", "No card number enters here: use a test token such as pm_card_visa.");
};

export const attachMethod: Operation = (world, call) => {
  const customer = world.store.get("customer", requiredText(call.form, "customer"), "customer");
  const method = resolveMethod(world, call.params["id"] ?? "");
  if (method.customer !== null && method.customer !== customer.id) {
    throw invalidParameter(
      "payment_method",
      "The payment method you provided has already been attached to a customer.",
    );
  }
  const attached = world.store.save({ ...method, customer: customer.id });
  emit(world, call, "payment_method.attached", attached);
  return { status: 200, body: publicView(attached) };
};

export const detachMethod: Operation = (world, call) => {
  const method = world.store.get("payment_method", call.params["id"] ?? "");
  if (method.customer === null) {
    throw invalidParameter("payment_method", "The payment method you provided is not attached to a customer.");
  }
  const detached = world.store.save({ ...method, customer: null });
  emit(world, call, "payment_method.detached", detached);
  return { status: 200, body: publicView(detached) };
};

export const createCustomer: Operation = (world, call) => {
  const customer: Customer = {
    id: newId("cus"),
    object: "customer",
    address: null,
    balance: 0,
    created: nowSeconds(world),
    currency: null,
    delinquent: false,
    description: textOf(call.form, "description") ?? null,
    email: textOf(call.form, "email") ?? null,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: mergeMetadata({}, call.form),
    name: textOf(call.form, "name") ?? null,
    phone: textOf(call.form, "phone") ?? null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
  };
  emit(world, call, "customer.created", world.store.save(customer));
  return { status: 200, body: publicView(customer) };
};

export const updateCustomer: Operation = (world, call) => {
  const before = world.store.get("customer", call.params["id"] ?? "");
  const after = world.store.save({
    ...before,
    description: textOf(call.form, "description") ?? before["description"],
    email: textOf(call.form, "email") ?? before.email,
    metadata: mergeMetadata(before.metadata, call.form),
    name: textOf(call.form, "name") ?? before.name,
    phone: textOf(call.form, "phone") ?? before["phone"],
  });
  emit(world, call, "customer.updated", after);
  return { status: 200, body: publicView(after) };
};

const noAddress = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
};
