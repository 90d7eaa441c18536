import { createHmac, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AttemptResult } from "./webhook-queue.ts";

const attemptTimeoutMs = 10_000;

/** `Stripe-Signature` as Stripe makes it: HMAC-SHA256 over `<seconds>.<body>`. */
export function stripeSignature(secret: string, body: string, atSeconds: number): Readonly<Record<string, string>> {
  const digest = createHmac("sha256", secret).update(`${atSeconds}.${body}`).digest("hex");
  return { "stripe-signature": `t=${atSeconds},v1=${digest}` };
}

/** `fdx-signature` as FedEx makes it: HMAC-SHA256 over the raw body, in hexadecimal. */
export function fedexSignature(secret: string, body: string): Readonly<Record<string, string>> {
  return { "fdx-signature": createHmac("sha256", secret).update(body).digest("hex") };
}

/** The headers of UPS: the credential that whoever subscribed gave; nothing is signed. */
export function upsHeaders(credential: string): Readonly<Record<string, string>> {
  return { credential, "user-agent": "UPSPubSubTrackingService" };
}

/** `X-Twilio-Signature`: HMAC-SHA1, in base64, over the address and every field, by name. */
export function twilioSignature(authToken: string, url: string, body: string): Readonly<Record<string, string>> {
  const fields = [...new URLSearchParams(body)].sort(([left], [right]) => (left < right ? -1 : 1));
  const digest = createHmac("sha1", authToken)
    .update(url + fields.flat().join(""))
    .digest("base64");
  return { "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": digest };
}

/** The signature that Mailgun puts into the body: HMAC-SHA256 over time and token. */
export function mailSignature(secret: string, atSeconds: number): Readonly<Record<string, string>> {
  const token = randomBytes(25).toString("hex");
  const signature = createHmac("sha256", secret).update(`${atSeconds}${token}`).digest("hex");
  return { timestamp: String(atSeconds), token, signature };
}

/** The headers with a signature that no secret made. */
export function forgedHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, forgedValue(name, value)]));
}

function forgedValue(name: string, value: string): string {
  if (name === "credential") return `not-${value}`;
  if (name === "x-twilio-signature") return Buffer.alloc(20).toString("base64");
  return name === "paypal-transmission-sig"
    ? Buffer.from("forged").toString("base64")
    : value.replace(/[0-9a-f]{64}/, "0".repeat(64));
}

/** Posts the body once and tells the status, or why there was none. */
export async function post(
  url: string,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  stopped: AbortSignal,
): Promise<AttemptResult> {
  return await new Promise<AttemptResult>((resolve) => {
    const open = url.startsWith("https:") ? httpsRequest : httpRequest;
    const outgoing = open(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        ...headers,
      },
      signal: AbortSignal.any([stopped, AbortSignal.timeout(attemptTimeoutMs)]),
    });
    outgoing.on("response", (response) => {
      response.on("error", (error) => resolve({ status: null, error: error.message }));
      response.on("end", () => resolve({ status: response.statusCode ?? null, error: null }));
      response.resume();
    });
    outgoing.on("error", (error) => resolve({ status: null, error: error.message }));
    outgoing.end(body);
  });
}
