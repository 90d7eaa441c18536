import { NotificationAdminService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { defineService, implement, text, url } from "@shopmesh/mesh";
import { notificationConsumers, notificationWorkers } from "./consumers.ts";
import { createMailer } from "./effects/mailer.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { Deliveries1760000000000 } from "./migrations/0001-deliveries.ts";
import { DeliveryOrderTable, DeliveryTable } from "./schema.ts";

/** What people should hear of, by e-mail. */
export const notification = defineService({
  name: "notification",
  contracts: [NotificationAdminService],
  calls: [OrderService],
  database: { tables: [DeliveryTable, DeliveryOrderTable], migrations: [Deliveries1760000000000] },
  config: {
    smtpUrl: url("SMTP_URL", ["smtp:", "smtps:"]),
    mailFrom: text("MAIL_FROM", "Shopmesh <orders@shopmesh.example>"),
    publicUrl: url("PUBLIC_URL", ["http:", "https:"]),
  },
  start(context) {
    const { config } = context;
    const mailer = createMailer({ smtpUrl: config.smtpUrl, from: config.mailFrom });
    const publicUrl = config.publicUrl.replace(/\/+$/, "");
    return {
      implementations: [implement(NotificationAdminService, adminHandlers(context))],
      consumers: notificationConsumers(context),
      workers: notificationWorkers({ ...context, mailer, publicUrl, orders: context.client(OrderService) }),
      effects: [mailer],
    };
  },
});
