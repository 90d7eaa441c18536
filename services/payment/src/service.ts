import { PaymentAdminService, PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { defineService, implement, integer, type Log, text, url, worker } from "@shopmesh/mesh";
import { audit, observeDiscrepancies, observeImbalance } from "./effects/audit.ts";
import type { Desk, Ground } from "./effects/change.ts";
import { resolveDue } from "./effects/due.ts";
import { createGiftCodes } from "./effects/gift-codes.ts";
import { resolveMethods } from "./effects/methods.ts";
import { createProviderOf } from "./effects/providers.ts";
import { reconcileAll } from "./effects/reconcile.ts";
import { createPayPalClient } from "./effects/paypal/client.ts";
import { createPayPalProvider } from "./effects/paypal/provider.ts";
import { createReadPayPalMessage } from "./effects/paypal/webhook.ts";
import { createStripeClient } from "./effects/stripe/client.ts";
import { createStripeProvider } from "./effects/stripe/provider.ts";
import { readStripeMessage } from "./effects/stripe/webhook.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { paymentHandlers } from "./handlers/payments.ts";
import { Payments1760000000000 } from "./migrations/0001-payments.ts";
import { Tenders1763700000000 } from "./migrations/0002-tenders.ts";
import { SavedMethods1763710000000 } from "./migrations/0003-saved-methods.ts";
import { Disputes1763720000000 } from "./migrations/0004-disputes.ts";
import { PayPal1763730000000 } from "./migrations/0005-paypal.ts";
import { UndecidedMethods1795600000000 } from "./migrations/0006-undecided-methods.ts";
import { Taxes1795700000000 } from "./migrations/0007-taxes.ts";
import { PlatformShares1795900000000 } from "./migrations/0008-platform-shares.ts";
import { GroupLedger1795910000000 } from "./migrations/0009-group-ledger.ts";
import { DiscrepancyTable, DisputeTable, ReconciliationTable } from "./schema/disputes.ts";
import { LedgerAuditTable } from "./schema/ledger-audit.ts";
import { GiftCardEntryTable, GiftCardTable } from "./schema/gift-cards.ts";
import { ProviderCustomerTable, SavedMethodTable } from "./schema/methods.ts";
import { LedgerTable, PaymentTable, ProviderEventTable, TransferTable } from "./schema/payments.ts";
import type { Provider } from "./provider.ts";
import { findMethodOwner } from "./store/methods.ts";
import { findPaymentOwner } from "./store/payments.ts";

/** Promises, takes and gives back money at the provider, and keeps the books. */
export const payment = defineService({
  name: "payment",
  contracts: [PaymentService, PaymentAdminService],
  database: {
    tables: [
      PaymentTable,
      TransferTable,
      LedgerTable,
      LedgerAuditTable,
      ProviderEventTable,
      GiftCardTable,
      GiftCardEntryTable,
      SavedMethodTable,
      ProviderCustomerTable,
      DisputeTable,
      DiscrepancyTable,
      ReconciliationTable,
    ],
    migrations: [
      Payments1760000000000,
      Tenders1763700000000,
      SavedMethods1763710000000,
      Disputes1763720000000,
      PayPal1763730000000,
      UndecidedMethods1795600000000,
      Taxes1795700000000,
      PlatformShares1795900000000,
      GroupLedger1795910000000,
    ],
  },
  config: {
    stripeUrl: url("STRIPE_URL", ["http:", "https:"], "https://api.stripe.com"),
    stripeSecretKey: text("STRIPE_SECRET_KEY"),
    stripeWebhookSecret: text("STRIPE_WEBHOOK_SECRET"),
    stripeTimeoutMs: integer("STRIPE_TIMEOUT_MS", { min: 100, max: 60_000 }, 4_000),
    // Nobody pays by PayPal where it is empty.
    paypalClientId: text("PAYPAL_CLIENT_ID", ""),
    paypalUrl: url("PAYPAL_URL", ["http:", "https:"], "https://api-m.paypal.com"),
    paypalClientSecret: text("PAYPAL_CLIENT_SECRET", ""),
    paypalWebhookId: text("PAYPAL_WEBHOOK_ID", ""),
    paypalCertificateUrl: url("PAYPAL_CERTIFICATE_URL", ["http:", "https:"], "https://api.paypal.com"),
    publicUrl: url("PUBLIC_URL", ["http:", "https:"], "http://localhost:8080"),
    currencyCode: text("SHOP_CURRENCY", "EUR"),
  },
  schedules: [
    { name: "resolve-payments", cron: "* * * * *" },
    { name: "reconcile", cron: "*/15 * * * *" },
    { name: "audit-books", cron: "7 * * * *" },
  ],
  start(context) {
    const { clock, config, newId, log, sql } = context;
    const stripe = createStripeClient({ url: config.stripeUrl, secretKey: config.stripeSecretKey });
    const providers = [createStripeProvider(stripe, log), ...payPalOf(context)];
    const desk: Desk = {
      providerOf: createProviderOf(providers),
      clock,
      realTime: Date.now,
      newId,
      timeoutMs: config.stripeTimeoutMs,
    };
    const codes = createGiftCodes(context.deriveSecret("gift-card-codes"));
    const reconcile = (ground: Ground) => reconcileAll(desk, ground, log, providers);
    observeImbalance(sql, config.currencyCode, Date.now);
    observeDiscrepancies(sql, { clock, realTime: Date.now });
    const { stripeWebhookSecret: webhookSecret, publicUrl } = config;
    const readPayPalMessage = createReadPayPalMessage({
      webhookId: config.paypalWebhookId,
      certificateUrl: config.paypalCertificateUrl,
      timeoutMs: desk.timeoutMs,
      realTime: desk.realTime,
    });
    return {
      implementations: [
        implement(
          PaymentService,
          paymentHandlers({
            desk,
            publicUrl,
            codes,
            readPayPalMessage,
            readStripeMessage: async (message) => readStripeMessage(stripe, webhookSecret, message),
          }),
        ),
        implement(PaymentAdminService, adminHandlers({ codes, desk, reconcile })),
      ],
      owners: { payment: findPaymentOwner, saved_method: findMethodOwner },
      workers: [
        worker(RunDueSchema, async ({ purpose }, _meta, { deadlineMs }) => {
          const ground = { sql, transaction: context.transaction, deadlineMs };
          switch (purpose) {
            case "reconcile":
              await resolveMethods(desk, ground);
              return void (await reconcile(ground));
            case "audit-books":
              return void (await audit(sql, log, clock()));
            default:
              return resolveDue(desk, ground, log);
          }
        }),
      ],
    };
  },
});

/** PayPal, where the shop has an account there. */
function payPalOf({ config, log }: PayPalContext): readonly Provider[] {
  const {
    paypalUrl: url,
    paypalClientId: clientId,
    paypalClientSecret: clientSecret,
    stripeTimeoutMs: timeoutMs,
  } = config;
  if (clientId === "") return [];
  return [createPayPalProvider(createPayPalClient({ url, clientId, clientSecret, timeoutMs }), log)];
}

type PayPalContext = {
  readonly log: Log;
  readonly config: {
    readonly paypalUrl: string;
    readonly paypalClientId: string;
    readonly paypalClientSecret: string;
    readonly stripeTimeoutMs: number;
  };
};
