import { createHmac, timingSafeEqual } from "node:crypto";
import { DomainError } from "@shopmesh/kernel";

/** What the mail provider tells of one mail. */
export type MailEvent = {
  readonly id: string;
  readonly kind: "bounce" | "complaint" | "other";
  readonly recipient: string;
  /** The mail's Message-ID; empty where it is not told. */
  readonly messageId: string;
};

const MAX_AGE_MS = 10 * 60_000;

/**
 * Reads what the mail provider posts, in Mailgun's shape: `{ signature: { timestamp, token, signature }, "event-data": … }`,
 * signed by HMAC-SHA256 over timestamp and token. Throws SIGNATURE_INVALID, EVENT_TOO_OLD (by real time), EVENT_MALFORMED.
 */
export function readMailEvent(
  secret: string,
  { body, realMs }: { readonly body: Uint8Array; readonly realMs: number },
): MailEvent {
  const { signature, "event-data": told } = parse(body);
  const { timestamp = "", token = "", signature: given = "" } = signature ?? {};
  const expected = createHmac("sha256", secret).update(`${timestamp}${token}`).digest();
  const actual = Buffer.from(String(given), "hex");
  if (token === "" || actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw new DomainError("denied", "SIGNATURE_INVALID");
  }
  if (Math.abs(realMs - Number(timestamp) * 1_000) > MAX_AGE_MS) {
    throw new DomainError("denied", "EVENT_TOO_OLD", { max_age_ms: String(MAX_AGE_MS) });
  }
  const { id, event, severity, recipient, message } = told ?? {};
  if (typeof id !== "string" || !/^[\x21-\x7e]{1,100}$/.test(id)) throw malformed("event-data.id");
  if (typeof recipient !== "string" || recipient === "") throw malformed("event-data.recipient");
  const named = message?.headers?.["message-id"];
  return {
    id: `mail/${id}`,
    kind: event === "complained" ? "complaint" : event === "failed" && severity === "permanent" ? "bounce" : "other",
    recipient,
    messageId: typeof named === "string" && named !== "" ? `<${named.replace(/^<|>$/g, "")}>` : "",
  };
}

type Told = {
  readonly signature?: { readonly timestamp?: unknown; readonly token?: unknown; readonly signature?: unknown };
  readonly "event-data"?: {
    readonly id?: unknown;
    readonly event?: unknown;
    readonly severity?: unknown;
    readonly recipient?: unknown;
    readonly message?: { readonly headers?: Readonly<Record<string, unknown>> };
  };
};

function parse(body: Uint8Array): Told {
  try {
    return (JSON.parse(Buffer.from(body).toString("utf8")) ?? {}) as Told;
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed("body");
    throw error;
  }
}

function malformed(field: string): DomainError {
  return new DomainError("invalid", "EVENT_MALFORMED", { field });
}
