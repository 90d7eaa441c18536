import { EventEmitter, once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExecutionContext } from "ava";
import Stripe from "stripe";
import { startSandbox, type SandboxOptions } from "../src/index.ts";

export const secrets = {
  stripeSecretKey: "sk_test_world",
  stripeWebhookSecret: "whsec_world",
  fedexClientId: "world_client",
  fedexClientSecret: "world_secret",
  fedexWebhookSecret: "world_fedex_webhook",
};

export type Received = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** A shop that receives webhooks. */
export type Receiver = {
  readonly url: string;
  readonly received: readonly Received[];
  /** Resolves once what was received satisfies the condition. */
  readonly until: (isEnough: (received: readonly Received[]) => boolean) => Promise<void>;
};

export type World = {
  readonly url: string;
  readonly smtpPort: number;
  readonly stripe: Stripe;
  readonly receiver: Receiver;
  readonly stop: () => Promise<void>;
};

/** A sandbox on free ports, a receiver of its webhooks, and the official Stripe client; all ended with the test. */
export async function startWorld(t: ExecutionContext, options: Partial<SandboxOptions> = {}): Promise<World> {
  const receiver = await startReceiver(t);
  const sandbox = await startSandbox({
    gatewayUrl: receiver.url,
    ...secrets,
    ...options,
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= sandbox.stop());
  t.teardown(stop);
  return {
    url: `http://127.0.0.1:${sandbox.httpPort}`,
    smtpPort: sandbox.smtpPort,
    stripe: stripeClient(sandbox.httpPort),
    receiver,
    stop,
  };
}

export function stripeClient(port: number): Stripe {
  return new Stripe(secrets.stripeSecretKey, {
    host: "127.0.0.1",
    port,
    protocol: "http",
    maxNetworkRetries: 0,
    timeout: 5000,
    telemetry: false,
  });
}

/** Answers each webhook with the status that `statusOf` gives to the how-manieth it is. */
export async function startReceiver(
  t: ExecutionContext,
  statusOf: (count: number) => number = () => 200,
): Promise<Receiver> {
  const received: Received[] = [];
  const arrivals = new EventEmitter();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      response.writeHead(statusOf(received.length)).end();
      arrivals.emit("webhook");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    async until(isEnough) {
      while (!isEnough(received)) await once(arrivals, "webhook", { signal: AbortSignal.timeout(8000) });
    },
  };
}

/** The body of a JSON answer, in the shape that the test expects and then proves. */
export async function getJson<Body>(url: string): Promise<Body> {
  return (await (await fetch(url)).json()) as Body;
}

export async function postJson<Body>(
  url: string,
  body: unknown,
  {
    method = "POST",
    headers = {},
  }: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly status: number; readonly body: Body }> {
  const response = await fetch(url, {
    method,
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
  return { status: response.status, body: (await response.json()) as Body };
}

/** Switches a fault on. */
export async function switchOn(world: World, fault: Readonly<Record<string, unknown>>): Promise<void> {
  const { status } = await postJson(`${world.url}/sandbox/faults`, fault);
  if (status !== 201) throw new Error(`the fault was refused: ${JSON.stringify(fault)}`);
}

export async function setClock(world: World, offsetMs: number): Promise<void> {
  const { status } = await postJson(`${world.url}/sandbox/clock`, { offsetMs });
  if (status !== 200) throw new Error(`the clock was not set: ${status}`);
}

export const hourMs = 3_600_000;
