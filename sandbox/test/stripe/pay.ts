import type { ExecutionContext } from "ava";
import Stripe from "stripe";
import { getJson, type World } from "../world.ts";

type LedgerView = {
  readonly entries: readonly {
    readonly operation: string;
    readonly amount: number;
    readonly intentId: string;
    readonly idempotencyKey: string | null;
    readonly metadata: Readonly<Record<string, string>>;
  }[];
  readonly totals: Readonly<
    Record<
      string,
      {
        readonly captured: number;
        readonly refunded: number;
        readonly net: number;
        readonly held: number;
      }
    >
  >;
};

const card: Pick<Stripe.PaymentIntentCreateParams, "allowed_payment_method_types" | "confirm" | "currency"> = {
  allowed_payment_method_types: ["card"],
  confirm: true,
  currency: "usd",
};

export async function authorize(
  world: World,
  amount: number,
  overrides: Partial<Stripe.PaymentIntentCreateParams> = {},
): Promise<Stripe.PaymentIntent> {
  return await world.stripe.paymentIntents.create({
    ...card,
    amount,
    payment_method: "pm_card_visa",
    capture_method: "manual",
    ...overrides,
  });
}

export async function authorizeInParts(world: World, amount: number): Promise<Stripe.PaymentIntent> {
  return await authorize(world, amount, {
    payment_method_options: { card: { request_multicapture: "if_available" } },
  });
}

export async function ledgerOf(world: World, intentId: string): Promise<LedgerView> {
  return await getJson<LedgerView>(`${world.url}/sandbox/ledger?intent=${intentId}`);
}

export async function refusalOf(
  t: ExecutionContext,
  work: Promise<unknown>,
): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  const error = await t.throwsAsync(work);
  if (!(error instanceof Stripe.errors.StripeError)) throw new Error(`not an error of Stripe: ${String(error)}`);
  return error;
}
