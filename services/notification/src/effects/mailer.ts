import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Effect } from "@shopmesh/mesh";
import { createTransport } from "nodemailer";
import type { Failure } from "../delivery.ts";
import type { Mail } from "../mail.ts";

/** A mail with its way. */
export type Letter = Mail & {
  readonly to: { readonly name: string; readonly address: string };
  /** The same for every try of a delivery: who gets it twice sees that it is one. */
  readonly messageId: string;
  /** What it is about, for traces. */
  readonly attributes: Readonly<Record<string, string>>;
};

/** Hands mails to the next server. */
export type Mailer = Effect & {
  /** Resolves once the server has taken it; undefined then, else why not. Never throws. */
  send(letter: Letter): Promise<Failure | undefined>;
  /** "<id@domain>" with the sender's domain. */
  messageIdOf(id: string): string;
};

export type MailerOptions = {
  /** "smtp://user:password@host:port". */
  readonly smtpUrl: string;
  /** "Name <address>". */
  readonly from: string;
};

const CONNECT_MS = 10_000;
const ANSWER_MS = 20_000;
const MAX_CONNECTIONS = 3;

const tracer = trace.getTracer("notification");

/** A few connections that are kept; none before the first mail. */
export function createMailer({ smtpUrl, from }: MailerOptions): Mailer {
  const timeouts = { connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, socketTimeout: ANSWER_MS };
  const transport = createTransport({ url: smtpUrl, pool: true, maxConnections: MAX_CONNECTIONS, ...timeouts });
  const domain = /@([^\s>]+)/.exec(from)?.[1] ?? "localhost";

  return {
    name: "mailer",
    messageIdOf: (id) => `<${id}@${domain}>`,
    send: ({ attributes, ...letter }) =>
      tracer.startActiveSpan(
        "send mail",
        { kind: SpanKind.CLIENT, attributes: { "service.peer": "smtp", ...attributes } },
        async (span) => {
          try {
            await transport.sendMail({
              ...letter,
              from,
              to: [letter.to],
              envelope: { from: addressIn(from), to: [letter.to.address] },
            });
            return undefined;
          } catch (error) {
            const failure = failureOf(error);
            span.setStatus({ code: SpanStatusCode.ERROR, message: failure.reason });
            return failure;
          } finally {
            span.end();
          }
        },
      ),
    start: () => Promise.resolve(),
    async stop() {
      transport.close();
    },
  };
}

function addressIn(from: string): string {
  return /<([^>]+)>/.exec(from)?.[1] ?? from.trim();
}

/** What a failed handing over means. 5xx is the server's last word, 4xx asks for another try, without a word nobody knows. */
export function failureOf(error: unknown): Failure {
  const { responseCode, code } = error as { readonly responseCode?: unknown; readonly code?: unknown };
  if (code === "EAUTH") return { reason: "MAIL_SERVER_LOGIN_REFUSED", isFinal: false };
  if (typeof responseCode === "number" && responseCode >= 500) {
    return { reason: mailboxCodes.has(responseCode) ? "MAILBOX_NOT_FOUND" : "MAIL_REFUSED", isFinal: true };
  }
  if (typeof responseCode === "number" && responseCode >= 400) return { reason: "MAIL_DEFERRED", isFinal: false };
  if (code === "EENVELOPE") return { reason: "RECIPIENT_INVALID", isFinal: true };
  return { reason: "MAIL_SERVER_UNREACHABLE", isFinal: false };
}

/** RFC 5321: no such mailbox, not local, name not allowed. */
const mailboxCodes: ReadonlySet<number> = new Set([550, 551, 553]);
