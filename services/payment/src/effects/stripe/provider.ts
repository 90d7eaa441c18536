import type { Log } from "@shopmesh/mesh";
import type Stripe from "stripe";
import type { AuthorizationOrder, CaptureOrder, Provider, ProviderMovement, TransferOrder } from "../../provider.ts";
import { toStripeAmount } from "./units.ts";
import { createAsk, keyOf } from "./client.ts";
import { createStripeBooks } from "./books.ts";
import { createStripeDisputes } from "./disputes.ts";
import { createStripeVault } from "./vault.ts";
import { readFee, readIntent } from "./words.ts";

const withCharge = { expand: ["latest_charge"] };
const withFee = { expand: ["latest_charge.balance_transaction"] };

/** Stripe as a provider. */
export function createStripeProvider(stripe: Stripe, log: Log): Provider {
  const { paymentIntents } = stripe;
  const ask = createAsk(log);
  const authorize: Provider["authorize"] = (order, timeout) =>
    ask("authorize", async () => {
      const idempotencyKey = keyOf(order.paymentId, "authorize", order.attempt);
      const params = authorizationParams(order);
      return readIntent(await paymentIntents.create(params, { idempotencyKey, timeout }));
    });
  const find: Provider["find"] = (reference, timeout) =>
    ask("find", async () => readIntent(await paymentIntents.retrieve(reference, withCharge, { timeout })));
  return {
    name: "stripe",
    authorize,
    find,
    // A payer who has acted has done all that there is to do.
    confirm: ({ reference }, timeout) => find(reference, timeout),
    search: (paymentId, timeout) =>
      ask("search", async () => {
        const query = `metadata['payment_id']:'${paymentId}'`;
        const { data } = await paymentIntents.search({ query, limit: 1 }, { timeout });
        const [found] = data;
        if (found === undefined) return undefined;
        return readIntent(await paymentIntents.retrieve(found.id, withCharge, { timeout }));
      }),
    cancel: ({ reference, paymentId }, timeout) =>
      ask("cancel", async () => {
        // A payment that was promised anew has several promises to give up.
        const idempotencyKey = `${paymentId}/void/${reference}`;
        const options = { idempotencyKey, timeout };
        return readIntent(await paymentIntents.cancel(reference, withCharge, options));
      }),
    capture: (order, timeout) => ask("capture", () => capture(stripe, order, timeout)),
    isRefundedByTaking: false,
    refund: (order, timeout) => ask("refund", () => refund(stripe, order, timeout)),
    // A new promise by the kept card.
    renew: async (order, timeout) =>
      order.customer === ""
        ? { kind: "refused", reason: "AUTHENTICATION_FAILED", reference: "" }
        : authorize(order, timeout),
    vault: createStripeVault(stripe, ask),
    disputes: createStripeDisputes(stripe, ask),
    books: createStripeBooks(stripe, ask),
  };
}

function authorizationParams(order: AuthorizationOrder): Stripe.PaymentIntentCreateParams {
  return {
    amount: toStripeAmount(order.amount),
    currency: order.amount.currencyCode.toLowerCase(),
    capture_method: "manual",
    confirm: true,
    allowed_payment_method_types: ["card"],
    payment_method: order.paymentMethod,
    ...(order.customer === "" ? {} : { customer: order.customer }),
    ...(order.isSaving ? { setup_future_usage: "off_session" as const } : {}),
    payment_method_options: { card: { request_multicapture: "if_available" } },
    return_url: order.returnUrl,
    transfer_group: order.orderGroupId,
    description: order.orderNumbers.join(" "),
    metadata: { payment_id: order.paymentId, order_group_id: order.orderGroupId },
    ...withCharge,
  };
}

async function capture({ paymentIntents }: Stripe, order: CaptureOrder, timeout: number): Promise<ProviderMovement> {
  const captured = await paymentIntents.capture(
    order.reference,
    {
      amount_to_capture: toStripeAmount(order.amount),
      // Only a card that may be taken in parts knows the word.
      ...(order.isFinal ? {} : { final_capture: false }),
      ...withFee,
    },
    { idempotencyKey: keyOf(order.transferId, "capture", order.attempt), timeout },
  );
  const { latest_charge: charge } = captured;
  return { reference: typeof charge === "string" ? charge : (charge?.id ?? ""), fee: readFee(captured) };
}

async function refund({ refunds }: Stripe, order: TransferOrder, timeout: number): Promise<ProviderMovement> {
  const { id } = await refunds.create(
    {
      payment_intent: order.reference,
      amount: toStripeAmount(order.amount),
      metadata: { payment_id: order.paymentId, refund_id: order.transferId },
    },
    { idempotencyKey: keyOf(order.transferId, "refund", order.attempt), timeout },
  );
  return { reference: id, fee: undefined };
}
