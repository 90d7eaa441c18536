import { PaymentAdminService, PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { defineService, implement, integer, text, url, worker } from "@shopmesh/mesh";
import type { Desk } from "./effects/change.ts";
import { resolveDue } from "./effects/due.ts";
import { createGiftCodes } from "./effects/gift-codes.ts";
import { createProviderOf } from "./effects/providers.ts";
import { createStripeClient } from "./effects/stripe/client.ts";
import { createStripeProvider } from "./effects/stripe/provider.ts";
import { readStripeMessage } from "./effects/stripe/webhook.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { paymentHandlers } from "./handlers/payments.ts";
import { Payments1760000000000 } from "./migrations/0001-payments.ts";
import { Tenders1763700000000 } from "./migrations/0002-tenders.ts";
import { SavedMethods1763710000000 } from "./migrations/0003-saved-methods.ts";
import {
  GiftCardEntryTable,
  GiftCardTable,
  LedgerTable,
  PaymentTable,
  ProviderCustomerTable,
  SavedMethodTable,
  ProviderEventTable,
  TransferTable,
} from "./schema.ts";
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
      ProviderEventTable,
      GiftCardTable,
      GiftCardEntryTable,
      SavedMethodTable,
      ProviderCustomerTable,
    ],
    migrations: [Payments1760000000000, Tenders1763700000000, SavedMethods1763710000000],
  },
  config: {
    stripeUrl: url("STRIPE_URL", ["http:", "https:"], "https://api.stripe.com"),
    stripeSecretKey: text("STRIPE_SECRET_KEY"),
    stripeWebhookSecret: text("STRIPE_WEBHOOK_SECRET"),
    stripeTimeoutMs: integer("STRIPE_TIMEOUT_MS", { min: 100, max: 60_000 }, 4_000),
    publicUrl: url("PUBLIC_URL", ["http:", "https:"], "http://localhost:8080"),
  },
  schedules: [{ name: "resolve-payments", cron: "* * * * *" }],
  start(context) {
    const { clock, config, newId, log, sql } = context;
    const stripe = createStripeClient({ url: config.stripeUrl, secretKey: config.stripeSecretKey });
    const desk: Desk = {
      providerOf: createProviderOf([createStripeProvider(stripe, log)]),
      clock,
      realTime: Date.now,
      newId,
      timeoutMs: config.stripeTimeoutMs,
    };
    const codes = createGiftCodes(context.deriveSecret("gift-card-codes"));
    const { stripeWebhookSecret: webhookSecret, publicUrl } = config;
    return {
      implementations: [
        implement(
          PaymentService,
          paymentHandlers({
            desk,
            publicUrl,
            codes,
            readStripeMessage: async (message) => readStripeMessage(stripe, webhookSecret, message),
          }),
        ),
        implement(PaymentAdminService, adminHandlers({ codes, clock, newId })),
      ],
      owners: { payment: findPaymentOwner, saved_method: findMethodOwner },
      workers: [
        worker(RunDueSchema, (_task, _meta, { deadlineMs }) =>
          resolveDue(desk, { sql, transaction: context.transaction, deadlineMs }, log),
        ),
      ],
    };
  },
});
