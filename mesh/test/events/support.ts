import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { connectNats, type Nats } from "../../src/events/nats.ts";
import type { Origin } from "../../src/handler.ts";
import type { Log } from "../../src/log.ts";

/** A private nats-server with a store of its own, gone when the test ends. */
export type NatsServer = {
  readonly url: string;
  start(): Promise<void>;
  /** Kill -9. */
  kill(): Promise<void>;
  /** Empties the store; only while it is down. */
  wipe(): Promise<void>;
};

/** A server that runs. */
export async function natsServer(t: ExecutionContext): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-nats-"));
  const port = await freePort();
  const url = `nats://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const server: NatsServer = {
    url,
    async start() {
      const started = spawn("nats-server", ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", folder], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      child = started;
      for await (const text of started.stderr) {
        if (String(text).includes("Server is ready")) break;
      }
    },
    async kill() {
      if (child === undefined) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      child = undefined;
      await ended;
    },
    wipe: () => rm(folder, { recursive: true, force: true }),
  };
  t.teardown(async () => {
    await server.kill();
    await server.wipe();
  });
  await server.start();
  return server;
}

/** A connection to `server`, closed when the test ends. */
export async function natsConnection(t: ExecutionContext, server: NatsServer): Promise<Nats> {
  const nats = await connectNats({ url: server.url, name: "test", log: quiet });
  t.teardown(() => nats.close());
  return nats;
}

/** A log that nobody reads, unless MESH_TEST_LOG is set. */
export const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message, fields, error) => show(message, fields, error),
  error: (message, fields, error) => show(message, fields, error),
};

function show(...values: readonly unknown[]): void {
  if (process.env.MESH_TEST_LOG !== undefined) console.error(...values);
}

/** Resolves when `check` is true; looks every few milliseconds, for a bounded time. */
export async function until(check: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const untilMs = Date.now() + withinMs;
  while (!(await check())) {
    if (Date.now() > untilMs) throw new Error("it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** An origin that acts as a service. */
export function origin(): Origin {
  return {
    actorToken: "",
    deadlineMs: Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
    requestId: "test",
    isInTransaction: false,
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
