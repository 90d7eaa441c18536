import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Clock } from "@shopmesh/kernel";
import type { Log } from "@shopmesh/mesh";
import type { CarrierAnswer, Objection, Patience } from "../carrier.ts";
import type { CarrierName } from "../rate.ts";

/** How a carrier's REST API is spoken to. */
export type Api = {
  readonly name: CarrierName;
  readonly url: string;
  /** Real epoch ms: tokens live by it. */
  readonly realTime: Clock;
  readonly log: Log;
  /** How a token is asked for, by client credentials. */
  readonly token: {
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly form: Readonly<Record<string, string>>;
  };
  /** The carrier's code for what went wrong, in the body of its answer; empty where there is none. */
  readonly readCode: (body: unknown) => string;
  readonly objectionOf: (code: string) => Objection;
};

/** One question; `name` is what spans, logs and faults call it. */
export type Question = {
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Asking = <T>(
  question: Question,
  patience: Patience,
  read: (body: unknown) => T,
) => Promise<CarrierAnswer<T>>;

type Token = { readonly text: string; readonly expireMs: number };
type Tokens = { readonly take: (patience: Patience) => Promise<string>; readonly forget: () => void };

const tracer = trace.getTracer("shipping");

/** A token is renewed this long before it ends. */
const TOKEN_RESERVE_MS = 60_000;

/**
 * Asks a carrier: 400, 404 and 422 are a refusal for good; a token that ended early is renewed once; all else is no answer. Its token
 * is kept for as long as it lives.
 */
export function createAsking(api: Api): Asking {
  const tokens = createTokens(api);
  const { name: carrier, log } = api;
  return (question, patience, read) => {
    const attributes = { "service.peer": carrier, [`${carrier}.operation`]: question.name };
    return tracer.startActiveSpan(
      `${carrier} ${question.name}`,
      { kind: SpanKind.CLIENT, attributes },
      async (span): Promise<CarrierAnswer<ReturnType<typeof read>>> => {
        try {
          const { status, body } = await exchange(api, tokens, question, patience);
          const code = api.readCode(body);
          const answer = answerOf(api, { status, body, code }, read);
          span.setAttributes({ [`${carrier}.outcome`]: answer.kind, "http.status_code": status });
          if (answer.kind !== "answered")
            log.warn(`${carrier}: ${answer.kind}`, { operation: question.name, status, code });
          return answer;
        } catch (error) {
          // Whatever it was (no connection, no time, no JSON): nobody knows what the carrier did.
          const cause = error instanceof Error ? error.name : "unknown";
          span.setStatus({ code: SpanStatusCode.ERROR, message: cause });
          log.warn(`${carrier}: unanswered`, { operation: question.name, cause });
          return { kind: "unanswered" };
        } finally {
          span.end();
        }
      },
    );
  };
}

type Exchange = { readonly status: number; readonly body: unknown };

function answerOf<T>(
  { objectionOf }: Api,
  { status, body, code }: Exchange & { readonly code: string },
  read: (body: unknown) => T,
): CarrierAnswer<T> {
  if (status >= 200 && status < 300) return { kind: "answered", value: read(body) };
  const isRefusal = [400, 404, 422].includes(status);
  return isRefusal ? { kind: "refused", code, about: objectionOf(code) } : { kind: "unanswered" };
}

async function exchange(api: Api, tokens: Tokens, question: Question, patience: Patience): Promise<Exchange> {
  let response = await send(api, await tokens.take(patience), question, patience);
  if (response.status === 401) {
    tokens.forget();
    response = await send(api, await tokens.take(patience), question, patience);
  }
  return { status: response.status, body: await response.json() };
}

function send({ url }: Api, token: string, question: Question, patience: Patience): Promise<Response> {
  const timeout = AbortSignal.timeout(patience.timeoutMs);
  return fetch(new URL(question.path, url), {
    method: question.method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...question.headers },
    ...(question.body === undefined ? {} : { body: JSON.stringify(question.body) }),
    signal: patience.signal === undefined ? timeout : AbortSignal.any([timeout, patience.signal]),
  });
}

/** Tokens by client credentials: one at a time is asked for, all wait for it. */
function createTokens({ name, url, realTime, token: asked }: Api): Tokens {
  let token: Promise<Token> | undefined;
  async function renew({ timeoutMs }: Patience): Promise<Token> {
    const response = await fetch(new URL(asked.path, url), {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...asked.headers },
      body: new URLSearchParams({ grant_type: "client_credentials", ...asked.form }).toString(),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`${name} gives no token: status ${response.status}`);
    const { access_token: text, expires_in: seconds } = (await response.json()) as {
      readonly access_token: string;
      // UPS writes it as text.
      readonly expires_in: number | string;
    };
    return { text, expireMs: realTime() + Number(seconds) * 1_000 - TOKEN_RESERVE_MS };
  }
  return {
    async take(patience) {
      const present = token;
      const known = await present?.catch(() => undefined);
      if (known !== undefined && known.expireMs > realTime()) return known.text;
      // Ended or refused; whoever waited beside us may have asked already.
      if (token === present) token = renew(patience);
      return (await (token ?? renew(patience))).text;
    },
    forget() {
      token = undefined;
    },
  };
}
