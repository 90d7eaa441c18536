import type Stripe from "stripe";
import type { SetupOrder, Vault } from "../../provider.ts";
import type { Ask } from "./client.ts";
import { readSetup } from "./words.ts";

const withMethod = { expand: ["payment_method"] };

/** Keeps cards at Stripe: a customer for each person, a SetupIntent for each card. */
export function createStripeVault({ customers, setupIntents, paymentMethods }: Stripe, ask: Ask): Vault {
  return {
    customerFor: (personId, timeout) =>
      ask("createCustomer", async () => {
        const options = { idempotencyKey: `${personId}/customer`, timeout };
        const { id } = await customers.create({ metadata: { person_id: personId } }, options);
        return { reference: id };
      }),
    keep: (order, timeout) =>
      ask("setUp", async () => {
        const options = { idempotencyKey: `${order.methodId}/setup`, timeout };
        return readSetup(await setupIntents.create(setupParams(order), options));
      }),
    find: (reference, timeout) =>
      ask("findSetup", async () => readSetup(await setupIntents.retrieve(reference, withMethod, { timeout }))),
    forget: ({ methodId, reference }, timeout) =>
      ask("detach", async () => {
        await paymentMethods.detach(reference, {}, { idempotencyKey: `${methodId}/forget`, timeout });
        return undefined;
      }),
  };
}

function setupParams(order: SetupOrder): Stripe.SetupIntentCreateParams {
  return {
    customer: order.customer,
    payment_method: order.paymentMethod,
    confirm: true,
    usage: "off_session",
    return_url: order.returnUrl,
    metadata: { method_id: order.methodId },
    ...withMethod,
  };
}
