import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

export type Request = {
  readonly method: string;
  readonly path: string;
  /** Values of the route's `:name` parts. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The address by which the caller reached the sandbox. */
  readonly origin: string;
  /** Aborts when the caller has gone or the sandbox stops. */
  readonly signal: AbortSignal;
};

/** An answer, or the two ways of giving none: leaving the caller waiting, or cutting the connection. */
export type Reply =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string | Uint8Array;
    }
  | { readonly silence: "hang" | "reset" };

export type Answer = (request: Request) => Reply | Promise<Reply>;
export type Route = { readonly method: string; readonly path: string; readonly answer: Answer };

const largestBodyBytes = 5_000_000;

/** The JSON object in the body; anything else is an empty one, whose missing fields the caller names. */
export function objectIn(request: Pick<Request, "body">): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(request.body.toString());
    return typeof parsed === "object" && parsed !== null ? Object.fromEntries(Object.entries(parsed)) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}

export function html(body: string): Reply {
  return { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

export function redirect(location: string): Reply {
  return { status: 303, headers: { location }, body: "" };
}

export type HttpServer = { readonly port: number; readonly stop: () => Promise<void> };

/** Serves the routes; `notFound` answers what none of them matches. Port 0 takes a free one. */
export async function serveHttp(
  { host, port }: { readonly host: string; readonly port: number },
  routes: readonly Route[],
  notFound: Answer,
): Promise<HttpServer> {
  const compiled = routes.map((route) => ({ ...route, pattern: toPattern(route.path) }));
  const server = createServer((incoming, outgoing) => {
    // `respond` turns every failure into a reply, so that this promise never rejects.
    void respond(incoming, outgoing, compiled, notFound);
  });
  server.keepAliveTimeout = 30_000;
  const bound = await listen(server, host, port);
  return { port: bound, stop: () => close(server) };
}

type CompiledRoute = Route & { readonly pattern: RegExp };

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  routes: readonly CompiledRoute[],
  notFound: Answer,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  try {
    const body = await readBody(incoming);
    send(outgoing, await answer(incoming, body, { routes, notFound, signal: gone.signal }));
  } catch (error) {
    if (gone.signal.aborted) return;
    console.error(`sandbox: ${incoming.method} ${incoming.url} failed:`, error);
    send(
      outgoing,
      json(500, {
        error: { type: "api_error", message: "the sandbox itself failed; see its output" },
      }),
    );
  }
}

async function answer(
  incoming: IncomingMessage,
  body: Buffer,
  { routes, notFound, signal }: { routes: readonly CompiledRoute[]; notFound: Answer; signal: AbortSignal },
): Promise<Reply> {
  const origin = `http://${incoming.headers.host ?? "127.0.0.1"}`;
  const url = new URL(incoming.url ?? "/", origin);
  const method = incoming.method ?? "GET";
  const request: Request = {
    method,
    path: url.pathname,
    params: {},
    query: url.searchParams,
    headers: incoming.headers,
    body,
    origin,
    signal,
  };
  for (const route of routes) {
    const match = route.method === method ? route.pattern.exec(url.pathname) : null;
    if (match) return await route.answer({ ...request, params: decode(match.groups ?? {}) });
  }
  return await notFound(request);
}

function decode(groups: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}

function send(outgoing: ServerResponse, reply: Reply): void {
  if ("silence" in reply) {
    if (reply.silence === "reset") outgoing.socket?.destroy();
    return;
  }
  if (outgoing.destroyed) return;
  outgoing.writeHead(reply.status, {
    ...reply.headers,
    "content-length": Buffer.byteLength(reply.body),
  });
  outgoing.end(reply.body);
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const part: Buffer = chunk;
    bytes += part.length;
    if (bytes > largestBodyBytes) throw new Error(`a body above ${largestBodyBytes} bytes was refused`);
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the HTTP server has no port");
  return address.port;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
