import type { IncomingMessage, ServerResponse } from "node:http";
import { DomainError } from "@shopmesh/kernel";
import { type HttpHandler, statusOf } from "@shopmesh/mesh";

/** A request for something that is no RPC. */
export type EdgeRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** The raw body; throws BODY_TOO_LARGE above `maxBytes`. */
  body(maxBytes: number): Promise<Uint8Array>;
};

/** Its answer. */
export type EdgeResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
};

/** Something under a path: answers, or undefined where the path is not its own. */
export type EdgeRoute = (request: EdgeRequest) => Promise<EdgeResponse> | undefined;

const httpStatuses: Readonly<Record<number, number>> = {
  3: 400,
  5: 404,
  6: 409,
  7: 403,
  8: 429,
  9: 412,
  10: 409,
  12: 501,
  14: 503,
  16: 401,
  4: 504,
  1: 499,
};

/** Asks the routes in turn; what none of them answers is 404, and a refusal is JSON as Connect writes it. */
export function createEdge(routes: readonly EdgeRoute[]): HttpHandler {
  return (request, response) => {
    answer(routes, request as IncomingMessage).then(
      (result) => write(response as ServerResponse, result),
      (error: unknown) => write(response as ServerResponse, refusal(error)),
    );
  };
}

/** A JSON answer. */
export function json(status: number, value: unknown): EdgeResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

async function answer(routes: readonly EdgeRoute[], request: IncomingMessage): Promise<EdgeResponse> {
  const edgeRequest = requestOf(request);
  for (const route of routes) {
    const result = route(edgeRequest);
    if (result !== undefined) return result;
  }
  throw new DomainError("not-found", "PATH_UNKNOWN", { path: edgeRequest.path });
}

function requestOf(request: IncomingMessage): EdgeRequest {
  const url = URL.parse(request.url ?? "/", "http://gateway");
  if (url === null) throw new DomainError("invalid", "URL_MALFORMED");
  const gone = new AbortController();
  request.once("close", () => {
    if (!request.complete) gone.abort(new DomainError("cancelled", "CANCELLED"));
  });
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) =>
        value === undefined || name.startsWith(":") ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
      ),
    ),
    signal: gone.signal,
    body: (maxBytes) => readBody(request, maxBytes),
  };
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new DomainError("exhausted", "BODY_TOO_LARGE", { max_bytes: String(maxBytes) });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refusal(error: unknown): EdgeResponse {
  const { code, message, info } = statusOf(error);
  return json(httpStatuses[code] ?? 500, { reason: info.reason, message, metadata: info.metadata });
}

function write(response: ServerResponse, { status, headers, body }: EdgeResponse): void {
  response.writeHead(status, { "x-content-type-options": "nosniff", ...headers });
  response.end(body);
}
