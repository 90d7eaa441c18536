import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Log } from "@shopmesh/mesh";
import Stripe from "stripe";
import type {
  AuthorizationOrder,
  CaptureOrder,
  Provider,
  ProviderAnswer,
  ProviderMovement,
  TransferOrder,
} from "../../provider.ts";
import { toStripeAmount } from "./units.ts";
import { failureReason, readFee, readIntent } from "./words.ts";

export type StripeOptions = {
  /** "https://api.stripe.com", or the sandbox's. */
  readonly url: string;
  readonly secretKey: string;
  readonly log: Log;
};

const tracer = trace.getTracer("payment");
const withCharge = { expand: ["latest_charge"] };
const withFee = { expand: ["latest_charge.balance_transaction"] };

/** Stripe's own client; it never asks twice by itself: whoever holds the id does, under the same key. */
export function createStripeClient({ url, secretKey }: Omit<StripeOptions, "log">): Stripe {
  const { protocol, hostname, port } = new URL(url);
  const isPlain = protocol === "http:";
  return new Stripe(secretKey, {
    host: hostname,
    port: port === "" ? (isPlain ? 80 : 443) : Number(port),
    protocol: isPlain ? "http" : "https",
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

/** Stripe as a provider. */
export function createStripeProvider(stripe: Stripe, log: Log): Provider {
  const { paymentIntents } = stripe;
  const ask = <T>(name: string, asked: () => Promise<T>) => answerOf(log, name, asked);
  const find: Provider["find"] = (reference, timeout) =>
    ask("find", async () => readIntent(await paymentIntents.retrieve(reference, withCharge, { timeout })));
  return {
    name: "stripe",
    authorize: (order, timeout) =>
      ask("authorize", async () => {
        const idempotencyKey = keyOf(order.paymentId, "authorize", order.attempt);
        const params = authorizationParams(order);
        return readIntent(await paymentIntents.create(params, { idempotencyKey, timeout }));
      }),
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
        const idempotencyKey = `${paymentId}/void`;
        const options = { idempotencyKey, timeout };
        return readIntent(await paymentIntents.cancel(reference, withCharge, options));
      }),
    capture: (order, timeout) => ask("capture", () => capture(stripe, order, timeout)),
    refund: (order, timeout) => ask("refund", () => refund(stripe, order, timeout)),
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

/** Stripe's idempotency key: the same for as long as the same is asked. */
function keyOf(id: string, deed: string, attempt: number): string {
  return attempt === 1 ? `${id}/${deed}` : `${id}/${deed}/${attempt}`;
}

/** What Stripe answered. An error that tells what became of the wish is an answer or a refusal; any other tells nothing. */
function answerOf<T>(log: Log, name: string, asked: () => Promise<T>): Promise<ProviderAnswer<T>> {
  const attributes = { "service.peer": "stripe", "stripe.operation": name };
  return tracer.startActiveSpan(
    `stripe ${name}`,
    { kind: SpanKind.CLIENT, attributes },
    async (span): Promise<ProviderAnswer<T>> => {
      try {
        return { kind: "answered", value: await asked() };
      } catch (error) {
        if (!(error instanceof Stripe.errors.StripeError)) throw error;
        const answer = readError(error);
        span.setAttribute("stripe.outcome", answer.kind);
        if (answer.kind === "unanswered") span.setStatus({ code: SpanStatusCode.ERROR });
        // Neither message nor body: they may tell of the card.
        const { type, code = "", statusCode = 0 } = error;
        log.warn(`stripe: ${answer.kind}`, { operation: name, type, code, status: statusCode });
        return answer;
      } finally {
        span.end();
      }
    },
  );
}

function readError(error: InstanceType<typeof Stripe.errors.StripeError>): ProviderAnswer<never> {
  const isKeyTrouble = error.code === "idempotency_key_in_use" || error instanceof Stripe.errors.StripeIdempotencyError;
  if (isKeyTrouble || !isFinalStatus(error.statusCode ?? 0)) return { kind: "unanswered" };
  return { kind: "refused", reason: failureReason(error), reference: error.payment_intent?.id ?? "" };
}

/** 401 and 403 are ours to mend, 409 and 429 pass, 5xx may have done it. */
function isFinalStatus(status: number): boolean {
  return status === 400 || status === 402 || status === 404;
}
