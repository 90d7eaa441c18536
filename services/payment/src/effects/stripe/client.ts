import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Log } from "@shopmesh/mesh";
import Stripe from "stripe";
import type { ProviderAnswer } from "../../provider.ts";
import { failureReason } from "./words.ts";

export type StripeOptions = {
  /** "https://api.stripe.com", or the sandbox's. */
  readonly url: string;
  readonly secretKey: string;
};

const tracer = trace.getTracer("payment");

/** Stripe's own client; it never asks twice by itself: whoever holds the id does, under the same key. */
export function createStripeClient({ url, secretKey }: StripeOptions): Stripe {
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

/** Asks Stripe by its client: what it answered, under a span of its own. */
export type Ask = <T>(name: string, asked: () => Promise<T>) => Promise<ProviderAnswer<T>>;

export function createAsk(log: Log): Ask {
  return (name, asked) => answerOf(log, name, asked);
}

/** Stripe's idempotency key: the same for as long as the same is asked. */
export function keyOf(id: string, deed: string, attempt: number): string {
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
