import { randomBytes } from "node:crypto";
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { SendDeliverySchema } from "@shopmesh/contracts/shop/notification/v1/notification_tasks_pb.ts";
import type { Order } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { OrderConfirmedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { ListContactsResponseSchema } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { type Cart, CartSchema } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { GetCartResponseSchema } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { BatchGetOrdersResponseSchema } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { MintGiftCardCodeResponseSchema } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { DomainError, uuidv7 } from "@shopmesh/kernel";
import { type Actor, type Call, keep, type Live, type MessageMeta, type Origin } from "@shopmesh/mesh";
import { silentLog, testDatabase } from "@shopmesh/mesh/testing";
import { startSandbox } from "@shopmesh/sandbox";
import type { ExecutionContext } from "ava";
import { notificationConsumers, notificationWorkers } from "../src/consumers/all.ts";
import { createUnsubscribeLinks } from "../src/effects/addresses.ts";
import { createMailer } from "../src/effects/mailer.ts";
import { adminHandlers } from "../src/handlers/admin.ts";
import { createPhoneCodes } from "../src/effects/phone-codes.ts";
import { createTexter } from "../src/effects/texter.ts";
import { inboxHandlers } from "../src/handlers/inbox.ts";
import { phoneHandlers } from "../src/handlers/phone.ts";
import { webhookHandlers } from "../src/handlers/webhooks.ts";
import { notification } from "../src/service.ts";
import { listWordings } from "../src/store/wordings.ts";

import { order } from "./order.ts";

export { order, type OrderOverrides } from "./order.ts";

export const START_MS = Date.UTC(2026, 10, 1);
export const ORDERS = ["0198a000-0000-7000-8000-000000000001", "0198a000-0000-7000-8000-000000000002"] as const;
export const CUSTOMER = "0198a000-0000-7000-8000-00000000000c";
const GROUP = "0198a000-0000-7000-8000-00000000000a";

export const SHOP_URL = "http://shop.test";
export const TWILIO = { accountSid: "ACtest", authToken: "twilio-secret" } as const;
export const MAIL_SECRET = "mail-secret";
export const CODE = "7KQ2-M9XK-4TR6-A0B1";
export const STAFF = ["0198a000-0000-7000-8000-0000000000a1", "0198a000-0000-7000-8000-0000000000a2"];

/** A cart as its service tells it. */
export function cart(fields: MessageInitShape<typeof CartSchema>): Cart {
  return create(CartSchema, fields);
}

export type SandboxSms = { readonly sid: string; readonly to: string; readonly body: string; readonly status: string };

export type SandboxMail = {
  readonly to: readonly { readonly name: string; readonly address: string }[];
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Consumers, workers and handlers over a schema of their own and the sandbox's mail server. */
export async function notificationWorld(
  t: ExecutionContext,
  options: { readonly smtpUrls?: (port: number) => readonly string[] } = {},
) {
  const time = { nowMs: START_MS };
  const clock = () => time.nowMs;
  const orders = new Map<string, Order | DomainError>(ORDERS.map((id) => [id, order(id)]));
  const carts = new Map<string, Cart>();
  const minted: string[] = [];
  const database = await testDatabase(t, {
    service: notification,
    clock,
  });
  const sandbox = await startSandbox({
    stripeSecretKey: "sk_test_mail",
    stripeWebhookSecret: "whsec_mail",
    fedexClientId: "client",
    fedexClientSecret: "secret",
    fedexWebhookSecret: "fedex",
    twilioAccountSid: TWILIO.accountSid,
    twilioAuthToken: TWILIO.authToken,
  });
  const mailer = createMailer({
    smtpUrls: options.smtpUrls?.(sandbox.smtpPort) ?? [`smtp://127.0.0.1:${sandbox.smtpPort}`],
    from: "Shopmesh <orders@shopmesh.test>",
  });
  let stopping: Promise<void> | undefined;
  const stopSandbox = (): Promise<void> => (stopping ??= sandbox.stop());
  t.teardown(async () => {
    await mailer.stop();
    await stopSandbox();
  });
  const { sql, transaction } = database;
  const wordings = keep(() => listWordings(sql), clock);
  const deps = { clock, newId: () => uuidv7(clock(), randomBytes), transaction, sql, log: silentLog, wordings };
  const links = createUnsubscribeLinks(randomBytes(32));
  const phoneCodes = createPhoneCodes(randomBytes(32));
  const texter = createTexter({
    ...TWILIO,
    url: `http://127.0.0.1:${sandbox.httpPort}`,
    from: "+15005550006",
    statusUrl: `${SHOP_URL}/webhooks/twilio`,
  });
  const delivering = {
    ...deps,
    mailer,
    texter,
    links,
    phoneCodes,
    shopUrl: SHOP_URL,
    accounts: {
      async listContacts({ accountIds = [] }: { readonly accountIds?: string[] }) {
        const ids = accountIds.length > 0 ? accountIds : STAFF;
        const contacts = ids.map((accountId) => ({
          accountId,
          email: `${accountId.slice(-4)}@example.org`,
          name: "Ada",
        }));
        return create(ListContactsResponseSchema, { contacts });
      },
    },
    carts: {
      async getCart({ cartId = "" }: { readonly cartId?: string }) {
        const cart = carts.get(cartId);
        if (cart === undefined) throw new DomainError("not-found", "CART_NOT_FOUND");
        return create(GetCartResponseSchema, { cart });
      },
    },
    payments: {
      async mintGiftCardCode({ giftCardId = "" }: { readonly giftCardId?: string }) {
        minted.push(giftCardId);
        return create(MintGiftCardCodeResponseSchema, { code: CODE });
      },
    },
    orders: {
      async batchGetOrders({ orderIds = [], orderGroupId = "" }: { orderIds?: string[]; orderGroupId?: string }) {
        const ids = orderGroupId === "" ? orderIds : [...orders.keys()];
        const found = ids.flatMap((id) => {
          const answer = orders.get(id) ?? [];
          if (answer instanceof DomainError) throw answer;
          return answer;
        });
        return create(BatchGetOrdersResponseSchema, { orders: found });
      },
    },
  };
  const workers = notificationWorkers(delivering);
  const consumers = notificationConsumers(deps);
  const outside = {
    links,
    twilio: { authToken: TWILIO.authToken, url: `${SHOP_URL}/webhooks/twilio` },
    mailSecret: MAIL_SECRET,
    realTime: Date.now,
  };
  const live = { follow: () => ({}) } as unknown as Live;
  const handlers = {
    ...adminHandlers(deps),
    ...inboxHandlers({ ...deps, live }),
    ...phoneHandlers({ ...deps, phoneCodes, isSmsOffered: true }),
    ...webhookHandlers({ ...deps, ...outside }),
  } as unknown as Readonly<Record<string, (request: never, call: Call) => Promise<unknown>>>;
  const meta: MessageMeta = { id: "event-1", timeMs: START_MS, region: "eu", aggregateId: "", version: 1n, attempt: 1 };

  /** Lets the consumer of an event react to it. */
  async function hear<D extends DescMessage>(
    message: D,
    fields: MessageInitShape<D>,
    id = `event-${++events}`,
  ): Promise<void> {
    const reactions = consumers.flatMap((consumer) => (consumer.kind === "shared" ? consumer.reactions : []));
    const reaction = reactions.find((candidate) => candidate.message.typeName === message.typeName);
    if (reaction === undefined) throw new Error(`nobody listens to ${message.typeName}`);
    const heard = { ...meta, id, timeMs: clock() };
    await transaction((tx) => reaction.react(create(message, fields) as never, heard, tx));
  }

  /** Makes the first try of everything that was asked for since the last time. */
  async function tryAll(): Promise<void> {
    const tasks = (await outbox(SendDeliverySchema)).slice(tried);
    tried += tasks.length;
    for (const task of tasks) await work(SendDeliverySchema, task);
    if (tasks.length > 0) await tryAll();
  }

  async function confirmed(orderId: string, fields: MessageInitShape<typeof OrderConfirmedSchema> = {}): Promise<void> {
    const event = {
      orderId,
      orderGroupId: GROUP,
      orderNumber: "E1",
      customerId: CUSTOMER,
      groupOrderIds: [...ORDERS],
      ...fields,
    };
    await hear(OrderConfirmedSchema, event as MessageInitShape<typeof OrderConfirmedSchema>, "event-1");
  }

  let events = 1;
  let tried = 0;

  async function work<D extends DescMessage>(task: D, message: MessageShape<D>): Promise<void> {
    const worker = workers.find((candidate) => candidate.task.typeName === task.typeName);
    if (worker === undefined) throw new Error(`no worker of ${task.typeName}`);
    await worker.work(message as never, meta, {} as Origin);
  }

  /** The messages of one kind in the outbox, oldest first. */
  async function outbox<D extends DescMessage>(message: D): Promise<MessageShape<D>[]> {
    const rows = await sql.rows<{ payload: Buffer }>(
      "SELECT payload FROM mesh_outbox WHERE subject LIKE ? ORDER BY id",
      [`%${message.typeName}`],
    );
    return rows.map(({ payload }) => fromBinary(message, payload));
  }

  /** Does the newest task that asks for a try. */
  async function tryIt(): Promise<void> {
    const task = (await outbox(SendDeliverySchema)).at(-1);
    if (task === undefined) throw new Error("nothing was asked for");
    await work(SendDeliverySchema, task);
  }

  async function ask<M extends DescMethod>(
    method: M,
    request: MessageInitShape<M["input"]>,
  ): Promise<MessageShape<M["output"]>> {
    const actor: Actor = { kind: "person", id: CUSTOMER, roles: ["customer"], sellerId: undefined, sessionId: "s" };
    const answer = await handlers[method.localName]?.(
      create(method.input, request) as never,
      { sql, transaction, actor } as unknown as Call,
    );
    return create(method.output as DescMessage, answer as never) as MessageShape<M["output"]>;
  }

  async function sandboxFetch(path: string, init?: RequestInit): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${sandbox.httpPort}${path}`, init);
    return response.json();
  }

  async function mails(): Promise<readonly SandboxMail[]> {
    return ((await sandboxFetch("/mailbox/messages")) as { readonly messages: readonly SandboxMail[] }).messages;
  }

  async function fault(status: number, count = 1): Promise<void> {
    await breakIt({ provider: "mail", kind: "error", status, count });
  }

  async function breakIt(wanted: Readonly<Record<string, unknown>>): Promise<void> {
    const headers = { "content-type": "application/json" };
    await sandboxFetch("/sandbox/faults", { method: "POST", headers, body: JSON.stringify(wanted) });
  }

  async function texts(): Promise<readonly SandboxSms[]> {
    return ((await sandboxFetch("/sms/messages")) as { readonly messages: readonly SandboxSms[] }).messages;
  }

  return {
    hear,
    tryAll,
    links,
    carts,
    minted,
    texts,
    breakIt,
    time,
    database,
    orders,
    delivering,
    stopSandbox,
    confirmed,
    work,
    outbox,
    tryIt,
    ask,
    mails,
    fault,
  };
}
