import type Stripe from "stripe";
import type { ProviderBooks, ProviderRecord, RecordsQuery } from "../../provider.ts";
import type { Ask } from "./client.ts";
import { fromStripeAmount } from "./units.ts";

/** Stripe's own lists of what was promised, taken and given back. */
export function createStripeBooks(stripe: Stripe, ask: Ask): ProviderBooks {
  const { paymentIntents, balanceTransactions, refunds } = stripe;
  return {
    lagMs: 0,
    promises: (query, timeout) =>
      ask("listPaymentIntents", async () => {
        const params = { ...pageOf(query), expand: ["data.latest_charge"] };
        const page = await paymentIntents.list(params, { timeout });
        return pageFrom(page, (intent) => recordOf(intent, intent.latest_charge));
      }),
    captures: (query, timeout) =>
      ask("listBalanceTransactions", async () => {
        const params = { ...pageOf(query), type: "charge", expand: ["data.source.payment_intent"] };
        const page = await balanceTransactions.list(params, { timeout });
        return pageFrom(page, ({ source }) => chargeRecord(isCharge(source) ? source : undefined));
      }),
    refunds: (query, timeout) =>
      ask("listRefunds", async () => {
        const params = { ...pageOf(query), expand: ["data.charge.payment_intent"] };
        const page = await refunds.list(params, { timeout });
        return pageFrom(page, ({ charge }) => chargeRecord(typeof charge === "object" ? charge : undefined));
      }),
    find: (reference, timeout) =>
      ask("findRecord", async () => {
        const intent = await paymentIntents.retrieve(reference, { expand: ["latest_charge"] }, { timeout });
        return recordOf(intent, intent.latest_charge);
      }),
  };
}

/** The page of a list that is asked for, as Stripe wants to be asked. */
export function pageOf({ fromMs, toMs, cursor, limit }: RecordsQuery) {
  return {
    created: { gte: Math.floor(fromMs / 1000), lte: Math.ceil(toMs / 1000) },
    limit,
    ...(cursor === "" ? {} : { starting_after: cursor }),
  };
}

function pageFrom<Item extends { readonly id: string }>(
  { data, has_more: hasMore }: { readonly data: readonly Item[]; readonly has_more: boolean },
  read: (item: Item) => ProviderRecord | undefined,
) {
  const records = data.map(read).filter((record) => record !== undefined);
  return { records, cursor: hasMore ? (data.at(-1)?.id ?? "") : "" };
}

function isCharge(source: Stripe.BalanceTransaction["source"]): source is Stripe.Charge {
  return typeof source === "object" && source !== null && source.object === "charge";
}

function chargeRecord(charge: Stripe.Charge | null | undefined): ProviderRecord | undefined {
  const intent = charge?.payment_intent;
  return typeof intent === "object" && intent !== null ? recordOf(intent, charge ?? null) : undefined;
}

function recordOf(intent: Stripe.PaymentIntent, charge: string | Stripe.Charge | null): ProviderRecord {
  const taken = typeof charge === "object" ? charge : null;
  const amountOf = (amount: number) => fromStripeAmount(amount, intent.currency).minorUnits;
  const captured = amountOf(taken?.amount_captured ?? 0);
  return {
    reference: intent.id,
    paymentId: intent.metadata["payment_id"] ?? "",
    amount: fromStripeAmount(intent.amount, intent.currency),
    isPromise: intent.status === "requires_capture",
    captured,
    // What was let go of a promise is told as refunded too, though nothing had been taken.
    refunded: captured === 0n ? 0n : amountOf(taken?.amount_refunded ?? 0),
  };
}
