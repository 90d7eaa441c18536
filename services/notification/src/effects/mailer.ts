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
  /** Where a mail program ends the topic by one click (RFC 8058); undefined for what has to be said. */
  readonly unsubscribeUrl: string | undefined;
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
  /** "smtp://user:password@host:port", the first that takes a mail: the others stand in for it. At least one. */
  readonly smtpUrls: readonly string[];
  /** "Name <address>". */
  readonly from: string;
};

/** Two servers that hang are given up within a try's claim. */
const CONNECT_MS = 5_000;
const ANSWER_MS = 15_000;
const MAX_CONNECTIONS = 3;

const tracer = trace.getTracer("notification");

/** A few connections to each server that are kept; none before the first mail. */
export function createMailer({ smtpUrls, from }: MailerOptions): Mailer {
  const timeouts = { connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, socketTimeout: ANSWER_MS };
  const transports = smtpUrls.map((url) =>
    createTransport({ url, pool: true, maxConnections: MAX_CONNECTIONS, ...timeouts }),
  );
  const domain = /@([^\s>]+)/.exec(from)?.[1] ?? "localhost";

  async function hand(transport: (typeof transports)[number], letter: Letter): Promise<Failure | undefined> {
    const { attributes, unsubscribeUrl, ...mail } = letter;
    return tracer.startActiveSpan(
      "send mail",
      { kind: SpanKind.CLIENT, attributes: { "service.peer": "smtp", ...attributes } },
      async (span) => {
        try {
          await transport.sendMail({
            ...mail,
            from,
            to: [mail.to],
            envelope: { from: addressIn(from), to: [mail.to.address] },
            ...(unsubscribeUrl === undefined ? {} : { headers: oneClick(unsubscribeUrl) }),
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
    );
  }

  return {
    name: "mailer",
    messageIdOf: (id) => `<${id}@${domain}>`,
    async send(letter) {
      let failure: Failure | undefined = { reason: "MAIL_SERVER_UNREACHABLE", isFinal: false };
      for (const transport of transports) {
        failure = await hand(transport, letter);
        // What one server refuses for good another is not asked for.
        if (failure === undefined || failure.isFinal) return failure;
      }
      return failure;
    },
    start: () => Promise.resolve(),
    async stop() {
      for (const transport of transports) transport.close();
    },
  };
}

function oneClick(url: string): Record<string, string> {
  return { "List-Unsubscribe": `<${url}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" };
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
