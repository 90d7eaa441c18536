// Run with `node --max-old-space-size=64 --max-semi-space-size=1`, and with NODE_COMPILE_CACHE set: 75 MB instead of 105,
// for then Node need not load its TypeScript stripper.
import { createClock } from "./clock.ts";
import { payPalStandard, startSandbox } from "./index.ts";

const { env } = process;
const natsUrl = env["NATS_URL"];
const clock = createClock(natsUrl ? "nats" : "local");

const sandbox = await startSandbox({
  httpPort: portOf("SANDBOX_PORT", 9090),
  smtpPort: portOf("SMTP_PORT", 9025),
  dataFolder: env["SANDBOX_DATA"] || undefined,
  gatewayUrl: env["GATEWAY_URL"] || undefined,
  publicUrl: env["SANDBOX_PUBLIC_URL"] || undefined,
  stripeSecretKey: env["STRIPE_SECRET_KEY"] || "sk_test_shopmesh",
  stripeWebhookSecret: env["STRIPE_WEBHOOK_SECRET"] || "whsec_shopmesh_sandbox",
  ownUrl: env["SANDBOX_URL"] || undefined,
  payPal: {
    clientId: env["PAYPAL_CLIENT_ID"] || payPalStandard.clientId,
    clientSecret: env["PAYPAL_CLIENT_SECRET"] || payPalStandard.clientSecret,
    webhookId: env["PAYPAL_WEBHOOK_ID"] || payPalStandard.webhookId,
  },
  fedexClientId: env["FEDEX_CLIENT_ID"] || "shopmesh_sandbox_client",
  fedexClientSecret: env["FEDEX_CLIENT_SECRET"] || "shopmesh_sandbox_secret",
  fedexWebhookSecret: env["FEDEX_WEBHOOK_SECRET"] || "shopmesh_sandbox_fedex_webhook",
  upsClientId: env["UPS_CLIENT_ID"] || "shopmesh_sandbox_ups",
  upsClientSecret: env["UPS_CLIENT_SECRET"] || "shopmesh_sandbox_ups_secret",
  twilioAccountSid: env["TWILIO_ACCOUNT_SID"] || "ACshopmeshsandbox",
  twilioAuthToken: env["TWILIO_AUTH_TOKEN"] || "shopmesh_sandbox_twilio_token",
  mailWebhookSecret: env["MAIL_WEBHOOK_SECRET"] || "shopmesh_sandbox_mail_webhook",
  twilioWebhookUrl: env["TWILIO_WEBHOOK_URL"] || undefined,
  clock,
  host: env["SANDBOX_HOST"] || "127.0.0.1",
});
// The client of NATS is loaded only where there is a NATS.
const follower = natsUrl ? (await import("./nats-clock.ts")).followNatsClock(clock, natsUrl) : undefined;

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());
console.log(`sandbox: ready, http ${sandbox.httpPort}, smtp ${sandbox.smtpPort}`);

async function stop(): Promise<void> {
  await follower?.stop();
  await sandbox.stop();
  process.exit(0);
}

function portOf(name: string, fallback: number): number {
  const text = env[name] || String(fallback);
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${name} is not a port: ${text}`);
  return port;
}
