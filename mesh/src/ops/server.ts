import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";

const READINESS_TIMEOUT_MS = 2000;
const MAX_CONNECTIONS = 100;

/** How one part of a process stands. */
export type PartState = {
  readonly ready: boolean;
  /** Why not, for people. */
  readonly reason?: string;
  /** What it does without for now, though it is ready. */
  readonly degraded?: string;
};

/** How a process stands: ready when every part is. */
export type Readiness = {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, PartState>>;
};

/** What the operations port answers from. */
export type OpsOptions = {
  /** 0 for any free one. */
  readonly port: number;
  /** Default 127.0.0.1: the port tells strangers too much. */
  readonly host?: string;
  /** Asked by /readyz; an error or more than two seconds count as not ready. */
  readonly readiness: () => Promise<Readiness>;
  readonly metricsHandler: (request: IncomingMessage, response: ServerResponse) => void;
};

/** A running operations port. */
export type Ops = {
  readonly port: number;
  readonly stop: () => Promise<void>;
};

/**
 * Opens the port that machines watch a process by: /healthz (200 while the event loop turns; touches nothing),
 * /readyz (200 or 503, with every part and why not) and /metrics.
 */
export async function startOps(options: OpsOptions): Promise<Ops> {
  const server = createServer(
    { requestTimeout: 5000, headersTimeout: 5000, keepAliveTimeout: 5000 },
    (request, response) => {
      void answer(request, response, options);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(options.port, options.host ?? "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: OpsOptions): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
    return;
  }
  switch (request.url?.split("?", 1)[0]) {
    case "/healthz":
      response.writeHead(200, { "content-type": "text/plain" }).end("ok\n");
      return;
    case "/readyz": {
      const { ready, parts } = await askWithin(READINESS_TIMEOUT_MS, options.readiness);
      const body = {
        ready,
        parts,
        memoryBytes: process.memoryUsage.rss(),
        startMs: Math.round(performance.timeOrigin),
      };
      response.writeHead(ready ? 200 : 503, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
      return;
    }
    case "/metrics":
      options.metricsHandler(request, response);
      return;
    default:
      response.writeHead(404).end();
  }
}

async function askWithin(timeoutMs: number, readiness: () => Promise<Readiness>): Promise<Readiness> {
  const { promise: late, resolve } = Promise.withResolvers<Readiness>();
  const timer = setTimeout(() => resolve(unready(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([readiness(), late]);
  } catch (error) {
    return unready(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

function unready(reason: string): Readiness {
  return { ready: false, parts: { readiness: { ready: false, reason } } };
}
