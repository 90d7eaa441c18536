import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "nats";
import { backoffMs, pause } from "../backoff.ts";
import type { Log } from "../log.ts";
import { observeGauge } from "../telemetry/metrics.ts";

/** A process's one connection to NATS: it reconnects for ever, and what is built on it survives that. */
export type Nats = {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  /** On how many servers of a cluster each stream and bucket is kept. */
  readonly replicas: number;
  /** For readiness: whether there is a server at the other end now. */
  isConnected(): boolean;
  /** Hears every time that the connection is there again. Returns how to stop hearing. */
  onReconnect(listener: () => void): () => void;
  /** Sends what is buffered, then closes; bounded. */
  close(): Promise<void>;
};

/** Where NATS is and who connects. */
export type ConnectNatsOptions = {
  /** nats://host:port, or several, separated by commas; a user and password in the first are those of all. */
  readonly url: string;
  /** The process's name, for NATS's own monitoring. */
  readonly name: string;
  readonly log: Log;
  /** 3 in a cluster of three or more. Default 1. */
  readonly replicas?: number;
  /** How long a server that is not there yet is waited for. Default 30 s. */
  readonly retryForMs?: number;
};

const CONNECT_BACKOFF = { firstMs: 100, maxMs: 2_000 };
const DEFAULT_RETRY_MS = 30_000;
const PING_MS = 10_000;
const CLOSE_MS = 2_000;

/** Connects; throws an Error that names the address when no server answers in time. */
export async function connectNats(options: ConnectNatsOptions): Promise<Nats> {
  const connection = await firstConnection(options);
  const listeners = new Set<() => void>();
  let isUp = true;
  void followStatus(connection, options.log, (isConnected) => {
    isUp = isConnected;
    if (isConnected) for (const listener of listeners) listener();
  });
  observeGauge("mesh.nats.connected", "1 while this process has a NATS server.", () => [{ value: isUp ? 1 : 0 }]);
  return {
    connection,
    jetstream: jetstream(connection),
    // No check at the start: a cluster says "jetstream is not enabled" while it elects its leader.
    manager: await jetstreamManager(connection, { checkAPI: false }),
    replicas: options.replicas ?? 1,
    isConnected: () => isUp && !connection.isClosed(),
    onReconnect(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => close(connection, isUp),
  };
}

async function firstConnection({
  url,
  name,
  log,
  retryForMs = DEFAULT_RETRY_MS,
}: ConnectNatsOptions): Promise<NatsConnection> {
  const giveUpMs = Date.now() + retryForMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect({
        servers: url.split(","),
        ...credentialsOf(url),
        name,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
        reconnectJitter: 250,
        pingInterval: PING_MS,
        maxPingOut: 2,
        timeout: 5_000,
        // A request's error would be made, with its stack, before it is known whether there is one.
        noAsyncTraces: true,
      });
    } catch (error) {
      const waitMs = backoffMs(attempt, CONNECT_BACKOFF, Math.random());
      const cause = error instanceof Error ? error.message : String(error);
      if (Date.now() + waitMs > giveUpMs)
        throw new Error(`no NATS server answers at ${addressOf(url)}: ${cause}`, { cause: error });
      if (attempt === 1) log.warn("nats is not there yet", { address: addressOf(url), cause });
      await pause(waitMs);
    }
  }
}

async function followStatus(
  connection: NatsConnection,
  log: Log,
  changed: (isConnected: boolean) => void,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "disconnect" || status.type === "staleConnection") {
      log.warn("nats is away", { status: status.type });
      changed(false);
    } else if (status.type === "reconnect") {
      log.info("nats is back", { server: status.server });
      changed(true);
    } else if (status.type === "error") {
      log.warn("nats reports an error", {}, status.error);
    }
  }
}

async function close(connection: NatsConnection, isUp: boolean): Promise<void> {
  if (connection.isClosed()) return;
  // A drain waits for the server's answer; without one there is nothing to wait for.
  if (isUp) await Promise.race([connection.drain(), pause(CLOSE_MS)]);
  if (!connection.isClosed()) await connection.close();
}

// The client reads no more than host and port of a URL.
function credentialsOf(url: string): { readonly user?: string; readonly pass?: string } {
  const { username = "", password = "" } = URL.parse(url.split(",")[0] ?? "") ?? {};
  return username === "" ? {} : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
}

// A URL may carry a password.
function addressOf(url: string): string {
  return url
    .split(",")
    .map((server) => URL.parse(server)?.host ?? server)
    .join(",");
}
