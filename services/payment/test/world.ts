import { randomBytes } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import * as events from "@shopmesh/contracts/shop/payment/v1/payment_events_pb.ts";
import { uuidv7 } from "@shopmesh/kernel";
import type { Sql, Tx } from "@shopmesh/mesh";
import { type Received, silentLog, startInbox, testDatabase } from "@shopmesh/mesh/testing";
import { createClock, startSandbox } from "@shopmesh/sandbox";
import type { ExecutionContext } from "ava";
import type { Desk, Ground } from "../src/effects/change.ts";
import { resolveDue } from "../src/effects/due.ts";
import { createGiftCodes } from "../src/effects/gift-codes.ts";
import { resolveMethods } from "../src/effects/methods.ts";
import { createProviderOf } from "../src/effects/providers.ts";
import { reconcileAll } from "../src/effects/reconcile.ts";
import { createPayPalClient } from "../src/effects/paypal/client.ts";
import { createPayPalProvider } from "../src/effects/paypal/provider.ts";
import { createReadPayPalMessage } from "../src/effects/paypal/webhook.ts";
import { createStripeClient } from "../src/effects/stripe/client.ts";
import { createStripeProvider } from "../src/effects/stripe/provider.ts";
import { readStripeMessage } from "../src/effects/stripe/webhook.ts";
import { adminHandlers } from "../src/handlers/admin.ts";
import { paymentHandlers } from "../src/handlers/payments.ts";
import { payment } from "../src/service.ts";
import { callOn, clientOf } from "./client.ts";

export { eur } from "./client.ts";

export const secrets = {
  stripeSecretKey: "sk_test_world",
  stripeWebhookSecret: "whsec_world",
  fedexClientId: "unused",
  fedexClientSecret: "unused",
  fedexWebhookSecret: "unused",
};

export const paypal = { clientId: "client_world", clientSecret: "secret_world", webhookId: "WEBHOOKWORLD" };

export const hourMs = 3_600_000;

type Transaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
/** What happened at the provider, as the sandbox kept it. */
export type Deed = {
  readonly operation: string;
  readonly amount: number;
  readonly idempotencyKey: string | null;
};

export type World = Awaited<ReturnType<typeof startWorld>>;

/** The service's handlers on a real database, with a sandbox as the provider; all ended with the test. */
export async function startWorld(t: ExecutionContext, { timeoutMs = 5_000 } = {}) {
  const clock = createClock();
  const inbox = await startInbox(t, isOfType);
  const sandbox = await startSandbox({
    gatewayUrl: inbox.url,
    clock,
    payPal: paypal,
    ...secrets,
  });
  t.teardown(() => sandbox.stop());
  const database = await testDatabase(t, {
    service: payment,
    clock: clock.now,
  });
  const url = `http://127.0.0.1:${sandbox.httpPort}`;
  const stripe = createStripeClient({ url, secretKey: secrets.stripeSecretKey });
  const payPal = createPayPalProvider(createPayPalClient({ url, ...paypal, timeoutMs }), silentLog);
  const providers = [createStripeProvider(stripe, silentLog), payPal];
  const desk: Desk = {
    providerOf: createProviderOf(providers),
    clock: clock.now,
    realTime: Date.now,
    newId: () => uuidv7(clock.now(), (length) => randomBytes(length)),
    timeoutMs,
  };
  const webhookSecret = secrets.stripeWebhookSecret;
  const publicUrl = "http://shop.test";
  const reconcile = (ground: Ground) => reconcileAll(desk, ground, silentLog, providers);
  const codes = createGiftCodes(Buffer.alloc(32, 7));
  const service = paymentHandlers({
    desk,
    publicUrl,
    codes,
    readPayPalMessage: createReadPayPalMessage({
      webhookId: paypal.webhookId,
      certificateUrl: url,
      timeoutMs,
      realTime: Date.now,
    }),
    readStripeMessage: async (message) => readStripeMessage(stripe, webhookSecret, message),
  });
  const { counts, dieAt, transaction, sql } = counting(database);
  return {
    url,
    clock,
    database,
    stripe,
    inbox,
    payPal,
    counts,
    dieAt,
    /** Any body, signed as Stripe signs now. */
    signed: (payload: string): Received => {
      const timestamp = Math.floor(clock.now() / 1_000);
      const signature = stripe.webhooks.generateTestHeaderString({ payload, secret: webhookSecret, timestamp });
      return { body: Buffer.from(payload), headers: { "stripe-signature": signature } };
    },
    ...clientOf(service, adminHandlers({ codes, desk, reconcile }), () => callOn({ sql, transaction })),
    /** What the schedule does every minute. */
    runDue: () => resolveDue(desk, { sql, transaction, deadlineMs: Date.now() + 60_000 }, silentLog),
    /** What it does every quarter of an hour with savings that nobody asks about. */
    runMethods: () => resolveMethods(desk, { sql, transaction, deadlineMs: Date.now() + 60_000 }),
    events: () => readEvents(sql),
    deeds: async () => {
      const { entries } = await getJson<{ readonly entries: readonly Deed[] }>(`${url}/sandbox/ledger`);
      return entries;
    },
    /** The payer goes where PayPal sent them, and agrees as the account of this name, or turns back. */
    atPayPal: async (payment: { readonly actionUrl?: string | undefined } | undefined, payer: string | undefined) => {
      const page = new URL(payment?.actionUrl ?? "");
      const id = page.searchParams.get("token") ?? "";
      const deed = payer === undefined ? "cancel" : `approve?payer=${payer}@paypal.test`;
      const { headers } = await fetch(`${url}/paypal/checkoutnow/${id}/${deed}`, {
        method: "POST",
        redirect: "manual",
      });
      return { id, location: headers.get("location") ?? "" };
    },
    /** Asks the sandbox for something by a POST of its own. */
    ask: async (path: string, body: object) => {
      const response = await fetch(`${url}${path}`, { method: "POST", body: JSON.stringify(body) });
      return (await response.json()) as { readonly id: string };
    },
    switchOn: async (fault: Readonly<Record<string, unknown>>) => {
      await fetch(`${url}/sandbox/faults`, { method: "POST", body: JSON.stringify(fault) });
    },
  };
}

/** Writes that count what they send, as the mesh sends it: START, the statements, the outbox, COMMIT; a single one commits by itself. */
function counting({ transaction, sql }: { readonly transaction: Transaction; readonly sql: Sql }) {
  let commits = 0;
  let statements = 0;
  let deathAt = 0;
  const counted: Transaction = async (work) => {
    if (commits + 1 === deathAt) throw new Error("killed");
    let sent = 2;
    let hasOutbox = false;
    const count = () => {
      sent += 1;
    };
    const result = await transaction((tx) =>
      work({
        ...tx,
        rows: (...query) => (count(), tx.rows(...query)),
        row: (...query) => (count(), tx.row(...query)),
        execute: (...query) => (count(), tx.execute(...query)),
        // Nothing is sent for no rows.
        insert: (table, rows) => (rows.length > 0 && count(), tx.insert(table, rows)),
        emit: (...event) => {
          hasOutbox = true;
          tx.emit(...event);
        },
      }),
    );
    commits += 1;
    statements += sent + (hasOutbox ? 1 : 0);
    return result;
  };
  return {
    transaction: counted,
    sql: {
      ...sql,
      execute: async (...statement: Parameters<Sql["execute"]>) => {
        if (commits + 1 === deathAt) throw new Error("killed");
        const matched = await sql.execute(...statement);
        commits += 1;
        statements += 1;
        return matched;
      },
    },
    counts: () => ({ commits, statements }),
    /** The process dies before this commit: 1 is the first, 0 is never. */
    dieAt: (commit: number) => {
      deathAt = commit;
    },
  };
}

const eventSchemas = new Map(
  [
    events.PaymentAuthorizedSchema,
    events.PaymentActionRequiredSchema,
    events.PaymentFailedSchema,
    events.PaymentCapturedSchema,
    events.PaymentVoidedSchema,
    events.PaymentRefundedSchema,
    events.GiftCardIssuedSchema,
    events.PaymentDisputedSchema,
  ].map((schema) => [schema.typeName as string, schema]),
);

/** Everything said so far: name and fields, oldest first. */
async function readEvents(sql: Sql) {
  const rows = await sql.rows<{ subject: string; payload: Buffer }>(
    "SELECT subject, payload FROM mesh_outbox ORDER BY id",
  );
  return rows.flatMap(({ subject, payload }) => {
    const schema = eventSchemas.get(subject);
    return schema === undefined ? [] : [{ name: schema.name, ...fromBinary(schema, payload) }];
  });
}

async function getJson<Body>(url: string): Promise<Body> {
  return (await (await fetch(url)).json()) as Body;
}

/** Whether a provider's message is of that type, in the provider's words. */
function isOfType(body: string, wanted: string): boolean {
  const { type, event_type: event } = JSON.parse(body) as Record<string, string>;
  return (type ?? event) === wanted;
}
