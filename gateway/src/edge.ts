import { DomainError, isRefusal } from "@shopmesh/kernel";
import {
  type CallLimits,
  errorJsonOf,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  httpStatusOf,
  type Log,
  methodUnknown,
  readBody,
  requestTargetOf,
  sendEnd,
  sendHead,
  statusOf,
} from "@shopmesh/mesh";

/** A request for something that is no RPC. */
export type EdgeRequest = {
  readonly method: string;
  /** As it was sent: nothing in it is resolved or decoded. */
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

/** Asks the routes in turn; what none of them answers is 404, and a refusal is JSON as Connect writes it. */
export function createEdge(
  routes: readonly EdgeRoute[],
  limits: Pick<CallLimits, "bodyTimeoutMs" | "stallMs">,
  log: Log,
): HttpHandler {
  return (request, response) => {
    answer(routes, request, response, limits)
      .catch((error: unknown) => {
        if (!isRefusal(error) || error.kind === "internal")
          log.error("a request failed at the edge", { path: request.url ?? "" }, error);
        return refusal(error);
      })
      .then((result) => write(response, result, limits.stallMs))
      .catch((error: unknown) => log.error("an answer was not sent", { path: request.url ?? "" }, error));
  };
}

/** A JSON answer. */
export function json(status: number, value: unknown): EdgeResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

async function answer(
  routes: readonly EdgeRoute[],
  request: HttpRequest,
  response: HttpResponse,
  limits: Pick<CallLimits, "bodyTimeoutMs">,
): Promise<EdgeResponse> {
  const edgeRequest = requestOf(request, response, limits);
  for (const route of routes) {
    const result = route(edgeRequest);
    if (result !== undefined) return result;
  }
  throw unknownPath(edgeRequest.path);
}

/** What looks like an RPC is refused as one: its client learns that the method, not its object, is not there. */
function unknownPath(path: string): DomainError {
  return /^\/[\w.]+\.\w+\/\w+$/.test(path)
    ? methodUnknown(path)
    : new DomainError("not-found", "PATH_UNKNOWN", { path });
}

function requestOf(
  request: HttpRequest,
  response: HttpResponse,
  { bodyTimeoutMs }: Pick<CallLimits, "bodyTimeoutMs">,
): EdgeRequest {
  const { path, query } = requestTargetOf(request);
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableEnded) gone.abort(new DomainError("cancelled", "CANCELLED"));
  });
  return {
    method: request.method ?? "GET",
    path,
    query: new URLSearchParams(query),
    headers: Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) =>
        value === undefined || name.startsWith(":") ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
      ),
    ),
    signal: gone.signal,
    body: (maxBytes) => readBody(request, { maxBytes, timeoutMs: bodyTimeoutMs }),
  };
}

function refusal(error: unknown): EdgeResponse {
  const status = statusOf(error);
  return json(httpStatusOf(status), errorJsonOf(status));
}

function write(response: HttpResponse, { status, headers, body }: EdgeResponse, stallMs: number): Promise<void> {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  sendHead(response, status, { "content-length": bytes.length, ...headers });
  return sendEnd(response, bytes, stallMs);
}
