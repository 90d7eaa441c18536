import {
  createPrivateKey,
  createSign,
  createVerify,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from "node:crypto";
import { crc32 } from "node:zlib";
import type { Database } from "../database.ts";
import { html, type Route } from "../http.ts";
import { selfSigned } from "./certificate.ts";
import { textAt } from "./fields.ts";
import { timeOf } from "./views.ts";

const certificatePath = "/v1/notifications/certs/CERT-sandbox";
const yearMs = 365 * 24 * 3_600_000;

type Signer = { readonly key: KeyObject; readonly certificate: string };

/** The key by which webhooks are signed, with its certificate; made when first needed, and kept. */
function signerOf(database: Database): Signer {
  const kept = database.first<{ readonly value: string }>("SELECT value FROM settings WHERE name = 'paypal_signer'");
  if (kept) {
    const { key, certificate } = JSON.parse(kept.value) as { readonly key: string; readonly certificate: string };
    return { key: createPrivateKey(key), certificate };
  }
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const nowMs = Date.now();
  const certificate = selfSigned({
    privateKey,
    publicKey,
    name: "messageverificationcerts.paypal.test",
    fromMs: nowMs - 60_000,
    toMs: nowMs + 20 * yearMs,
  });
  const value = JSON.stringify({ key: privateKey.export({ type: "pkcs8", format: "pem" }), certificate });
  database.run("INSERT INTO settings (name, value) VALUES ('paypal_signer', ?)", value);
  return { key: privateKey, certificate };
}

/** What PayPal signs of a message. */
function signedText(
  webhookId: string,
  { id, time, body }: { readonly id: string; readonly time: string; readonly body: string },
): string {
  return `${id}|${time}|${webhookId}|${crc32(body)}`;
}

/** The headers of one transmission; `base` is where its certificate is fetched from. */
export function payPalSignature(
  database: Database,
  { webhookId, base, nowMs }: { readonly webhookId: string; readonly base: string; readonly nowMs: number },
  body: string,
): Readonly<Record<string, string>> {
  const { key } = signerOf(database);
  const [id, time] = [randomUUID(), timeOf(nowMs)];
  const signature = createSign("SHA256").update(signedText(webhookId, { id, time, body })).sign(key, "base64");
  return {
    "paypal-transmission-id": id,
    "paypal-transmission-time": time,
    "paypal-auth-algo": "SHA256withRSA",
    "paypal-cert-url": `${base}${certificatePath}`,
    "paypal-transmission-sig": signature,
  };
}

/** Whether a message, as verify-webhook-signature is told of it, was signed here. It compares the event as PayPal would write it. */
export function isSignedByUs(database: Database, webhookId: string, body: unknown): boolean {
  const { certificate } = signerOf(database);
  const event = JSON.stringify((body as { readonly webhook_event?: unknown }).webhook_event ?? null);
  const text = signedText(webhookId, {
    id: textAt(body, "transmission_id"),
    time: textAt(body, "transmission_time"),
    body: event,
  });
  const isOurs = textAt(body, "webhook_id") === webhookId && textAt(body, "cert_url").endsWith(certificatePath);
  return isOurs && createVerify("SHA256").update(text).verify(certificate, textAt(body, "transmission_sig"), "base64");
}

/** Where the certificate is fetched. */
export function certificateRoute(database: Database): Route {
  return {
    method: "GET",
    path: certificatePath,
    answer: () => ({ ...html(signerOf(database).certificate), headers: { "content-type": "application/x-pem-file" } }),
  };
}
