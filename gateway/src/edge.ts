import type { IncomingMessage, ServerResponse } from "node:http";
import { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import { type HttpHandler, type Log, statusOf } from "@shopmesh/mesh";

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

/** What HTTP has a more telling status for than for the reason's code. */
const statusesByReason: Readonly<Record<string, number>> = {
  BODY_TOO_LARGE: 413,
  METHOD_NOT_ALLOWED: 405,
  CONTENT_TYPE_MISMATCH: 415,
};

/** Asks the routes in turn; what none of them answers is 404, and a refusal is JSON as Connect writes it. */
export function createEdge(routes: readonly EdgeRoute[], log: Log): HttpHandler {
  return (request, response) => {
    answer(routes, request as IncomingMessage).then(
      (result) => write(response as ServerResponse, result),
      (error: unknown) => {
        if (!isRefusal(error) || error.kind === "internal")
          log.error("a request failed at the edge", { path: request.url ?? "" }, error);
        write(response as ServerResponse, refusal(error));
      },
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
  // Not destroyed where it is left: the refusal goes back by the same connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      request.resume();
      throw new DomainError("exhausted", "BODY_TOO_LARGE", { max_bytes: String(maxBytes) });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refusal(error: unknown): EdgeResponse {
  const { code, message, info } = statusOf(error);
  const connectError = new ConnectError(message, code, undefined, [{ desc: ErrorInfoSchema, value: info }]);
  return json(statusesByReason[info.reason] ?? codeToHttpStatus(code), errorToJson(connectError, undefined));
}

function write(response: ServerResponse, { status, headers, body }: EdgeResponse): void {
  response.writeHead(status, { "x-content-type-options": "nosniff", ...headers });
  response.end(body);
}
