import { createVerify, X509Certificate } from "node:crypto";
import { crc32 } from "node:zlib";
import { BoundedMap, type Clock, DomainError } from "@shopmesh/kernel";
import type { ProviderMessage, RawMessage, ReadMessage } from "../../provider.ts";

export type PayPalWebhookOptions = {
  /** PayPal's name of our webhook: a part of what it signs. */
  readonly webhookId: string;
  /** The only host whose certificates are believed: "https://api.paypal.com". */
  readonly certificateUrl: string;
  readonly timeoutMs: number;
  /** Real epoch ms, as certificates count. */
  readonly realTime: Clock;
};

/** PayPal sends what nobody took in again for three days; what is older is a replay. Younger ones are known by their ids. */
const MAX_AGE_MS = 3 * 24 * 3_600_000 + 15 * 60_000;
const MAX_AHEAD_MS = 5 * 60_000;
const MOST_CERTIFICATES = 8;

/**
 * Reads messages of PayPal's. Throws WEBHOOK_SIGNATURE_INVALID, WEBHOOK_TOO_OLD (by the mesh's clock, backwards and forwards),
 * WEBHOOK_MALFORMED, PROVIDER_UNAVAILABLE where its certificate cannot be fetched: then the message must come again.
 */
export function createReadPayPalMessage(options: PayPalWebhookOptions): ReadMessage {
  const certificates = new BoundedMap<string, X509Certificate>(MOST_CERTIFICATES);
  async function certificateAt(url: string): Promise<X509Certificate> {
    const known = certificates.get(url);
    if (known !== undefined) return known;
    const fetched = await fetchCertificate(url, options.timeoutMs);
    certificates.set(url, fetched);
    return fetched;
  }
  return async (message) => {
    const { headers, nowMs } = message;
    const certificateUrl = headers["paypal-cert-url"] ?? "";
    if (headers["paypal-auth-algo"] !== "SHA256withRSA" || !isPayPals(certificateUrl, options.certificateUrl)) {
      throw unsigned();
    }
    const sentMs = Date.parse(headers["paypal-transmission-time"] ?? "");
    if (!(sentMs >= nowMs - MAX_AGE_MS && sentMs <= nowMs + MAX_AHEAD_MS)) {
      throw new DomainError("denied", "WEBHOOK_TOO_OLD", { max_age_ms: String(MAX_AGE_MS) });
    }
    verify(message, options, await certificateAt(certificateUrl));
    return readEvent(message);
  };
}

/** Whether a certificate lies where PayPal keeps them; by anybody else's anybody could sign. */
function isPayPals(url: string, certificateUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, pathname, search, username } = new URL(url);
  const isPlain = search === "" && username === "";
  return isPlain && origin === new URL(certificateUrl).origin && /^\/v1\/notifications\/certs\/[\w-]+$/.test(pathname);
}

async function fetchCertificate(url: string, timeoutMs: number): Promise<X509Certificate> {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(timeoutMs) }).catch(
    (cause: unknown) => {
      throw new DomainError("unavailable", "PROVIDER_UNAVAILABLE", {}, { cause });
    },
  );
  if (response.status === 404) throw unsigned();
  if (!response.ok) throw new DomainError("unavailable", "PROVIDER_UNAVAILABLE", { status: String(response.status) });
  try {
    return new X509Certificate(await response.text());
  } catch (cause) {
    throw unsigned(cause);
  }
}

/** PayPal signs the message's id, time, webhook and the CRC-32 of its body in decimal. */
function verify(
  { body, headers }: RawMessage,
  { webhookId, realTime }: PayPalWebhookOptions,
  certificate: X509Certificate,
): void {
  const id = headers["paypal-transmission-id"] ?? "";
  const time = headers["paypal-transmission-time"] ?? "";
  const signature = headers["paypal-transmission-sig"] ?? "";
  const nowMs = realTime();
  const isValid = Date.parse(certificate.validFrom) <= nowMs && nowMs <= Date.parse(certificate.validTo);
  const signed = createVerify("SHA256").update(`${id}|${time}|${webhookId}|${crc32(body)}`);
  if (!isValid || !signed.verify(certificate.publicKey, signature, "base64")) throw unsigned();
}

function unsigned(cause?: unknown): DomainError {
  return new DomainError("denied", "WEBHOOK_SIGNATURE_INVALID", {}, { cause });
}

type Event = {
  readonly id?: unknown;
  readonly event_type?: unknown;
  readonly create_time?: unknown;
  readonly resource?: {
    readonly id?: string;
    readonly custom_id?: string;
    readonly dispute_id?: string;
    readonly purchase_units?: readonly { readonly custom_id?: string }[];
    readonly disputed_transactions?: readonly { readonly custom?: string }[];
    readonly supplementary_data?: { readonly related_ids?: { readonly order_id?: string } };
  } | null;
};

const outcomes: Readonly<Record<string, ProviderMessage["tells"]>> = {
  "PAYMENT.AUTHORIZATION.CREATED": "promised",
  "PAYMENT.AUTHORIZATION.VOIDED": "ended",
};

function tellsOf(type: string): ProviderMessage["tells"] {
  if (type.startsWith("CUSTOMER.DISPUTE.")) return "dispute";
  if (type.startsWith("CHECKOUT.")) return "outcome";
  return outcomes[type] ?? (/^PAYMENT[.](?:CAPTURE|REFUND)[.]/.test(type) ? "movement" : "other");
}

function readEvent({ body }: RawMessage): ProviderMessage {
  const { id, event_type: type, create_time: time, resource } = parse(body);
  const happenMs = typeof time === "string" ? Date.parse(time) : Number.NaN;
  // A signature says who sent it, not that it is what its type says.
  if (typeof id !== "string" || id === "" || typeof type !== "string" || !resource || Number.isNaN(happenMs)) {
    throw new DomainError("invalid", "WEBHOOK_MALFORMED", { expected: "id, event_type, create_time, resource" });
  }
  const isOrder = type.startsWith("CHECKOUT.ORDER.");
  const paymentId =
    resource.custom_id ?? resource.purchase_units?.[0]?.custom_id ?? resource.disputed_transactions?.[0]?.custom ?? "";
  return {
    id,
    type,
    tells: tellsOf(type),
    reference: (isOrder ? resource.id : resource.supplementary_data?.related_ids?.order_id) ?? "",
    paymentId,
    disputeReference: resource.dispute_id ?? "",
    happenMs,
  };
}

function parse(body: Uint8Array): Event {
  try {
    const event: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof event === "object" && event !== null ? event : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
