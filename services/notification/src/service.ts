import { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import {
  NotificationAdminService,
  NotificationService,
} from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { defineService, implement, keep, text, url } from "@shopmesh/mesh";
import { notificationConsumers, notificationWorkers, SWEEP, TELL_SELLERS } from "./consumers/all.ts";
import { createUnsubscribeLinks } from "./effects/addresses.ts";
import { createMailer } from "./effects/mailer.ts";
import { createPhoneCodes } from "./effects/phone-codes.ts";
import { createTexter } from "./effects/texter.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { inboxHandlers } from "./handlers/inbox.ts";
import { phoneHandlers } from "./handlers/phone.ts";
import { webhookHandlers } from "./handlers/webhooks.ts";
import { Deliveries1760000000000 } from "./migrations/0001-deliveries.ts";
import { Channels1795361000000 } from "./migrations/0002-channels.ts";
import { PhoneProof1795600000000 } from "./migrations/0003-phone-proof.ts";
import { SellerOrders1795960000000 } from "./migrations/0004-seller-orders.ts";
import { tables } from "./schema.ts";
import { listWordings } from "./store/wordings.ts";

/** What people should hear of, as they want to hear it. */
export const notification = defineService({
  name: "notification",
  contracts: [NotificationService, NotificationAdminService],
  calls: [OrderService, AuthService, CartService, PaymentService],
  database: {
    tables,
    migrations: [Deliveries1760000000000, Channels1795361000000, PhoneProof1795600000000, SellerOrders1795960000000],
  },
  config: {
    smtpUrl: url("SMTP_URL", ["smtp:", "smtps:"]),
    smtpFallbackUrl: url("SMTP_FALLBACK_URL", ["smtp:", "smtps:"], ""),
    mailFrom: text("MAIL_FROM", "Shopmesh <orders@shopmesh.example>"),
    mailWebhookSecret: text("MAIL_WEBHOOK_SECRET", ""),
    twilioUrl: url("TWILIO_URL", ["http:", "https:"], "https://api.twilio.com"),
    twilioAccountSid: text("TWILIO_ACCOUNT_SID", ""),
    twilioAuthToken: text("TWILIO_AUTH_TOKEN", ""),
    twilioFrom: text("TWILIO_FROM", ""),
    twilioWebhookUrl: url("TWILIO_WEBHOOK_URL", ["http:", "https:"], ""),
    publicUrl: url("PUBLIC_URL", ["http:", "https:"]),
  },
  schedules: [
    { name: SWEEP, cron: "13 4 * * *", overlap: "forbid" },
    { name: TELL_SELLERS, cron: "*/5 * * * *", overlap: "forbid" },
  ],
  start(context) {
    const { config } = context;
    const shopUrl = config.publicUrl.replace(/\/+$/, "");
    const smtpUrls = [config.smtpUrl, config.smtpFallbackUrl].filter((address) => address !== "");
    const mailer = createMailer({ smtpUrls, from: config.mailFrom });
    const links = createUnsubscribeLinks(context.deriveSecret("unsubscribe"));
    const phoneCodes = createPhoneCodes(context.deriveSecret("phone-codes"));
    const { twilioUrl, twilioAccountSid: accountSid, twilioAuthToken: authToken, twilioFrom: from } = config;
    const statusUrl = config.twilioWebhookUrl || `${shopUrl}/webhooks/twilio`;
    const texter =
      accountSid === "" ? undefined : createTexter({ url: twilioUrl, accountSid, authToken, from, statusUrl });
    const twilio = { authToken, url: statusUrl };
    const wordings = keep(() => listWordings(context.sql), context.clock);
    const outside = { links, twilio, mailSecret: config.mailWebhookSecret, realTime: Date.now };
    return {
      implementations: [
        implement(NotificationService, {
          ...inboxHandlers(context),
          ...phoneHandlers({ ...context, phoneCodes, isSmsOffered: texter !== undefined }),
          ...webhookHandlers({ ...context, ...outside }),
        }),
        implement(NotificationAdminService, adminHandlers({ ...context, wordings })),
      ],
      consumers: notificationConsumers(context),
      workers: notificationWorkers({
        ...context,
        wordings,
        mailer,
        texter,
        links,
        phoneCodes,
        shopUrl,
        orders: context.client(OrderService),
        accounts: context.client(AuthService),
        carts: context.client(CartService),
        payments: context.client(PaymentService),
      }),
      effects: [mailer],
    };
  },
});
