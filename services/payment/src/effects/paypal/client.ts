import {
  request as httpRequest,
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type {
  Client,
  OrdersController,
  PaymentsController,
  TransactionSearchController,
} from "@paypal/paypal-server-sdk";

export type PayPalOptions = {
  /** "https://api-m.paypal.com", or the sandbox's. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How long anything may take that nobody else bounds. */
  readonly timeoutMs: number;
};

/** PayPal's own client for as long as its token lives. */
export type Session = {
  readonly orders: OrdersController;
  readonly payments: PaymentsController;
  readonly transactions: TransactionSearchController;
  /** For what the client does not know. */
  readonly url: string;
  readonly token: string;
  readonly expireMs: number;
};

export type PayPalClient = {
  /** A session with a token that is valid, made where there is none. */
  readonly session: () => Promise<Session>;
  /** Has the next session begin with a new token. */
  readonly forget: () => void;
};

/** A token is not used in its last minute. */
const TOKEN_RESERVE_MS = 60_000;
const STANDARD_TOKEN_SECONDS = 300;

const hosts = { Production: "https://api-m.paypal.com", Sandbox: "https://api-m.sandbox.paypal.com" } as const;

/**
 * PayPal's own client, loaded when it is first needed: whoever pays by card needs none of its 40 MB. It never asks twice by itself.
 * Its token is fetched here, for the client never recovers from a token that it could not get.
 */
export function createPayPalClient(options: PayPalOptions): PayPalClient {
  let current: Promise<Session> | undefined;
  let known: Session | undefined;
  const begin = async () => {
    known = await beginSession(options);
    return known;
  };
  return {
    session() {
      if (known !== undefined && known.expireMs <= Date.now()) current = undefined;
      current ??= begin().catch((error: unknown) => {
        current = undefined;
        throw error;
      });
      return current;
    },
    forget() {
      current = undefined;
    },
  };
}

async function beginSession({ url, clientId, clientSecret, timeoutMs }: PayPalOptions): Promise<Session> {
  const sdk = await import("@paypal/paypal-server-sdk");
  const credentials = { oAuthClientId: clientId, oAuthClientSecret: clientSecret };
  const origin = new URL(url);
  const isLive = origin.origin === hosts.Production;
  const bare = new sdk.Client({
    timeout: timeoutMs,
    environment: isLive ? sdk.Environment.Production : sdk.Environment.Sandbox,
    httpClientOptions: { httpsAgent: new HttpsAgent({ keepAlive: true }) },
    ...(isLive || origin.origin === hosts.Sandbox
      ? {}
      : { unstable_httpClientOptions: { transport: transportTo(origin) } }),
    clientCredentialsAuthCredentials: credentials,
  });
  const { accessToken, expiresIn } = await bare.clientCredentialsAuthManager.fetchToken();
  // Without an expiry the client takes it as it is.
  const oAuthToken = { accessToken, tokenType: "Bearer" };
  const client: Client = bare.withConfiguration({ clientCredentialsAuthCredentials: { ...credentials, oAuthToken } });
  const lifeMs = Number(expiresIn ?? STANDARD_TOKEN_SECONDS) * 1_000;
  return {
    orders: new sdk.OrdersController(client),
    payments: new sdk.PaymentsController(client),
    transactions: new sdk.TransactionSearchController(client),
    url: origin.origin,
    token: accessToken,
    expireMs: Date.now() + lifeMs - TOKEN_RESERVE_MS,
  };
}

/** The client knows PayPal's two hosts only: this leads what it asks elsewhere. */
function transportTo({ protocol, hostname, port }: URL) {
  const isPlain = protocol === "http:";
  const agent = isPlain ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true });
  const open = isPlain ? httpRequest : httpsRequest;
  const target = { protocol, hostname, port: port === "" ? (isPlain ? 80 : 443) : Number(port), agent };
  return {
    request: (options: RequestOptions, answer: (response: IncomingMessage) => void): ClientRequest =>
      open({ ...options, ...target }, answer),
  };
}
