import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Log } from "@shopmesh/mesh";
import type { ProviderAnswer } from "../../provider.ts";
import type { PayPalClient, Session } from "./client.ts";
import { failureReason } from "./words.ts";

const tracer = trace.getTracer("payment");

/** What a question is asked with: PayPal's client, and until when. */
export type Question = Session & { readonly until: { readonly abortSignal: AbortSignal } };

/** Asks PayPal: what it answered, under a span of its own. `reference` is the payment that a refusal is of. */
export type Ask = <T>(
  name: string,
  about: { readonly timeoutMs: number; readonly reference?: string },
  asked: (question: Question) => Promise<T | Refusal>,
) => Promise<ProviderAnswer<T>>;

/** What PayPal answers well and that is a refusal all the same, or no answer yet. */
export type Refusal = { readonly said: "refused" | "unanswered"; readonly reason: string };

/** An answer of PayPal's that tells of an error: the client's own, or one of a plain question. */
export type PayPalError = Error & { readonly statusCode: number; readonly result?: unknown };

export function createAsk(client: PayPalClient, log: Log): Ask {
  return (name, { timeoutMs, reference = "" }, asked) =>
    tracer.startActiveSpan(
      `paypal ${name}`,
      { kind: SpanKind.CLIENT, attributes: { "service.peer": "paypal", "paypal.operation": name } },
      async (span) => {
        try {
          const abortSignal = AbortSignal.timeout(timeoutMs);
          const value = await orAborted(askWith(client, abortSignal, asked), abortSignal);
          return readValue(value, reference);
        } catch (error) {
          const failure = failureOf(error);
          if (failure === undefined) throw error;
          if (failure.status === 401) client.forget();
          const answer = answerTo(failure, reference);
          span.setAttribute("paypal.outcome", answer.kind);
          if (answer.kind === "unanswered") span.setStatus({ code: SpanStatusCode.ERROR });
          // Neither message nor body: they may tell of the payer.
          log.warn(`paypal: ${answer.kind}`, { operation: name, issue: failure.issue, status: failure.status });
          return answer;
        } finally {
          span.end();
        }
      },
    );
}

async function askWith<T>(
  client: PayPalClient,
  abortSignal: AbortSignal,
  asked: (question: Question) => Promise<T>,
): Promise<T> {
  const session = await client.session();
  // Nothing is asked that nobody waits for any more.
  abortSignal.throwIfAborted();
  return asked({ ...session, until: { abortSignal } });
}

/** The token's own question knows no signal. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(new DOMException("no answer in time", "TimeoutError"));
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function readValue<T>(value: T | Refusal, reference: string): ProviderAnswer<T> {
  if (!isRefusal(value)) return { kind: "answered", value };
  return value.said === "refused" ? { kind: "refused", reason: value.reason, reference } : { kind: "unanswered" };
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "said" in value;
}

type Failure = { readonly status: number; readonly issue: string };

/** Names of what the client throws where no whole answer came; the last is one that it cannot read. */
const silences = new Set(["AbortError", "TimeoutError", "AxiosError", "ResponseValidationError"]);

/** What went wrong, as far as it is PayPal's: status 0 where it said nothing; undefined for a mistake of ours. */
function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (isPayPalError(error) && !silences.has(error.constructor.name)) {
    return { status: error.statusCode, issue: issueOf(error) };
  }
  const isSilence = silences.has(error.name) || silences.has(error.constructor.name) || "isAxiosError" in error;
  // What fetch throws for a connection that failed.
  const isCut = error instanceof TypeError && error.cause !== undefined;
  return isSilence || isCut ? { status: 0, issue: error.name } : undefined;
}

export function isPayPalError(error: unknown): error is PayPalError {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number";
}

/** PayPal's name of the cause: "INSTRUMENT_DECLINED". */
export function issueOf({ result }: PayPalError): string {
  const { details, name = "" } = (result ?? {}) as {
    readonly name?: string;
    readonly details?: readonly { readonly issue?: string }[];
  };
  return details?.[0]?.issue ?? name;
}

/** 401 and 403 are ours to mend, 409 and 429 pass, 5xx may have done it. */
const finalStatuses = new Set([400, 404, 422]);
/** A key that another request had is trouble of ours, and says nothing of the wish. */
const KEY_TROUBLE = "DUPLICATE_REQUEST_ID";

function answerTo({ status, issue }: Failure, reference: string): ProviderAnswer<never> {
  if (!finalStatuses.has(status) || issue === KEY_TROUBLE) return { kind: "unanswered" };
  return { kind: "refused", reason: failureReason(issue), reference };
}
