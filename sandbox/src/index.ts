import { adminRoutes } from "./admin.ts";
import { startAgenda } from "./agenda.ts";
import { type CarrierClients, carrierAnnouncements, carrierRoutes } from "./carriers.ts";
import { createClock, type Clock } from "./clock.ts";
import { openDatabase, type Database } from "./database.ts";
import { createFaults } from "./faults.ts";
import { json, serveHttp, type Route } from "./http.ts";
import { createLedger } from "./ledger.ts";
import { mailEventRoutes } from "./mail/events.ts";
import { createMailbox, type Mailbox } from "./mail/mailbox.ts";
import { mailboxRoutes } from "./mail/routes.ts";
import { serveSmtp } from "./mail/smtp.ts";
import { openPayPal, type PayPalIdentity, payPalStandard } from "./paypal/open.ts";
import { payPalSignature } from "./paypal/signing.ts";
import { createSmsStore } from "./sms/messages.ts";
import { smsRoutes } from "./sms/routes.ts";
import { type Twilio, twilioRoutes } from "./sms/twilio.ts";
import { stripeRoutes, unknownStripePath } from "./stripe/api.ts";
import { disputeRoutes } from "./stripe/disputes.ts";
import { stripeEndpoints } from "./stripe/endpoints.ts";
import { expiryOfAuthorizations } from "./stripe/settle.ts";
import { setupRoutes } from "./stripe/setups.ts";
import { createObjectStore } from "./stripe/store.ts";
import { threeDSecureRoutes } from "./stripe/three-d-secure.ts";
import type { StripeWorld } from "./stripe/world.ts";
import { fedexSignature, stripeSignature, twilioSignature, upsHeaders } from "./webhook-post.ts";
import { startWebhooks, type WebhookEndpoints } from "./webhooks.ts";

export { createClock, type Clock } from "./clock.ts";
export { payPalStandard } from "./paypal/open.ts";

export type SandboxOptions = CarrierClients & {
  /** Default 0, which takes a free port; the same for the other one. */
  readonly httpPort?: number;
  readonly smtpPort?: number;
  /** Where the state is kept; default: in memory. */
  readonly dataFolder?: string | undefined;
  /** Base of the webhook addresses; without it all webhooks are withheld. */
  readonly gatewayUrl?: string | undefined;
  /** Where a payer's browser finds the sandbox, when that is not where the shop finds it. */
  readonly publicUrl?: string | undefined;
  /** Where the shop finds the sandbox; default: 127.0.0.1. */
  readonly ownUrl?: string | undefined;
  readonly stripeSecretKey: string;
  readonly stripeWebhookSecret: string;
  /** Default: a sandbox's own, as main.ts tells them. */
  readonly payPal?: PayPalIdentity;
  readonly fedexWebhookSecret: string;
  readonly twilioAccountSid?: string;
  /** Also what signs Twilio's webhooks. */
  readonly twilioAuthToken?: string;
  /** The address that Twilio's webhooks are signed for, as the shop knows it; default: the one that they are posted to. */
  readonly twilioWebhookUrl?: string | undefined;
  /** What signs the mail provider's webhooks. */
  readonly mailWebhookSecret?: string;
  /** Default: a clock of its own, at real time until `POST /sandbox/clock`. */
  readonly clock?: Clock;
  /** The address to listen on; default 127.0.0.1. */
  readonly host?: string;
};

export type Sandbox = {
  readonly httpPort: number;
  readonly smtpPort: number;
  readonly stop: () => Promise<void>;
};

/** Starts the outside world: Stripe, PayPal, FedEx, UPS, a mail server. `stop` is quick and loses nothing that was answered. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host = "127.0.0.1", clock = createClock() } = options;
  let { httpPort } = options;
  const ownUrl = () => options.ownUrl ?? `http://127.0.0.1:${httpPort}`;
  const database = openDatabase(options.dataFolder);
  restoreOffset(database, clock);
  const faults = createFaults(database);
  const webhooks = startWebhooks(database, faults, endpointsOf(options, { clock, database, ownUrl }));
  const ledger = createLedger(database, clock.now);
  const world: StripeWorld = {
    database,
    store: createObjectStore(database),
    ledger,
    clock,
    webhooks,
    publicUrl: options.publicUrl?.replace(/\/$/, ""),
  };
  const payPal = openPayPal(world, faults, options.payPal);
  const mailbox = createMailbox(database, clock.now);
  const agenda = startAgenda(clock, [
    expiryOfAuthorizations(world),
    payPal.work,
    ...carrierAnnouncements(database, webhooks),
  ]);
  const routes: readonly Route[] = [
    ...stripeRoutes({ world, faults, secretKey: options.stripeSecretKey }, stripeEndpoints),
    ...threeDSecureRoutes(world),
    ...setupRoutes(world),
    ...disputeRoutes(world),
    ...payPal.routes,
    ...carrierRoutes({ database, clock, faults, wake: agenda.wake }, options),
    ...mailboxRoutes(mailbox),
    ...messageRoutes({ options, database, clock, faults, webhooks, mailbox }),
    ...adminRoutes({
      ledger,
      faults,
      webhooks,
      clock,
      keepOffsetMs: (offsetMs) => keepOffset(database, offsetMs),
    }),
  ];
  const http = await serveHttp({ host, port: options.httpPort ?? 0 }, routes, (request) =>
    request.path.startsWith("/v1/") ? unknownStripePath(request) : json(404, { error: "nothing here; see /" }),
  );
  httpPort = http.port;
  const smtp = await serveSmtp({ host, port: options.smtpPort ?? 0 }, mailbox, faults);
  return {
    httpPort: http.port,
    smtpPort: smtp.port,
    async stop() {
      webhooks.stop();
      agenda.stop();
      await Promise.all([http.stop(), smtp.stop()]);
      database.close();
    },
  };
}

function endpointsOf(
  options: SandboxOptions,
  { clock, database, ownUrl }: { readonly clock: Clock; readonly database: Database; readonly ownUrl: () => string },
): WebhookEndpoints {
  const base = options.gatewayUrl?.replace(/\/$/, "");
  if (base === undefined) {
    return {
      stripe: undefined,
      paypal: undefined,
      fedex: undefined,
      ups: undefined,
      twilio: undefined,
      mail: undefined,
    };
  }
  const { webhookId } = options.payPal ?? payPalStandard;
  const { authToken, twilioWebhookUrl } = messagingOf(options);
  const twilioUrl = `${base}/webhooks/twilio`;
  return {
    stripe: {
      url: `${base}/webhooks/stripe`,
      signature: (body) => stripeSignature(options.stripeWebhookSecret, body, Math.floor(clock.now() / 1000)),
    },
    paypal: {
      url: `${base}/webhooks/paypal`,
      signature: (body) => payPalSignature(database, { webhookId, base: ownUrl(), nowMs: clock.now() }, body),
    },
    fedex: {
      url: `${base}/webhooks/fedex`,
      signature: (body) => fedexSignature(options.fedexWebhookSecret, body),
    },
    // UPS posts to the address of the subscription; here to this gateway's, which is the same one seen from another machine.
    ups: {
      url: `${base}/webhooks/ups`,
      signature: (_body, credential = "") => upsHeaders(credential),
    },
    twilio: {
      url: twilioUrl,
      signature: (body) => twilioSignature(authToken, twilioWebhookUrl ?? twilioUrl, body),
    },
    // What proves this one is in its body.
    mail: { url: `${base}/webhooks/mail`, signature: () => ({}) },
  };
}

/** What comes back of mails, and the telephones. */
function messageRoutes({
  options,
  database,
  clock,
  mailbox,
  ...around
}: Pick<Twilio, "faults" | "webhooks"> & {
  readonly options: SandboxOptions;
  readonly database: Database;
  readonly clock: Clock;
  readonly mailbox: Mailbox;
}): readonly Route[] {
  const { accountSid, authToken, mailSecret } = messagingOf(options);
  const twilio = { ...around, store: createSmsStore(database, clock.now), accountSid, authToken };
  return [...mailEventRoutes(mailbox, around.webhooks, mailSecret), ...twilioRoutes(twilio), ...smsRoutes(twilio)];
}

function messagingOf(options: SandboxOptions) {
  return {
    accountSid: options.twilioAccountSid ?? "ACshopmeshsandbox",
    authToken: options.twilioAuthToken ?? "shopmesh_sandbox_twilio_token",
    mailSecret: options.mailWebhookSecret ?? "shopmesh_sandbox_mail_webhook",
    twilioWebhookUrl: options.twilioWebhookUrl,
  };
}

const offsetSetting = "clock_offset_ms";

/** An offset set by hand outlives the process; one that comes from NATS comes again. */
function restoreOffset(database: Database, clock: Clock): void {
  if (clock.source === "nats") return;
  const row = database.first<{ readonly value: string }>("SELECT value FROM settings WHERE name = ?", offsetSetting);
  if (row) clock.setOffsetMs(Number(row.value));
}

function keepOffset(database: Database, offsetMs: number): void {
  database.run(
    "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    offsetSetting,
    String(offsetMs),
  );
}
