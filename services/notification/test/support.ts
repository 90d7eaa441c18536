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
import { type Order, OrderSchema } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { OrderConfirmedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { BatchGetOrdersResponseSchema } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { DomainError, uuidv7 } from "@shopmesh/kernel";
import type { Call, MessageMeta, Origin } from "@shopmesh/mesh";
import { testDatabase } from "@shopmesh/mesh/testing";
import { startSandbox } from "@shopmesh/sandbox";
import type { ExecutionContext } from "ava";
import { notificationConsumers, notificationWorkers } from "../src/consumers.ts";
import { createMailer } from "../src/effects/mailer.ts";
import { adminHandlers } from "../src/handlers/admin.ts";
import { Deliveries1760000000000 } from "../src/migrations/0001-deliveries.ts";

export const START_MS = Date.UTC(2026, 10, 1);
export const ORDERS = ["0198a000-0000-7000-8000-000000000001", "0198a000-0000-7000-8000-000000000002"] as const;
export const CUSTOMER = "0198a000-0000-7000-8000-00000000000c";
const GROUP = "0198a000-0000-7000-8000-00000000000a";

export type SandboxMail = {
  readonly to: readonly { readonly name: string; readonly address: string }[];
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
};

const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });

export function order(id: string, overrides: { readonly email?: string } = {}): Order {
  return create(OrderSchema, {
    id,
    number: `E${id.slice(-1).padStart(12, "0")}`,
    email: "mira@example.org",
    sellerName: "Kade Interiors",
    lines: [{ title: "Lamp & shade", optionTitle: "Brass", quantity: 2, total: eur(7_980n) }],
    totals: { subtotal: eur(7_980n), discount: eur(0n), shipping: eur(490n), tax: eur(1_352n), total: eur(8_470n) },
    shippingAddress: {
      name: "Mira Vandeput",
      line1: "Damrak 1",
      city: "Amsterdam",
      postalCode: "1012 LG",
      countryCode: "NL",
    },
    shipping: { serviceName: "FedEx Ground" },
    ...overrides,
  });
}

/** Consumers, workers and handlers over a schema of their own and the sandbox's mail server. */
export async function notificationWorld(t: ExecutionContext) {
  const time = { nowMs: START_MS };
  const clock = () => time.nowMs;
  const orders = new Map<string, Order | DomainError>(ORDERS.map((id) => [id, order(id)]));
  const database = await testDatabase(t, { migrations: [Deliveries1760000000000], clock });
  const sandbox = await startSandbox({
    httpPort: 0,
    smtpPort: 0,
    dataFolder: undefined,
    gatewayUrl: undefined,
    stripeSecretKey: "sk_test_mail",
    stripeWebhookSecret: "whsec_mail",
    fedexClientId: "client",
    fedexClientSecret: "secret",
    fedexWebhookSecret: "fedex",
  });
  const mailer = createMailer({
    smtpUrl: `smtp://127.0.0.1:${sandbox.smtpPort}`,
    from: "Shopmesh <orders@shopmesh.test>",
  });
  let stopping: Promise<void> | undefined;
  const stopSandbox = (): Promise<void> => (stopping ??= sandbox.stop());
  t.teardown(async () => {
    await mailer.stop();
    await stopSandbox();
  });
  const { sql, transaction } = database;
  const deps = { clock, newId: () => uuidv7(clock(), randomBytes), transaction };
  const delivering = {
    ...deps,
    mailer,
    publicUrl: "http://shop.test",
    orders: {
      async batchGetOrders({ orderIds = [] }: { readonly orderIds?: string[] }) {
        const found = orderIds.flatMap((id) => {
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
  const handlers = adminHandlers(deps) as unknown as Readonly<
    Record<string, (request: never, call: Call) => Promise<unknown>>
  >;
  const meta: MessageMeta = { id: "event-1", timeMs: START_MS, region: "eu", aggregateId: "", version: 1n, attempt: 1 };

  async function confirmed(orderId: string, fields: MessageInitShape<typeof OrderConfirmedSchema> = {}): Promise<void> {
    const consumer = consumers[0];
    const reaction = consumer?.kind === "shared" ? consumer.reactions[0] : undefined;
    const event = create(OrderConfirmedSchema, {
      orderId,
      orderGroupId: GROUP,
      orderNumber: "E1",
      customerId: CUSTOMER,
      groupOrderIds: [...ORDERS],
      ...fields,
    });
    await transaction(async (tx) => reaction?.react(event as never, meta, tx));
  }

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
    const answer = await handlers[method.localName]?.(
      create(method.input, request) as never,
      { sql, transaction } as unknown as Call,
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
    await sandboxFetch("/sandbox/faults", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ provider: "mail", kind: "error", status, count }),
    });
  }

  return { time, database, orders, delivering, stopSandbox, confirmed, work, outbox, tryIt, ask, mails, fault };
}
